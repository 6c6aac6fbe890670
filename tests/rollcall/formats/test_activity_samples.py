"""Every sample of activity gives its figures: rows, users per month in every zone, per day and per action."""

from fnmatch import fnmatchcase

import pytest

from rollcall.formats.profile import EVENTS, PER_USER_AND_DAY
from rollcall.formats.registry import PROFILES
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

# What the rule of counting in the manifest names, where it is not what the format itself suggests to a contract.
COUNTED = {
    "auth0_logs.ndjson": ("s",),
    "cloudevents_batch.json": ("*.login.v1", "*.action.v1"),
    "coder_audit/": ("login", "start"),
    "elastic_ecs.ndjson": ("user-login", "report-opened"),
    "entra_signins.json": ("0",),
    "github_audit_log.json": ("user.login", "pull_request.create"),
    "google_login_activities/": ("login_success",),
    "keycloak_events.json": ("LOGIN",),
    "nextcloud_audit.log": ("login", "action"),
    "okta_system_log.json": ("user.session.start", "user.authentication.sso"),
    "otlp_logs.json": ("login", "action"),
    "slack_analytics/": ("is_active",),
}


KNOWN = [sample for sample in SAMPLES if PROFILES[format_of(sample)].kind in (EVENTS, PER_USER_AND_DAY)]


def counts(sample):
    patterns = COUNTED.get(sample, PROFILES[format_of(sample)].suggested_actions)
    return lambda action: any(fnmatchcase(action, pattern) for pattern in patterns)


def test_the_samples_that_are_named_are_read():
    assert set(COUNTED) <= set(KNOWN)
    assert len(KNOWN) == 21


@pytest.mark.parametrize("sample", KNOWN)
def test_rows_and_actions_are_those_of_the_manifest(tmp_path, sample):
    expected = SAMPLES[sample]["expected"]
    result = read_sample(tmp_path, sample)
    assert result.rows.read == expected["rows"]
    assert result.rows.accepted == expected["valid_rows"]
    assert result.rows.duplicate == SAMPLES[sample].get("duplicates", 0)
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
