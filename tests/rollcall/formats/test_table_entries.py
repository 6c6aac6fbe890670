"""What one row of each table says: who, when, what, and whether it is activity at all."""

import pytest

from rollcall.formats.profile import Entry, Unusable
from rollcall.formats.registry import PROFILES
from tests.rollcall.intake.readings import lines_of, reading

ENTRA = {"date_(utc)": "2026-06-30T22:30:00Z", "request_id": "r1", "user_id": "o1", "username": "Anna@x.example"}
FRENCH = {
    "date_(utc)": "2026-06-30T22:30:00Z",
    "id_de_la_demande": "r1",
    "nom_d'utilisateur": "anna",
    "statut": "Échec",
}
GITHUB = {"action": "user.login", "actor": "anna", "created_at": "1780000000000", "document_id": "d1"}
SPLUNK = {"time": "2026-06-30T22:30:00.000+0200", "sourcetype": "app", "raw": 'x user="anna" action=login msg="hi"'}
SOURCEGRAPH = {"date": "2026-06-30T00:00:00Z", "user_id": "7", "search_count": "0", "code_intel_count": "1"}

CASES = [
    ("entra_signins_csv", ENTRA | {"status": "Success"}, Entry("Anna@x.example", ENTRA["date_(utc)"], "Success", "r1")),
    ("entra_signins_csv", ENTRA | {"status": "Failure"}, "failed"),
    ("entra_signins_csv", ENTRA | {"status": "Interrupted"}, "interrupted"),
    ("entra_signins_csv", ENTRA | {"status": "Maybe"}, "outcome.unknown"),
    ("entra_signins_csv", ENTRA | {"status": "Success", "username": ""}, "user=o1"),
    ("entra_signins_csv", ENTRA | {"status": "Success", "username": "", "user_id": " "}, "user.nobody"),
    ("entra_signins_csv", FRENCH, "failed"),
    ("entra_signins_csv", FRENCH | {"statut": "Réussite"}, ""),
    ("github_audit_log_csv", GITHUB, Entry("anna", "1780000000000", "user.login", "d1")),
    ("github_audit_log_csv", GITHUB | {"action": "user.failed_login"}, "failed"),
    ("github_audit_log_csv", GITHUB | {"actor": ""}, "user.nobody"),
    ("splunk_csv", SPLUNK, Entry("anna", SPLUNK["time"], "login")),
    ("splunk_csv", SPLUNK | {"raw": "user=anna action=failed"}, "failed"),
    ("splunk_csv", SPLUNK | {"raw": "user=anna action=login outcome=failure"}, "failed"),
    ("splunk_csv", SPLUNK | {"raw": 'msg="user=mallory ""x"" action=none" user=anna action=login'}, "user=anna"),
    ("splunk_csv", SPLUNK | {"raw": 'user="anna" action=login\nuser=mallory'}, "user=anna"),
    ("splunk_csv", SPLUNK | {"raw": '{"user": {"name": "anna"}, "action": "login"}'}, "user=anna"),
    (
        "splunk_csv",
        SPLUNK | {"raw": '{"user_id": 900719925474099312345, "action": "login"}'},
        "user=900719925474099312345",
    ),
    ("splunk_csv", SPLUNK | {"raw": "[" * 100_000}, "user.nobody"),
    ("splunk_csv", SPLUNK | {"raw": "{" + '"a":' * 100_000}, "user.nobody"),
    ("splunk_csv", SPLUNK | {"user": "berta", "action": "open"}, "user=berta"),
    ("splunk_csv", SPLUNK | {"raw": "action=login"}, "user.nobody"),
    ("splunk_csv", SPLUNK | {"raw": "user=anna"}, "action.none"),
    ("sourcegraph_archive", SOURCEGRAPH, Entry("7", "2026-06-30", "row", "2026-06-30 7")),
    ("sourcegraph_archive", SOURCEGRAPH | {"code_intel_count": "0"}, "idle"),
    ("sourcegraph_archive", SOURCEGRAPH | {"search_count": "-1"}, "quantity.invalid"),
    ("sourcegraph_archive", SOURCEGRAPH | {"search_count": "１"}, "quantity.invalid"),
    ("sourcegraph_archive", SOURCEGRAPH | {"date": "2026-06-30 00:00:00 +0000 UTC"}, "at=2026-06-30"),
    ("sourcegraph_archive", SOURCEGRAPH | {"date": "2026-06-30T12:00:00Z"}, "at=2026-06-30T12:00:00Z"),
]


@pytest.mark.parametrize(("name", "record", "expected"), CASES)
def test_a_row_says_this(name, record, expected):
    (said,) = PROFILES[name].parts(record)
    if isinstance(expected, Entry):
        assert said == expected
    elif isinstance(said, Unusable):
        assert said.code == expected
    elif "=" in expected:
        field, _, value = expected.partition("=")
        assert getattr(said, field) == value
    else:
        assert said.no_activity == expected


HEADER = "Date (UTC),Request ID,User,Username,Status,Application ID ,Incoming token type,Incoming token type\n"


def entra(folder, *times, **asked):
    rows = "".join(f"{time},r{number},Anna,anna@x.example,Success,a,none,other\n" for number, time in enumerate(times))
    return reading(folder, "\ufeff" + HEADER + rows, names=("signins.csv",), **asked)


def test_the_times_of_the_older_portal_are_utc_once_their_order_is_known(tmp_path):
    result = entra(tmp_path, "3/12/2025 7:22:01 AM", "3/25/2025 11:00:00 PM")
    assert (result.outcome, result.format) == ("accepted", "entra_signins_csv")
    assert (result.first_at, result.last_at) == ("2025-03-12T07:22:00Z", "2025-03-25T23:00:00Z")


def test_an_order_that_no_date_settles_is_asked(tmp_path):
    result = entra(tmp_path, "3/12/2025 7:22:01 AM", "4/11/2025 11:00:00 PM")
    assert [question.code for question in result.questions] == ["date_order.unknown"]


def test_a_status_that_nobody_knows_is_kept_apart(tmp_path):
    text = HEADER + "2026-06-30T10:00:00Z,r1,A,a@x,Success,,,\n2026-06-30T10:00:00Z,r2,B,b@x,Erfolg,,,\n"
    result = reading(tmp_path, text, names=("signins.csv",))
    assert (result.rows.accepted, lines_of(result)) == (1, [(3, "outcome.unknown")])


def test_a_splunk_record_over_several_lines_is_one_row(tmp_path):
    text = (
        '"_time","sourcetype","_raw"\n"2026-06-30T22:30:00.000+0200","app","user=""anna"" action=login msg=""a\nb"""\n'
        '"2026-06-31T22:30:00.000+0200","app","user=berta action=login"\n'
    )
    result = reading(tmp_path, text, names=("search.csv",))
    assert (result.format, result.rows.accepted, lines_of(result)) == ("splunk_csv", 1, [(4, "time.invalid")])
