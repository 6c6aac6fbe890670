"""Every nasty file has its outcome, with both readers; what is no export is refused by its name."""

import json

import pytest

from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from tests.cases import NASTY, write_large_files
from tests.rollcall.intake.readings import assert_sound, evidence_of, lines_of, reading

write_large_files()
MANIFEST = json.loads((NASTY / "manifest.json").read_text())
CASES = MANIFEST["cases"]
OUTCOMES = {"accept": "accepted", "quarantine": "quarantined", "reject": "rejected", "ask": "needs_answer"}
COUNTED = {"login", "report.open"}


def read_case(folder, case, engine):
    (folder / engine).mkdir()
    request = ReadRequest(
        files=tuple(str(NASTY / name) for name in case["files"]),
        filenames=tuple(case["files"]),
        out_dir=str(folder / engine),
        timezone=case.get("zone", "UTC"),
        source_timezone=case.get("zone"),
        contract_from="2026-01-01",
        contract_to="2027-01-01",
        now="2026-07-02T00:00:00Z",
        salt_hex="00" * 32,
        engine=engine,
    )
    return read(request)


def users_per_month(folder, engine):
    months = {}
    for row in evidence_of(folder, engine):
        if row.action.lower() in COUNTED:
            months.setdefault(row.day.strftime("%Y-%m"), set()).add(row.user_ref)
    return {month: len(users) for month, users in sorted(months.items())}


@pytest.mark.parametrize("engine", ["plain", "columnar"])
@pytest.mark.parametrize("name", CASES)
def test_the_file_has_its_outcome(tmp_path, name, engine):
    case = CASES[name]
    result = read_case(tmp_path, case, engine)
    assert result.outcome in [OUTCOMES[outcome] for outcome in [case["outcome"], *case.get("also_fine", [])]]
    if result.outcome in ("accepted", "quarantined"):
        if "kind" in case:
            assert (result.kind, len(result.reported)) == ("counts", result.rows.accepted)
        else:
            assert_sound(tmp_path, result, engine)
        if result.outcome == OUTCOMES[case["outcome"]]:
            assert (result.rows.read, result.rows.accepted) == (case["rows"], case["accepted"])
            if "mau" in case:
                assert users_per_month(tmp_path, engine) == case["mau"]
            assert result.rows.duplicate == case.get("duplicates", result.rows.duplicate)
            _assert_findings(result, case.get("quarantined", []))
    else:
        assert result.evidence_file is None
        assert not (tmp_path / engine / "evidence.parquet").exists()
        assert [part for part in case.get("error_names", []) if part.lower() not in result.message.lower()] == []


def _assert_findings(result, expected):
    assert [finding.line for finding in result.findings] == [line for line, _ in expected]
    for finding, (_, words) in zip(result.findings, expected, strict=True):
        assert words in finding.message or words == finding.column


def test_equal_readers_say_the_same_of_every_file(tmp_path):
    for name, case in CASES.items():
        folder = tmp_path / name
        folder.mkdir()
        plain, fast = read_case(folder, case, "plain"), read_case(folder, case, "columnar")
        assert fast.to_json() | {"engine": ""} == plain.to_json() | {"engine": ""}, name


def test_an_uncounted_action_is_kept_with_its_rows_and_users(tmp_path):
    result = read_case(tmp_path, CASES["action_unknown"], "columnar")
    assert result.actions["teleport"][0] == CASES["action_unknown"]["actions_not_in_the_contract"]["teleport"]


def test_a_month_without_a_user_of_the_month_before_is_named(tmp_path):
    messages = [remark.message for remark in read_case(tmp_path, CASES["excel_lost_zeros"], "columnar").remarks]
    assert any(CASES["excel_lost_zeros"]["warn"] in message for message in messages)


def test_both_readers_name_a_month_of_new_users(tmp_path):
    months = [f"e{number},{name},2026-0{month}-10T10:00:00Z,login\n" for month, name, number in _users_of_two_months()]
    text = "event_id,user_id,occurred_at,action\n" + "".join(months)
    plain, fast = (reading(tmp_path, text, engine=engine) for engine in ("plain", "columnar"))
    assert plain.remarks == fast.remarks
    assert [remark.code for remark in fast.remarks if remark.code == "users.all_new"] == ["users.all_new"]


def _users_of_two_months():
    return [
        (month, f"{number:0{6 * (month == 5) or 1}d}", month * 10 + number) for month in (5, 6) for number in range(9)
    ]


def test_days_without_rows_are_named(tmp_path):
    (remark,) = read_case(tmp_path, CASES["gap_in_days"], "columnar").remarks
    assert remark.message == "There are no rows on 2026-06-09, 2026-06-10, 2026-06-11; the export may be incomplete."


GOOD = "event_id,user_id,occurred_at,action\n" + "".join(
    f"e{number},user{number % 20},2026-06-{number % 28 + 1:02d}T10:00:00Z,login\n" for number in range(200)
)


def test_a_line_of_two_million_columns_is_kept_apart(tmp_path):
    result = reading(tmp_path, GOOD + "," * 2_000_000 + "\n" + "late,user1,2026-06-30T10:00:00Z,login\n")
    assert (result.outcome, result.rows.accepted, lines_of(result)) == ("quarantined", 201, [(202, "row.too_long")])
    assert "columns" in result.findings[0].message


def test_a_field_of_ten_megabytes_is_kept_apart(tmp_path):
    result = reading(tmp_path, GOOD + f"big,{'x' * 10_000_000},2026-06-30T10:00:00Z,login\n")
    assert (result.outcome, result.rows.accepted, lines_of(result)) == ("quarantined", 200, [(202, "row.too_long")])
    assert "too long" in result.findings[0].message
    assert len(result.findings[0].value) <= 200


def test_a_field_just_over_the_limit_is_kept_apart(tmp_path):
    result = reading(tmp_path, GOOD + f"big,{'x' * 70_000},2026-06-30T10:00:00Z,login\n")
    assert lines_of(result) == [(202, "field.too_long")]


@pytest.mark.parametrize(
    ("start", "named"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"\x7fELF\x02\x01", "program"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"ARROW1\x00\x00", "Arrow"),
        (b"PK\x03\x04\x14\x00" + b"\x00" * 24 + b"a.csv", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b"BZh91AY&SY", "bzip2"),
        (b"<?xml version='1.0'?>", "XML"),
        (b'\xef\xbb\xbf  {"user": 1}', "JSON"),
        (b"[1, 2]", "JSON"),
        (b"<!DOCTYPE html><title>Log in</title>", "HTML"),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"),
        (b"\x00" * 5000, "NUL"),
    ],
)
def test_what_is_no_export_is_refused_by_its_name(tmp_path, start, named):
    result = reading(tmp_path, start, names=("usage.csv",))
    assert result.outcome == "rejected"
    assert named in result.message
