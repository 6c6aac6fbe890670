"""`rollcall count`: the JSON of SHAPES.md, the exit statuses, the table for people, with and without DuckDB."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rollcall.cli import main

ROOT = Path(__file__).parents[3]
JUNE = "user_id,occurred_at,action\n" + "".join(
    f"u{number % 5},2026-06-{number % 30 + 1:02d}T23:3{number // 30}:00Z,{'view' if number % 5 == 4 else 'login'}\n"
    for number in range(60)
)


@pytest.fixture
def june(tmp_path):
    file = tmp_path / "june.csv"
    file.write_text(JUNE + "u9,yesterday,login\n")
    return file


def counted(capsys, *arguments):
    status = main(["count", *map(str, arguments), "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_the_json_has_the_agreed_shape(june, capsys):
    status, answer = counted(capsys, june)
    assert status == 0
    assert list(answer) == [
        "outcome",
        "kind",
        "format",
        "rows",
        "periods",
        "actions",
        "reported",
        "user_list",
        "findings",
        "questions",
        "remarks",
        "message",
        "digest",
    ]
    assert answer["outcome"] == "quarantined"
    assert answer["rows"] == {"read": 61, "accepted": 60, "quarantined": 1, "duplicate": 0}
    assert answer["findings"] == [
        {
            "file": "june.csv",
            "line": 62,
            "column": "occurred_at",
            "code": "time.invalid",
            "message": "'yesterday' is not a time such as 2026-06-30T22:30:00Z.",
        }
    ]
    (period,) = answer["periods"]
    assert (period["start"], period["end"], period["timezone"]) == ("2026-06-01", "2026-07-01", "UTC")
    assert period["active_users"] == 5
    assert period["daily_active_users"]["2026-06-01"] == 1
    assert answer["digest"].startswith("sha256:")


def test_the_zone_of_the_bill_moves_the_months(june, capsys):
    _, answer = counted(capsys, june, "--timezone", "Asia/Kolkata")
    assert [(period["start"], period["active_users"]) for period in answer["periods"]] == [
        ("2026-06-01", 5),
        ("2026-07-01", 1),
    ]


def test_a_definition_counts_its_actions_without_its_excluded(june, tmp_path, capsys):
    definition = tmp_path / "definition.json"
    definition.write_text(json.dumps({"actions": ["LOGIN"], "excluded_users": ["U1"], "timezone": "Europe/Berlin"}))
    _, answer = counted(capsys, june, "--definition", definition, "--to", "2026-07-01")
    assert [period["active_users"] for period in answer["periods"]] == [3]
    assert answer["periods"][0]["timezone"] == "Europe/Berlin"
    assert [remark["code"] for remark in answer["remarks"]] == ["actions.not_counted"]
    assert "view (12 rows)" in answer["remarks"][0]["message"]
    definition.write_text(json.dumps({"actions": ["logout"]}))
    _, answer = counted(capsys, june, "--definition", definition)
    assert answer["remarks"][0]["message"].startswith("no row has a counted action")


@pytest.mark.parametrize(
    ("cycle", "starts"),
    [
        ("calendar-month", ["2026-06-01"]),
        ("anniversary:2025-01-15", ["2026-05-15", "2026-06-15"]),
        ("days:10:2026-06-01", ["2026-06-01", "2026-06-11", "2026-06-21"]),
    ],
)
def test_cycles(june, capsys, cycle, starts):
    _, answer = counted(capsys, june, "--cycle", cycle)
    assert [period["start"] for period in answer["periods"]] == starts


def test_periods_shown_may_be_empty_or_cut(june, capsys):
    _, answer = counted(capsys, june, "--from", "2026-04-01", "--to", "2026-06-11")
    assert [(period["start"], period["end"], period["active_users"]) for period in answer["periods"]] == [
        ("2026-04-01", "2026-05-01", 0),
        ("2026-05-01", "2026-06-01", 0),
        ("2026-06-01", "2026-06-11", 5),
    ]


def test_bounds_keep_rows_apart_and_a_closed_month_asks(june, capsys):
    _, answer = counted(capsys, june, "--contract-from", "2026-06-02", "--now", "2026-06-20T00:00:00Z")
    assert {finding["code"] for finding in answer["findings"]} == {
        "time.outside_contract",
        "time.future",
        "time.invalid",
    }
    status, answer = counted(capsys, june, "--closed", "2026-06")
    assert (status, answer["outcome"], answer["periods"]) == (4, "needs_answer", [])
    assert answer["questions"][0]["code"] == "period.closed"


def test_a_naive_file_is_a_question_until_its_zone_is_named(tmp_path, capsys):
    naive = tmp_path / "naive.csv"
    naive.write_text("user,time\nann,2026-06-30 23:30:00\n")
    status, answer = counted(capsys, naive, "--timezone", "Europe/Berlin")
    assert (status, answer["questions"][0]["code"]) == (4, "zone.missing")
    status, answer = counted(capsys, naive, "--timezone", "Europe/Berlin", "--source-timezone", "UTC")
    assert (status, answer["periods"][0]["start"]) == (0, "2026-07-01")


def test_a_mapping_names_the_columns(tmp_path, capsys):
    export, mapping = tmp_path / "export.csv", tmp_path / "map.json"
    export.write_text("who|when\nann|2026-06-30T23:30:00Z\n")
    mapping.write_text(json.dumps({"delimiter": "|", "columns": {"user": "who", "at": "when"}}))
    status, answer = counted(capsys, export, "--mapping", mapping, "--format", "csv")
    assert (status, answer["outcome"]) == (0, "accepted")


def test_a_refused_file_has_status_3_and_says_why(tmp_path, capsys):
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    status, answer = counted(capsys, empty)
    assert (status, answer["outcome"], answer["digest"]) == (3, "rejected", None)
    assert answer["findings"] == [
        {"file": "empty.csv", "line": None, "column": None, "code": "file.empty", "message": answer["message"]}
    ]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--timezone", "Mars/Base"], "Mars/Base"),
        (["--source-timezone", "IST"], "IST"),
        (["--cycle", "fortnight"], "--cycle"),
        (["--cycle", "days:0:2026-01-01"], "--cycle"),
        (["--cycle", "days:x:2026-01-01"], "--cycle"),
        (["--cycle", "anniversary:2026-13-01"], "--cycle"),
        (["--from", "June"], "--from"),
        (["--from", "2026-07-01", "--to", "2026-06-01"], "--to"),
        (["--now", "today"], "now"),
        (["--closed", "June"], "closed"),
        (["--definition", "absent.json"], "absent.json"),
        (["--mapping", "absent.json"], "absent.json"),
    ],
)
def test_wrong_use_has_status_2(june, capsys, arguments, named):
    assert main(["count", str(june), *arguments]) == 2
    said = capsys.readouterr()
    assert named in said.err
    assert said.out == ""


def test_a_wrong_definition_is_wrong_use(june, tmp_path, capsys):
    definition = tmp_path / "definition.json"
    definition.write_text('{"actions": ["login"], "colour": 1}')
    assert main(["count", str(june), "--definition", str(definition)]) == 2
    assert "colour" in capsys.readouterr().err


def test_people_read_a_table(june, capsys):
    assert main(["count", str(june)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("An active user is a person who did anything in the billed period (UTC).")
    assert "1 to 30 Jun 2026 (UTC)             5" in said
    assert "Rows: 61 read, 60 accepted, 1 kept apart, 0 repeated." in said
    assert "62  occurred_at  time.invalid" in said


WITHOUT_DUCKDB = "import sys; sys.modules['duckdb'] = None; from rollcall.cli import main; sys.exit(main(sys.argv[1:]))"


def test_without_duckdb_the_figures_and_the_digest_are_the_same(june, capsys):
    command = [sys.executable, "-c", WITHOUT_DUCKDB, "count", str(june), "--json"]
    alone = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert json.loads(alone.stdout) == counted(capsys, june)[1]
