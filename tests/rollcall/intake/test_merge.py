"""Corrected rows take the places of the failed ones; everything else stays as it was."""

import csv
from pathlib import Path

import pytest

from rollcall.intake.annotate import annotate
from rollcall.intake.annotated_file import open_annotated
from rollcall.intake.merge import Merged, merge
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.intake.result import ReadResult

BROKEN = (
    b"user_id;occurred_at;action;event_id\n"
    b"+49 170;2026-09-01T10:00:00Z;login;1\n"
    b"bob;never;login;2\n"
    b";2026-09-01T10:00:00Z;login;3\n"
    b"cem;2026-09-01T10:00:00Z;login\n"
    b"dan;2026-09-02T10:00:00Z;login;1\n"
    b"eve;2026-09-02T10:00:00Z;login;6\n"
    b"fay;2026-09-02T10:00:00Z;login;7\n"
)
CURED = BROKEN.replace(b"never", b"2026-09-03T10:00:00Z").replace(
    b"dan;2026-09-02T10:00:00Z;login;1", b"dan;2026-09-02T10:00:00Z;login;5"
)


def quiet(done: int, total: int, words: str) -> None:
    del done, total, words


def failed_rows(tmp_path: Path) -> tuple[ReadRequest, list[list[str]]]:
    source = tmp_path / "source"
    source.write_bytes(BROKEN)
    request = ReadRequest(files=(str(source),), filenames=("x.csv",), out_dir=str(tmp_path / "out"))
    assert read(request).rows.quarantined == 4
    findings = tmp_path / "out" / "findings.csv"
    result = annotate(request, findings=findings, scope="failed", written_as="csv", on_progress=quiet)
    with open(tmp_path / "out" / result.file, newline="", encoding="utf-8-sig") as file:
        return request, list(csv.reader(file))


def merged(tmp_path: Path, request: ReadRequest, rows: list[list[str]], written_as: str = "csv") -> Merged:
    corrected = tmp_path / "corrected"
    with open_annotated(corrected.with_suffix(f".{written_as}"), written_as) as table:
        for row in rows:
            table.write(row)
    return merge(
        request,
        findings=tmp_path / "out" / "findings.csv",
        corrected=corrected.with_suffix(f".{written_as}"),
        corrected_name="corrected",
        on_progress=quiet,
    )


def read_alone(tmp_path: Path, name: str, content: bytes) -> ReadResult:
    source = tmp_path / f"{name}.source"
    source.write_bytes(content)
    return read(ReadRequest(files=(str(source),), filenames=(name,), out_dir=str(tmp_path / f"{name}.out")))


@pytest.mark.parametrize("written_as", ["csv", "xlsx"])
def test_the_corrected_rows_are_added_and_the_others_stay(tmp_path: Path, written_as: str) -> None:
    request, (header, *rows) = failed_rows(tmp_path)
    assert [row[0] for row in rows] == ["3", "4", "5", "6"]
    rows[0][2] = "2026-09-03T10:00:00Z"
    rows[3][4] = "5"

    result = merged(tmp_path, request, [header, rows[3], rows[0]], written_as)

    assert (result.refused, result.rows, result.replaced) == ("", 7, 2)
    found = read_alone(tmp_path, "found", (tmp_path / "out" / result.file).read_bytes())
    wanted = read_alone(tmp_path, "wanted", CURED)
    assert found.rows == wanted.rows
    assert found.digest == wanted.digest
    assert found.finding_counts == {"row.columns": 1, "user.empty": 1}


def test_a_row_sent_back_unchanged_fails_again(tmp_path: Path) -> None:
    request, rows = failed_rows(tmp_path)

    result = merged(tmp_path, request, rows)

    found = read_alone(tmp_path, "found", (tmp_path / "out" / result.file).read_bytes())
    assert found.rows.quarantined >= 3
    assert "event_id.conflict" in found.finding_counts


@pytest.mark.parametrize(("_case", "change", "words"), [
    ("a row that did not fail", lambda rows: rows[1].__setitem__(0, "2"), "line 2 of x.csv was not put aside"),
    ("a line twice", lambda rows: rows.append(rows[1]), "line 3 is there twice"),
    ("no number", lambda rows: rows[1].__setitem__(0, "three"), "'three' is no line of the file"),
    ("no lines", lambda rows: [row.pop(0) for row in rows], "The column _line is missing"),
    ("a column gone", lambda rows: [row.pop(1) for row in rows], "The column user_id is missing"),
])  # fmt: skip
def test_what_cannot_be_placed_is_refused_and_nothing_is_merged(tmp_path: Path, _case: str, change, words: str) -> None:
    request, rows = failed_rows(tmp_path)
    change(rows)

    result = merged(tmp_path, request, rows)

    assert words in result.refused
    assert result.file == ""
