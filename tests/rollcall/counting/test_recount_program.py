"""The recount program as a customer's auditor meets it: one file, nothing but Python, readable, and no silent row."""

from __future__ import annotations

import ast
import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rollcall import recount
from tests.rollcall.counting import world

PROGRAM = Path(recount.__file__)
EXPORT = """event_id,user_id,occurred_at,action
1,anna,2026-05-31T22:30:00Z,login
2,Anna ,2026-06-02T08:00:00+02:00,report.open
3,bert,2026-06-30T23:59:59.999999999Z,login
3,bert,2026-06-30T23:59:59.999999999Z,login
4,svc-backup,2026-06-03T01:00:00Z,login
5,carl,2026-06-03,login
6,,2026-06-03T01:00:00Z,login
7,dora,2026-06-03T01:00:00+15:00,login
8,emil,2026-06-03T01:00:00Z
9,"fritz
müller",2026-06-31T01:00:00Z,login
10,gerd,2026-06-05T10:00:00,login
11,hans,2026-07-01T00:00:00Z,logout
"""


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the program as a process of its own that sees none of our packages."""
    command = [sys.executable, "-I", str(PROGRAM), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an export and a definition."""
    (tmp_path / "export.csv").write_text(EXPORT)
    (tmp_path / "def.json").write_text(json.dumps({"actions": ["login", "report.*"], "excluded_users": ["svc-*"]}))
    return tmp_path


SPAN = ("--definition", "def.json", "--timezone", "Europe/Berlin", "--from", "2026-05-01", "--to", "2026-08-01")


def test_it_is_short_and_stands_alone() -> None:
    source = PROGRAM.read_text()
    assert len(source.splitlines()) < 200
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            modules.add(str(node.module).partition(".")[0])
    assert modules <= sys.stdlib_module_names


def test_the_table_that_a_person_reads(folder: Path) -> None:
    done = run(*SPAN, "export.csv", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    *told, zones = done.stdout.splitlines()
    assert re.fullmatch(r"Time zones: (\d{4}[a-z] in )?/.+/zoneinfo\.", zones), "which data said when a day begins"
    assert told == [
        "2026-05-01 to before 2026-06-01:         0 active users",
        "2026-06-01 to before 2026-07-01:         1 active users",
        "2026-07-01 to before 2026-08-01:         1 active users",
        "Not counted: export.csv, line 7: the time '2026-06-03' is not like 2026-06-30T23:59:59Z.",
        "Not counted: export.csv, line 8: there is no user.",
        "Not counted: export.csv, line 9: no place on earth has this offset from UTC.",
        "Not counted: export.csv, line 10: 3 fields where the header has 4.",
        "Not counted: export.csv, line 11: day is out of range for month.",
        "Not counted: export.csv, line 13: the time has no zone; say with --source-timezone where its clock stood.",
        "12 rows read, 6 set aside, 1 repeated.",
    ]


def test_json_and_gzip_and_a_source_zone(folder: Path) -> None:
    with gzip.open(folder / "export.csv.gz", "wt", encoding="utf-8") as file:
        file.write(EXPORT)
    done = run(*SPAN, "--source-timezone", "Europe/Berlin", "--json", "export.csv.gz", folder=folder)
    answer = json.loads(done.stdout)
    june = answer["periods"][1]
    assert (june["start"], june["end"], june["active_users"]) == ("2026-06-01", "2026-07-01", 2)
    assert june["daily_active_users"] == {"2026-06-01": 1, "2026-06-02": 1, "2026-06-05": 1}
    assert answer["rows"] == {"read": 12, "set_aside": 5, "repeated": 1}


def test_other_columns_and_separators(folder: Path) -> None:
    (folder / "other.csv").write_text(
        "Who;When;What\nanna;2026-06-02 10:00 +02:00;login\nbert;2026-06-02T10:00Z;login\n"
    )
    columns = ("--column", "user=who", "--column", "at=When", "--column", "action=what")
    answer = json.loads(run(*SPAN, *columns, "--json", "other.csv", folder=folder).stdout)
    assert [month["active_users"] for month in answer["periods"]] == [0, 2, 0]
    assert "no column for the user or for the time" in run(*SPAN, "other.csv", folder=folder).stderr


def test_instances_are_named_on_the_command_line(folder: Path) -> None:
    (folder / "def.json").write_text('{"actions": ["*"], "per_instance": true}')
    for name in ("eu", "us"):
        (folder / f"{name}.csv").write_text("user_id,occurred_at\nanna,2026-06-02T10:00:00Z\n")
    answer = json.loads(run(*SPAN, "--json", "eu=eu.csv", "us=us.csv", folder=folder).stdout)
    assert answer["periods"][1]["active_users"] == 2


def test_evidence_without_names_takes_references(folder: Path) -> None:
    rows = [world.row("anna", 3), world.row("bert", 4), world.row("robot", 5)]
    world.write_canonical(rows, folder / "evidence.tsv")
    known = {"aliases": {world.ref("bert"): world.ref("anna")}, "excluded": [world.ref("robot")]}
    (folder / "known.json").write_text(json.dumps(known))
    answer = json.loads(run(*SPAN, "--json", "--names", "known.json", "evidence.tsv", folder=folder).stdout)
    assert answer["periods"][1]["active_users"] == 1
    bare = json.loads(run(*SPAN, "--json", "evidence.tsv", folder=folder).stdout)
    assert bare["periods"][1]["active_users"] == 3


def test_a_rolling_window_is_read_at_the_end_or_daily(folder: Path) -> None:
    (folder / "two.csv").write_text(
        "user_id,occurred_at\nanna,2026-05-30T10:00:00Z\nanna,2026-06-02T10:00:00Z\nbert,2026-06-28T10:00:00Z\n"
    )
    june = ("--definition", "def.json", "--timezone", "UTC", "--from", "2026-06-01", "--to", "2026-07-01", "--json")
    wanted = {"actions": ["*"], "window": {"days": 7}, "min_days": 2}
    (folder / "def.json").write_text(json.dumps(wanted))
    (at_end,) = json.loads(run(*june, "two.csv", folder=folder).stdout)["periods"]
    assert (at_end["active_users"], at_end["daily_active_users"]) == (0, {"2026-06-28": 1})
    (folder / "def.json").write_text(json.dumps(wanted | {"evaluate": "daily"}))
    (daily,) = json.loads(run(*june, "two.csv", folder=folder).stdout)["periods"]
    assert daily["active_users"] == 1
    assert daily["daily_active_users"] == {f"2026-06-0{day}": 1 for day in (2, 3, 4, 5)}
    (agreed,) = json.loads(run(*june, "--since", "2026-06-01", "two.csv", folder=folder).stdout)["periods"]
    assert agreed["active_users"] == 0
