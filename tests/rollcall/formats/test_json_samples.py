"""Every sample of a JSON format gives its figures: rows, users per month in every zone, per day and per action."""

from fnmatch import fnmatchcase

import pytest

from rollcall.formats.profile import EVENTS, PER_USER_AND_DAY, JsonRecords
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

# What the rule of counting in the manifest names, as a contract would; where nothing is named, any activity.
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


def is_json_activity(profile):
    return isinstance(profile.shape, JsonRecords) and profile.kind in (EVENTS, PER_USER_AND_DAY)


KNOWN = [
    sample for sample in SAMPLES if format_of(sample) in PROFILES and is_json_activity(PROFILES[format_of(sample)])
]


def counts(sample):
    return lambda action: any(fnmatchcase(action, pattern) for pattern in COUNTED.get(sample, ("*",)))


def test_the_samples_that_are_named_are_read():
    assert set(COUNTED) <= set(KNOWN)


@pytest.mark.parametrize("sample", KNOWN)
def test_rows_and_actions_are_those_of_the_manifest(tmp_path, sample):
    expected = SAMPLES[sample]["expected"]
    result = read_sample(tmp_path, sample)
    assert result.rows.read == expected["rows"]
    assert result.rows.accepted == expected["valid_rows"]
    assert result.rows.duplicate == SAMPLES[sample].get("duplicates", 0)
    assert set(result.finding_counts) <= {"user.nobody"}
    assert rows_and_users(evidence(tmp_path)) == (expected["rows_by_action"], expected["users_by_action"])
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
