"""A file given back with what was wrong with each record: every row, every value, every format."""

import csv
import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from rollcall.intake.annotate import annotate
from rollcall.intake.annotated_file import open_annotated
from rollcall.intake.given_back import restored_text, safe_text
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.intake.result import ReadResult
from rollcall.intake.sandbox import run_again

ERRORS = ["_error_code", "_error_column", "_error_value", "_error_message"]


def quiet(done: int, total: int, words: str) -> None:
    del done, total, words


def annotated(tmp_path: Path, content: bytes, *, scope: str = "whole", written_as: str = "csv", name: str = "x.csv"):
    """Read a file, annotate it, and return the rows that were written."""
    source = tmp_path / "source"
    source.write_bytes(content)
    request = ReadRequest(files=(str(source),), filenames=(name,), out_dir=str(tmp_path / "out"))
    found = read(request)
    result = annotate(
        request,
        findings=tmp_path / "out" / found.findings_file,
        scope=scope,
        written_as=written_as,
        on_progress=quiet,
    )
    assert result.refused == ""
    return rows_of(tmp_path / "out" / result.file, written_as)


def rows_of(path: Path, written_as: str) -> list[list[str]]:
    if written_as == "xlsx":
        return [
            [str(cell) for cell in row] for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        ]
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


BROKEN = (
    b"user_id,occurred_at,action,note\n"
    b"ada,2026-09-01T10:00:00Z,login,fine\n"
    b"bob,never,login,=1+1\n"
    b',2026-09-01T10:00:00Z,login,"two\nlines"\n'
    b"cem,2026-09-01T10:00:00Z,login\n"
    b"+49 170,2026-09-02T10:00:00Z,login,a,b\n"
    b"dan,2026-09-02T10:00:00Z,login,'=x\n"
    b"eve,2026-09-02T10:00:00Z,login,last\n"
    b"fay,2026-09-02T10:00:00Z,login,last\n"
    b"gus,2026-09-02T10:00:00Z,login,last\n"
)


@pytest.mark.parametrize("written_as", ["csv", "xlsx"])
def test_every_row_comes_back_in_its_order_with_its_errors(tmp_path: Path, written_as: str) -> None:
    header, *rows = annotated(tmp_path, BROKEN, written_as=written_as)

    assert header == ["user_id", "occurred_at", "action", "note", "_surplus", *ERRORS]
    assert [row[0] for row in rows] == ["ada", "bob", "", "cem", "'+49 170", "dan", "eve", "fay", "gus"]
    assert [row[5] for row in rows] == ["", "time.invalid", "user.empty", "row.columns", "row.columns", *[""] * 4]
    assert rows[0][4:] == ["", "", "", "", ""]
    assert rows[1][3] == "'=1+1"
    assert rows[1][6:8] == ["occurred_at", "never"]
    assert rows[2][3] == "two\nlines"
    assert rows[4][3:5] == ["a", "b"]
    assert rows[5][3] == "''=x"


def test_the_failed_rows_alone_say_their_lines(tmp_path: Path) -> None:
    header, *rows = annotated(tmp_path, BROKEN, scope="failed")

    assert header[:2] == ["_line", "user_id"]
    assert [row[0] for row in rows] == ["3", "4", "6", "7"]


def test_another_encoding_and_delimiter_become_utf_8(tmp_path: Path) -> None:
    content = "user_id;occurred_at;action\nJürgen;2026-09-01T10:00:00Z;login\nZoë;bad;login\n".encode("utf-16")

    header, *rows = annotated(tmp_path, content)

    assert header[:3] == ["user_id", "occurred_at", "action"]
    assert [row[0] for row in rows] == ["Jürgen", "Zoë"]
    assert rows[1][3] == "time.invalid"


def test_bytes_that_are_no_text_are_visible(tmp_path: Path) -> None:
    content = b"user_id,occurred_at,action\nada,2026-09-01T10:00:00Z,login\nb\xff,2026-09-01T10:00:00Z,login\n"

    rows = annotated(tmp_path, content)

    assert rows[2][3] == "text.not_utf8"
    assert rows[2][0] == "b?"


EVENTS = [
    {"user": "ada", "time": "2026-09-01T10:00:00Z", "action": "login", "id": "1"},
    {"user": "", "time": "2026-09-01T10:00:00Z", "action": "login", "id": "2"},
    {"user": "bob", "time": "2026-09-01T10:00:00Z", "action": "login", "id": "1"},
    {"user": "cem", "time": "2026-09-01T10:00:00Z", "action": "login", "id": "4", "n": 1.50},
]


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("one record a line", "\n".join(json.dumps(event) for event in EVENTS) + "\n"),
        ("an array on one line", json.dumps(EVENTS)),
        ("an array over many lines", json.dumps(EVENTS, indent=1)),
        ("a list inside a page", json.dumps({"page": 1, "events": EVENTS})),
    ],
)
def test_json_comes_back_as_the_text_of_its_records(tmp_path: Path, _case: str, text: str) -> None:
    header, *rows = annotated(tmp_path, text.encode(), name="x.json")

    assert header == ["_record", *ERRORS]
    assert [json.loads(row[0]) for row in rows] == EVENTS
    assert [row[1] for row in rows] == ["", "user.empty", "event_id.conflict", ""]
    assert all(row[0] in text for row in rows)


def test_two_files_come_back_as_one_table_with_their_names(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("user_id,occurred_at,action\nada,2026-09-01T10:00:00Z,login\nbob,bad,login\n")
    second.write_text(
        "action,user_id,occurred_at,more\nlogin,cem,2026-09-01T10:00:00Z,m\nlogin,,2026-09-01T10:00:00Z,\n"
    )
    request = ReadRequest(files=(str(first), str(second)), filenames=("a.csv", "b.csv"), out_dir=str(tmp_path / "out"))
    found = read(request)

    result = annotate(
        request, findings=tmp_path / "out" / found.findings_file, scope="whole", written_as="csv", on_progress=quiet
    )

    header, *rows = rows_of(tmp_path / "out" / result.file, "csv")
    assert header == ["_file", "user_id", "occurred_at", "action", "more", *ERRORS]
    assert [row[:5] for row in rows] == [
        ["a.csv", "ada", "2026-09-01T10:00:00Z", "login", ""],
        ["a.csv", "bob", "bad", "login", ""],
        ["b.csv", "cem", "2026-09-01T10:00:00Z", "login", "m"],
        ["b.csv", "", "2026-09-01T10:00:00Z", "login", ""],
    ]
    assert [row[5] for row in rows] == ["", "time.invalid", "", "user.empty"]


@pytest.mark.parametrize("text", ["", "ada", "=1+1", "'=1+1", "''=1", "'ada", "+49", " @x", "-", "'", "\t=x", "＝x"])
def test_a_cell_that_was_made_safe_can_be_read_back(text: str) -> None:
    safe = safe_text(text)

    assert restored_text(safe) == text
    assert safe.lstrip(" ")[:1] not in set("=+-@\t\r＝＋－＠")


def test_a_quote_that_swallows_rows_is_said_and_nothing_is_given(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text('user_id,occurred_at\n"ada,2026-09-01T10:00:00Z\nbob,2026-09-01T10:00:00Z\n')
    request = ReadRequest(files=(str(source),), filenames=("x.csv",), out_dir=str(tmp_path / "out"))
    found = read(request)

    result = annotate(
        request, findings=tmp_path / "out" / found.findings_file, scope="whole", written_as="csv", on_progress=quiet
    )

    assert "cannot be taken apart" in result.refused


def test_the_child_does_the_same(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    source.write_bytes(BROKEN)
    request = ReadRequest(files=(str(source),), filenames=("x.csv",), out_dir=str(out))
    read(request)

    answer = run_again(
        "rollcall.intake.annotate_child",
        request,
        document={"scope": "failed", "written_as": "xlsx"},
        more=[out / "findings.csv"],
    )

    assert answer == {"file": "annotated.xlsx", "rows": 4, "failed": 4, "cut_cells": 0, "refused": ""}
    assert len(rows_of(out / "annotated.xlsx", "xlsx")) == 5


WITH_ODD_IDS = (
    b"user_id,occurred_at,action\n"
    b"+49 170,2026-09-01T10:00:00Z,login\n"
    b"@handle,2026-09-01T10:00:00Z,login\n"
    b"'=x,2026-09-01T10:00:00Z,login\n"
    b"bob,never,login\n"
)


@pytest.mark.parametrize("written_as", ["csv", "xlsx"])
def test_a_corrected_table_of_the_whole_file_is_read_as_the_file(tmp_path: Path, written_as: str) -> None:
    header, *rows = annotated(tmp_path, WITH_ODD_IDS, written_as=written_as)
    assert [row[0] for row in rows] == ["'+49 170", "'@handle", "''=x", "bob"]
    rows[3][1] = "2026-09-01T10:00:00Z"

    wanted = read_alone(tmp_path, "wanted", WITH_ODD_IDS.replace(b"never", b"2026-09-01T10:00:00Z"))
    found = read_alone(tmp_path, "found", table_of([header, *rows], tmp_path, written_as))

    assert found.outcome == wanted.outcome == "accepted"
    assert found.digest == wanted.digest


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (WITH_ODD_IDS, "failed", "table.failed_rows"),
        (b'{"user": "a", "time": "x"}\n{"user": "b", "time": "2026-09-01T10:00:00Z"}\n', "whole", "table.records"),
    ],
)
def test_a_table_that_is_not_the_whole_file_is_refused_as_a_file(
    tmp_path: Path, content: bytes, name: str, code: str
) -> None:
    rows = annotated(tmp_path, content, scope=name)

    found = read_alone(tmp_path, "again", table_of(rows, tmp_path, "csv"))

    assert (found.outcome, found.code) == ("rejected", code)


def table_of(rows: list[list[str]], tmp_path: Path, written_as: str) -> bytes:
    path = tmp_path / f"corrected.{written_as}"
    with open_annotated(path, written_as) as table:
        for row in rows:
            table.write(row)
    return path.read_bytes()


def read_alone(tmp_path: Path, name: str, content: bytes) -> ReadResult:
    source = tmp_path / f"{name}.source"
    source.write_bytes(content)
    return read(ReadRequest(files=(str(source),), filenames=(name,), out_dir=str(tmp_path / f"{name}.out")))
