"""Every sample of a table or of log lines gives its figures, counted by the actions that its format suggests."""

import pytest

from rollcall.formats.profile import EVENTS, PER_USER_AND_DAY, JsonRecords
from rollcall.formats.registry import PROFILES
from rollcall.terms.activity import ActivityDefinition
from tests.rollcall.formats.samples import (
    MANIFEST,
    SAMPLES,
    active,
    evidence,
    format_of,
    read_sample,
    rows_and_users,
    users_by,
)

KNOWN = [
    sample
    for sample in SAMPLES
    if PROFILES[format_of(sample)].kind in (EVENTS, PER_USER_AND_DAY)
    and not isinstance(PROFILES[format_of(sample)].shape, JsonRecords)
]


def counts(sample):
    suggested = PROFILES[format_of(sample)].suggested_actions
    return ActivityDefinition.from_json({"actions": list(suggested)}).counts_action


def test_all_tables_and_logs_are_here():
    assert len(KNOWN) >= 7


@pytest.mark.parametrize("sample", KNOWN)
def test_rows_and_actions_are_those_of_the_manifest(tmp_path, sample):
    expected = SAMPLES[sample]["expected"]
    result = read_sample(tmp_path, sample)
    assert result.rows.read == expected["rows"]
    assert result.rows.accepted + result.rows.duplicate == expected["valid_rows"]
    assert set(result.finding_counts) <= {"user.nobody"}
    assert rows_and_users(evidence(tmp_path)) == (expected["rows_by_action"], expected["users_by_action"])
    assert sum(row[3] for row in evidence(tmp_path) if counts(sample)(row[1])) == expected["counted_rows"]
    pairs = active(evidence(tmp_path), counts(sample))
    assert len({user for user, _ in pairs}) == expected["users_counted"]
    assert users_by(pairs, 10) == expected["dau_utc"]


@pytest.mark.parametrize("sample", KNOWN)
def test_users_per_month_are_those_of_the_manifest_in_every_zone(tmp_path, sample):
    expected = SAMPLES[sample]["expected"]["mau"]
    assert set(expected) in ({"UTC"}, set(MANIFEST["zones"]))
    found = {}
    for timezone in expected:
        read_sample(tmp_path, sample, timezone=timezone)
        found[timezone] = users_by(active(evidence(tmp_path, timezone), counts(sample)), 7)
    assert found == expected


def test_days_of_utc_cannot_become_days_of_another_zone(tmp_path):
    result = read_sample(tmp_path, "SourcegraphUsersUsageArchive.zip", timezone="Europe/Berlin")
    assert [question.code for question in result.questions] == ["zone.of_days"]
