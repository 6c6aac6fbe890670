"""Spreadsheets are told from other archives and looked at before a reader of spreadsheets is."""

from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.parts import parts_of
from rollcall.intake.workbook import refuse_hostile_workbook
from tests.rollcall.intake import bombs

NASTY = Path(__file__).parents[2] / "cases" / "nasty"
LIMITS = Limits()
ROWS = 3000


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "usage.csv"
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet()
    for row in range(ROWS):
        page.write_row(row, 0, [f"user {row}", "2026-06-01T08:00:00Z", "login", row])
    book.close()
    return path


def refused(path, limits=LIMITS):
    with pytest.raises(FileRefused) as refusal:
        parts_of(path, filename="usage.xlsx", limits=limits)
    return refusal.value


def test_a_spreadsheet_is_one_part_under_any_name(sheet):
    found = parts_of(sheet, filename="usage.csv", limits=LIMITS)
    (part,) = found.parts
    assert (found.packing, part.packing, part.filename, part.path) == ("workbook", "workbook", "usage.csv", sheet)


@pytest.mark.parametrize("path", sorted(NASTY.glob("xlsx_*")), ids=lambda path: path.name)
def test_the_given_spreadsheets_are_taken(path):
    assert parts_of(path, filename=path.name, limits=LIMITS).packing == "workbook"


def test_the_rectangle_around_all_cells_is_limited(sheet):
    refuse_hostile_workbook(sheet, replace(LIMITS, cells=ROWS * 4))
    refusal = refused(sheet, replace(LIMITS, cells=ROWS * 4 - 1))
    assert refusal.code == "size.cells"
    assert "row 3,000 and column 4" in str(refusal)


def test_the_unpacked_size_is_limited(sheet):
    assert refused(sheet, replace(LIMITS, workbook_bytes=10_000)).code == "size.plain"


@pytest.mark.parametrize(
    "declared", [b"<!DOCTYPE a>", b"<!ENTITY a 'b'>", b"<!doctype a>", b" " * 300_000 + b"<!DOCTYPE a>"]
)
def test_declared_entities_are_refused_wherever_they_stand(tmp_path, declared):
    path = tmp_path / "usage.xlsx"
    path.write_bytes(bombs.workbook(b"<worksheet/>", shared=declared))
    refusal = refused(path)
    assert refusal.code == "workbook.entities"
    assert "sharedStrings.xml" in str(refusal)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16", "utf-32"])
def test_entities_do_not_hide_in_another_encoding(tmp_path, encoding):
    path = tmp_path / "usage.xlsx"
    path.write_bytes(bombs.workbook("<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet/>".encode(encoding)))
    assert refused(path).code == "workbook.damaged"


def test_a_damaged_spreadsheet_is_refused_by_its_word(sheet, tmp_path):
    data = bytearray(sheet.read_bytes())
    path = tmp_path / "cut.xlsx"
    path.write_bytes(data[:-30])
    assert refused(path).code == "zip.incomplete"
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert refused(path).code in ("zip.checksum", "zip.size", "zip.incomplete")


@pytest.mark.parametrize(
    ("member", "code", "word"),
    [
        ("xl/workbook.bin", "type.excel", "Excel"),
        ("word/document.xml", "type.document", "document"),
        ("ppt/presentation.xml", "type.document", "presentation"),
    ],
)
def test_other_office_files_are_refused_by_their_kind(tmp_path, member, code, word):
    path = tmp_path / "usage.xlsx"
    path.write_bytes(bombs.zipped(("[Content_Types].xml", b"<Types/>"), (member, b"x")))
    refusal = refused(path)
    assert refusal.code == code
    assert word in str(refusal)


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("prefix", ["", "x:"])
@pytest.mark.parametrize("length", [3, 100, 70_000])
def test_a_text_counts_for_every_cell_that_names_it(tmp_path, quote, prefix, length):
    """To the byte, wherever the pieces in which it is read are cut."""
    cells, numbers = 30_000, 500
    texts = ["y", "x" * length]
    shared = "".join(f"<{prefix}si><{prefix}t>{text}</{prefix}t></{prefix}si>" for text in texts)
    written = f"<{prefix}sst>{shared}</{prefix}sst>".encode()
    named = f"<{prefix}c  t = {quote}s{quote} ><{prefix}v>1</{prefix}v></{prefix}c>"
    other = f"<{prefix}c><{prefix}v>1</{prefix}v></{prefix}c>"
    sheet = f"<{prefix}row>{named * cells}{other * numbers}</{prefix}row>".encode()
    path = tmp_path / "usage.xlsx"
    path.write_bytes(bombs.workbook(sheet, shared=written))
    each = length + len(f"<{prefix}si><{prefix}t></{prefix}t></{prefix}si>")
    limits = replace(LIMITS, cells=10**9)
    refuse_hostile_workbook(path, replace(limits, workbook_text_bytes=cells * each))
    refusal = refused(path, replace(limits, workbook_text_bytes=cells * each - 1))
    assert refusal.code == "size.texts"
