"""What one record of each JSON format says: who, when, what, and whether it is activity at all."""

import pytest

from rollcall.formats.profile import Entry, Unusable
from rollcall.formats.registry import PROFILES

OKTA = {
    "eventType": "user.session.start",
    "published": "2026-06-30T22:30:00.123Z",
    "uuid": "u1",
    "actor": {"id": "00u1"},
}
ENTRA = {"id": "r1", "createdDateTime": "2026-06-30T22:30:00Z", "userPrincipalName": "Anna@x.example", "userId": "o1"}
AUTH0 = {"date": "2026-06-30T22:30:00.000Z", "type": "s", "log_id": "900", "user_id": "samlp|anna", "client_id": "c"}
GOOGLE = {"id": {"time": "2026-06-30T22:30:00Z", "uniqueQualifier": "7"}, "actor": {"email": "anna@x.example"}}
CLOUD = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/eu",
    "type": "app.login.v1",
    "time": "2026-06-30T22:30:00+02:00",
}
ECS = {"@timestamp": "2026-06-30T22:30:00Z", "event": {"action": "user-login", "outcome": "success", "id": "e1"}}
GRAFANA = {"eventName": "dashboard-view", "timestamp": "2026-06-30T22:30:00.000000001Z", "userId": "7", "orgId": "1"}
GITHUB = {"@timestamp": "1780000000001", "created_at": "1780000000000", "_document_id": "d", "action": "user.login"}
CODER = {"id": "e1", "time": "2026-06-30T22:30:00.5Z", "action": "login", "status_code": "201", "user": {"id": "u1"}}
NEXTCLOUD = {"reqId": "r", "time": "2026-06-30T22:30:00+02:00", "user": "anna", "app": "admin_audit"}
SLACK = {"date": "2026-06-30", "user_id": "W1", "is_active": True}
KEYCLOAK = {"time": "1780000000000", "type": "LOGIN", "userId": "anna"}

AT = "2026-06-30T22:30:00Z"


def attributes(**texts):
    return [{"key": key.replace("_", "."), "value": {"stringValue": value}} for key, value in texts.items()]


CASES = [
    ("okta_system_log", OKTA, Entry("00u1", "2026-06-30T22:30:00.123Z", "user.session.start", "u1")),
    ("okta_system_log", OKTA | {"outcome": {"result": "SUCCESS"}}, ""),
    ("okta_system_log", OKTA | {"outcome": {"result": "ALLOW"}}, ""),
    ("okta_system_log", OKTA | {"outcome": {"result": "FAILURE"}}, "failed"),
    ("okta_system_log", OKTA | {"outcome": {"result": "DENY"}}, "failed"),
    ("okta_system_log", OKTA | {"outcome": {"result": "CHALLENGE"}}, "interrupted"),
    ("okta_system_log", OKTA | {"actor": {"id": None, "alternateId": "anna@x"}}, "user=anna@x"),
    ("okta_system_log", OKTA | {"actor": None}, "user.nobody"),
    ("entra_signins_json", ENTRA | {"status": {"errorCode": "0"}}, Entry("Anna@x.example", AT, "0", "r1")),
    ("entra_signins_json", ENTRA | {"status": {"errorCode": "50126"}}, "failed"),
    ("entra_signins_json", ENTRA | {"status": {"errorCode": "50074"}}, "interrupted"),
    ("entra_signins_json", ENTRA | {"status": {"errorCode": "50076"}}, "interrupted"),
    ("entra_signins_json", ENTRA | {"status": {"errorCode": "0"}, "isInteractive": False}, "automatic"),
    ("entra_signins_json", ENTRA | {"userPrincipalName": "", "status": {"errorCode": "0"}}, "user=o1"),
    ("entra_signins_json", ENTRA | {"userPrincipalName": None, "userId": None}, "user.nobody"),
    ("auth0_logs", AUTH0, Entry("samlp|anna", "2026-06-30T22:30:00.000Z", "s", "900")),
    ("auth0_logs", {"log_id": "900", "data": AUTH0}, Entry("samlp|anna", "2026-06-30T22:30:00.000Z", "s", "900")),
    ("auth0_logs", AUTH0 | {"type": "fp"}, "failed"),
    ("auth0_logs", AUTH0 | {"type": "gd_auth_failed"}, "failed"),
    ("auth0_logs", AUTH0 | {"type": "limit_wc"}, "failed"),
    ("auth0_logs", AUTH0 | {"type": "flows_execution_completed"}, ""),
    ("auth0_logs", AUTH0 | {"type": "sertft"}, "automatic"),
    ("auth0_logs", AUTH0 | {"type": "sepft"}, ""),
    ("auth0_logs", AUTH0 | {"type": "fp", "user_id": ""}, "user.nobody"),
    ("google_login_activities", GOOGLE | {"events": [{"name": "login_success"}]}, ""),
    ("google_login_activities", GOOGLE | {"events": [{"name": "login_failure"}]}, "failed"),
    ("google_login_activities", GOOGLE | {"events": [{"name": "login_challenge"}]}, "interrupted"),
    ("google_login_activities", GOOGLE | {"events": [{"name": "suspicious_login"}]}, "automatic"),
    ("google_login_activities", GOOGLE | {"events": [{"name": "x"}], "actor": {"profileId": "9"}}, "user=9"),
    ("google_login_activities", GOOGLE | {"events": [{"name": "x"}], "actor": {}}, "user.nobody"),
    (
        "google_login_activities",
        GOOGLE | {"events": [{"name": "x"}], "actor": {"profileId": "105250506097979753968"}},
        "user.nobody",
    ),
    ("google_login_activities", GOOGLE | {"events": {"name": "login_success"}}, "field.type"),
    ("google_login_activities", GOOGLE | {"events": []}, "field.type"),
    (
        "cloudevents",
        CLOUD | {"subject": "anna"},
        Entry("anna", "2026-06-30T22:30:00+02:00", "app.login.v1", "/eu e-1"),
    ),
    ("cloudevents", CLOUD | {"data": {"user": {"id": "anna"}}}, "user=anna"),
    ("cloudevents", CLOUD | {"data": {"user": "anna"}}, "user=anna"),
    ("cloudevents", CLOUD, "user.nobody"),
    ("cloudevents", CLOUD | {"subject": "anna", "type": "app.login.failed.v1"}, "failed"),
    ("cloudevents", CLOUD | {"subject": "anna", "type": "app.failover.v1"}, ""),
    (
        "otlp_logs",
        {"timeUnixNano": "1780000000000000001", "attributes": attributes(user_id="anna", event_name="login")},
        Entry("anna", "1780000000000000001", "login"),
    ),
    ("otlp_logs", {"attributes": attributes(user_id="anna", event_name="failed")}, "failed"),
    ("otlp_logs", {"attributes": attributes(user_id="anna", event_name="x", event_outcome="failure")}, "failed"),
    ("otlp_logs", {"eventName": "login", "attributes": attributes(enduser_id="anna")}, Entry("anna", "", "login")),
    (
        "otlp_logs",
        {"timeUnixNano": "0", "observedTimeUnixNano": "5", "attributes": attributes(user_id="anna")},
        Entry("anna", "5", "log"),
    ),
    (
        "otlp_logs",
        {"attributes": [{"key": "user.id", "value": {"intValue": "9007199254740993"}}]},
        "user=9007199254740993",
    ),
    ("otlp_logs", {"attributes": [{"key": "user.id", "value": {"boolValue": True}}]}, "user="),
    ("otlp_logs", {"attributes": attributes(event_name="login")}, "user.nobody"),
    ("elastic_ecs", ECS | {"user": {"id": "u1", "name": "anna"}}, Entry("u1", AT, "user-login", "e1")),
    ("elastic_ecs", ECS | {"user": {"name": "anna"}}, "user=anna"),
    ("elastic_ecs", ECS | {"user": {"hash": "abc"}}, "user=abc"),
    ("elastic_ecs", ECS | {"user": {"id": ["u1", "u2"]}}, "user=u1"),
    ("elastic_ecs", ECS | {"user.name": "anna"}, "user=anna"),
    ("elastic_ecs", ECS | {"user": [{"id": "u1"}]}, "user=u1"),
    ("elastic_ecs", {"_source": ECS | {"user": {"id": "u1"}}}, "user=u1"),
    ("elastic_ecs", ECS | {"event.action": "flat", "user": {"id": "u1"}}, Entry("u1", AT, "flat", "e1")),
    ("elastic_ecs", ECS | {"user": {"id": "u1"}, "event": {"action": "x", "outcome": "failure"}}, "failed"),
    ("elastic_ecs", ECS | {"user": {"id": "u1"}, "event": {"action": "x", "outcome": "unknown"}}, "interrupted"),
    ("elastic_ecs", ECS, "user.nobody"),
    ("elastic_ecs", ECS | {"user": []}, "user.empty"),
    ("elastic_ecs", ECS | {"user": True}, "user.empty"),
    ("grafana_usage_insights", GRAFANA, Entry("7", "2026-06-30T22:30:00.000000001Z", "dashboard-view")),
    ("grafana_usage_insights", GRAFANA | {"userId": "0"}, "user.nobody"),
    ("github_audit_log_json", GITHUB | {"actor": "anna"}, Entry("anna", "1780000000000", "user.login", "d")),
    ("github_audit_log_json", GITHUB | {"actor": "anna", "created_at": None}, "at=1780000000001"),
    ("github_audit_log_json", GITHUB | {"actor": "anna", "action": "user.failed_login"}, "failed"),
    ("github_audit_log_json", GITHUB | {"actor": "anna", "action": "two_factor.check_failed"}, "failed"),
    ("github_audit_log_json", GITHUB | {"actor": None}, "user.nobody"),
    ("coder_audit", CODER, Entry("u1", "2026-06-30T22:30:00.5Z", "login", "e1")),
    ("coder_audit", CODER | {"status_code": "399"}, ""),
    ("coder_audit", CODER | {"status_code": "400"}, "failed"),
    ("coder_audit", CODER | {"status_code": "500"}, "failed"),
    ("coder_audit", CODER | {"status_code": None}, "outcome.invalid"),
    ("coder_audit", CODER | {"user": None}, "user.nobody"),
    ("nextcloud_audit", NEXTCLOUD | {"message": 'Login successful: "anna"'}, Entry("anna", NEXTCLOUD["time"], "login")),
    ("nextcloud_audit", NEXTCLOUD | {"message": "Logout occurred"}, Entry("anna", NEXTCLOUD["time"], "logout")),
    ("nextcloud_audit", NEXTCLOUD | {"message": "Login failed: anna"}, "failed"),
    ("nextcloud_audit", NEXTCLOUD | {"message": 'Login attempt: "anna"'}, "failed"),
    (
        "nextcloud_audit",
        NEXTCLOUD | {"message": 'File with id "1" accessed'},
        Entry("anna", NEXTCLOUD["time"], "action"),
    ),
    ("nextcloud_audit", NEXTCLOUD | {"message": "Cannot connect", "app": "mail"}, "log"),
    ("nextcloud_audit", NEXTCLOUD | {"message": "x", "user": "--"}, "user.nobody"),
    ("nextcloud_audit", NEXTCLOUD | {"message": "x", "time": "April 3, 2021 16:55:37"}, "at=2021-04-03 16:55:37"),
    ("slack_analytics", SLACK, Entry("W1", "2026-06-30", "is_active", "2026-06-30 W1")),
    ("slack_analytics", SLACK | {"is_active": False}, "idle"),
    ("slack_analytics", SLACK | {"is_active": "true"}, "field.type"),
    ("slack_analytics", SLACK | {"user_id": ""}, "user.nobody"),
    ("keycloak_events", KEYCLOAK, Entry("anna", "1780000000000", "LOGIN")),
    ("keycloak_events", KEYCLOAK | {"type": "LOGIN_ERROR"}, "failed"),
    ("keycloak_events", KEYCLOAK | {"type": "REFRESH_TOKEN"}, "automatic"),
    ("keycloak_events", KEYCLOAK | {"type": "LOGIN_ERROR", "userId": None}, "user.nobody"),
]


@pytest.mark.parametrize(("name", "record", "expected"), CASES)
def test_a_record_says(name, record, expected):
    """`expected` is the entry, a finding's code, "user=..." or "at=..." of the entry, or why it is no activity."""
    (part,) = PROFILES[name].parts(record)
    if isinstance(part, Unusable):
        assert part.code == expected
    elif isinstance(expected, Entry):
        assert part == expected
    elif "=" in expected:
        field, _, value = expected.partition("=")
        assert getattr(part, field) == value
    else:
        assert part.no_activity == expected


def test_an_activity_of_google_may_hold_several_events():
    record = GOOGLE | {"events": [{"name": "login_challenge"}, {"name": "login_success"}, {"name": "login_success"}]}
    found = list(PROFILES["google_login_activities"].parts(record))
    assert [(entry.action, entry.no_activity) for entry in found] == [
        ("login_challenge", "interrupted"),
        ("login_success", ""),
        ("login_success", ""),
    ]
    assert len({entry.event_id for entry in found}) == 3


def test_each_user_of_an_array_did_what_the_event_says():
    record = ECS | {"user": [{"id": "u1"}, {"id": "u2"}, {"id": "u1"}, {"roles": ["x"]}]}
    found = list(PROFILES["elastic_ecs"].parts(record))
    assert [entry.user for entry in found] == ["u1", "u2"]
    assert len({entry.event_id for entry in found}) == 2
