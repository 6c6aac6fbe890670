"""Spreadsheets are read as they are written: row by row, nothing calculated, nothing guessed."""

import csv
import datetime
import zipfile
from dataclasses import replace

import pytest

from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.limits import Limits
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.intake.sandbox import run_read, run_sniff
from rollcall.intake.sniff import sniff
from tests.rollcall.formats.samples import FOLDER
from tests.rollcall.intake.bombs import workbook
from tests.rollcall.intake.readings import assert_sound, evidence_of, lines_of, names_of
from tests.rollcall.intake.sheets import HEADER, cell, member_replaced, ods, ods_of, xlsx
from tests.rollcall.intake.test_sandbox import measured

AT = "2026-06-01T08:00:00Z"
MIDNIGHT = datetime.datetime.fromisoformat("2026-06-01T00:00:00")
NOON = datetime.datetime.fromisoformat("2026-06-02T12:30:15")
ROWS = [HEADER, ["anna", AT, "login"], ["berta", AT, "logout"]]
WRITERS = {"xlsx": xlsx, "ods": ods}


@pytest.fixture(params=sorted(WRITERS))
def written(request, tmp_path):
    """Return the function sheets -> path, for each kind of spreadsheet."""
    return lambda sheets: WRITERS[request.param](tmp_path / f"usage.{request.param}", sheets)


def read_sheet(path, **asked):
    out = path.parent / "columnar"
    out.mkdir(exist_ok=True)
    request = ReadRequest(
        files=(str(path),),
        filenames=(path.name,),
        out_dir=str(out),
        salt_hex="5a" * 32,
        **({"engine": "columnar"} | asked),
    )
    return read(request)


def codes(result):
    return [question.code for question in result.questions]


def users(path):
    return sorted(name["raw"] for name in names_of(path.parent))


def test_the_rows_of_a_sheet_become_evidence(written):
    path = written({"Usage": ROWS})
    result = read_sheet(path)
    assert (result.outcome, result.format, result.rows.accepted) == ("accepted", "csv", 2)
    assert dict(result.actions) == {"login": (1, 1), "logout": (1, 1)}
    assert_sound(path.parent, result)


def test_a_finding_names_the_row_of_the_sheet_past_titles_and_empty_rows(written):
    rows = [["Usage of the platform"], [], [*HEADER, "note"], ["anna", AT, "login", "a\nb\nc"], []]
    path = written({"Usage": [*rows, ["berta", "yesterday", "login"], ["carla", AT, "login", "=1+1"]]})
    result = read_sheet(path)
    assert (result.rows.read, lines_of(result)) == (3, [(6, "time.invalid")])
    assert sniff(path, filename="usage").header_line == 3


def test_a_table_that_does_not_begin_in_the_first_column_is_read(written):
    path = written({"Usage": [["", "", *row] for row in ROWS]})
    assert read_sheet(path).rows.accepted == 2


def test_numbers_are_written_out_whole(written):
    ids = [7, 712345000001, 900719925474099, 1.5]
    path = written({"Usage": [HEADER, *([number, AT, "login"] for number in ids)]})
    assert read_sheet(path).users == 4
    assert users(path) == sorted(["7", "712345000001", "900719925474099", "1.5"])


def test_a_number_too_large_to_be_exact_is_a_damaged_id(written):
    path = written({"Usage": [HEADER, [712345678901234567, AT, "login"], ["anna", AT, "login"]]})
    assert lines_of(read_sheet(path)) == [(2, "user.damaged")]


def test_text_stays_as_it_is_written(written):
    texts = ["007", "1.0", "TRUE", "=SUM(A1)", "1e5", "2026-06-01"]
    path = written({"Usage": [HEADER, *([text, AT, "login"] for text in texts)]})
    read_sheet(path)
    assert users(path) == sorted(texts)


@pytest.mark.parametrize("year_1904", [False, True])
def test_dates_of_a_spreadsheet_have_no_zone_until_a_person_names_it(tmp_path, year_1904):
    rows = [HEADER, ["anna", MIDNIGHT, "login"], ["berta", NOON, "login"]]
    path = xlsx(tmp_path / "usage.xlsx", {"Usage": rows}, year_1904=year_1904)
    assert codes(read_sheet(path)) == ["zone.missing"]
    assert codes(sniff(path, filename="usage")) == ["zone.missing"]
    result = read_sheet(path, source_timezone="Europe/Berlin", timezone="Europe/Berlin")
    assert (result.outcome, result.days) == ("accepted", ("2026-06-01", "2026-06-02"))
    assert (result.first_at, result.last_at) == ("2026-05-31T22:00:00Z", "2026-06-02T10:30:00Z")


def test_midnight_stays_midnight(tmp_path):
    rows = [HEADER, *([f"user{day}", MIDNIGHT + datetime.timedelta(days=day), "login"] for day in range(30))]
    path = xlsx(tmp_path / "usage.xlsx", {"Usage": [*rows, ["late", NOON, "login"]]})
    result = read_sheet(path, source_timezone="UTC")
    assert result.days == tuple(f"2026-06-{day:02d}" for day in range(1, 31))
    assert {row.first_minute for row in evidence_of(path.parent) if row.day.day != 2} == {0}


def test_days_without_a_time_are_not_moved_to_another_zone(written):
    path = written({"Usage": [HEADER, ["anna", MIDNIGHT, "login"], ["berta", MIDNIGHT, "login"]]})
    result = read_sheet(path, source_timezone="Asia/Kolkata", timezone="Europe/Berlin")
    assert codes(result) == ["zone.of_days"]
    assert read_sheet(path, source_timezone="UTC").days == ("2026-06-01",)


def test_several_tables_are_a_question_and_its_answer_is_a_sheet(written):
    other = [HEADER, ["carla", AT, "login"]]
    path = written({"June": ROWS, "Notes": [["Written by hand"]], "July": other})
    result = read_sheet(path)
    (question,) = result.questions
    assert (result.outcome, question.code, question.choices) == ("needs_answer", "sheet.unknown", ("June", "July"))
    assert "June, July" in question.message
    seen = sniff(path, filename="usage")
    assert (codes(seen), seen.mapping.sheet, len(seen.preview)) == (["sheet.unknown"], "June", 2)
    named = sniff(path, filename="usage", sheet="July")
    assert (codes(named), named.mapping.sheet, named.preview[0][0]) == ([], "July", "carla")
    assert read_sheet(path, mapping=named.mapping).users == 1
    assert users(path) == ["carla"]
    missing = read_sheet(path, mapping=replace(named.mapping, sheet="May"))
    assert (missing.code, "June, July" in missing.message) == ("mapping.sheet", True)


def test_a_mapping_with_a_sheet_is_json_and_back():
    mapping = ColumnMapping(sheet="July", columns={"user": "who", "at": "when"})
    assert ColumnMapping.from_json(mapping.to_json()).sheet == "July"


def test_other_columns_are_mapped_by_a_person(written):
    path = written({"Usage": [["who", "when", "what"], *ROWS[1:]]})
    assert "columns.unknown" in codes(read_sheet(path))
    seen = sniff(path, filename="usage")
    mapping = replace(seen.mapping, columns={"user": "who", "at": "when", "action": "what"})
    assert read_sheet(path, mapping=mapping).rows.accepted == 2


def test_a_formula_with_a_stored_value_counts_as_that_value(tmp_path):
    formulas = [("Usage", 1, 0, '=CONCATENATE("an","na")', "anna")]
    path = xlsx(tmp_path / "usage.xlsx", {"Usage": ROWS}, formulas=formulas)
    read_sheet(path)
    assert users(path) == ["anna", "berta"]


@pytest.mark.parametrize("value", ["", "<v></v>", "<v/>"])
def test_a_formula_without_a_value_refuses_the_file_by_its_row(tmp_path, value):
    path = xlsx(tmp_path / "usage.xlsx", {"Usage": ROWS})
    sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    begin = sheet.index('<c r="A3"')
    changed = sheet[:begin] + f'<c r="A3"><f>NOW()</f>{value}</c>' + sheet[sheet.index("</c>", begin) + 4 :]
    path.write_bytes(member_replaced(path, "xl/worksheets/sheet1.xml", changed))
    result = read_sheet(path)
    assert (result.outcome, result.code) == ("rejected", "formula.no_value")
    assert "Row 3 holds a formula without a value" in result.message


def test_a_formula_beside_the_columns_that_are_read_does_no_harm(tmp_path):
    path = xlsx(tmp_path / "usage.xlsx", {"Usage": [[*HEADER, "n"], *([*row, "x"] for row in ROWS[1:])]})
    sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    begin = sheet.index('<c r="D3"')
    changed = sheet[:begin] + '<c r="D3"><f>NOW()</f></c>' + sheet[sheet.index("</c>", begin) + 4 :]
    path.write_bytes(member_replaced(path, "xl/worksheets/sheet1.xml", changed))
    assert read_sheet(path).rows.accepted == 2


def test_a_formula_of_opendocument_without_a_value_refuses_the_file(tmp_path):
    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in ROWS)
    odd = f'<table:table-cell table:formula="of:=NOW()"/>{cell(AT)}{cell("login")}'
    path = tmp_path / "usage.ods"
    path.write_bytes(
        ods_of(f'<table:table table:name="a">{rows}<table:table-row>{odd}</table:table-row></table:table>')
    )
    assert "Row 4 holds a formula without a value" in read_sheet(path).message


def test_an_error_of_the_spreadsheet_is_kept_apart(tmp_path):
    path = xlsx(tmp_path / "usage.xlsx", {"Usage": ROWS}, formulas=[("Usage", 2, 2, "=NA()", "#N/A")])
    result = read_sheet(path)
    assert (result.rows.accepted, lines_of(result)) == (1, [(3, "cell.error")])
    assert result.findings[0].column == "action"


def test_a_named_export_is_recognized_in_a_spreadsheet(written):
    with open(FOLDER / "entra_signins.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    path = written({"SignIns": rows})
    result = read_sheet(path)
    assert (result.outcome, result.format, result.rows.accepted) == ("accepted", "entra_signins_csv", 469)
    assert sniff(path, filename="usage").first_at == "2026-05-28T02:00:00Z"


def test_values_beyond_the_header_are_kept_apart_or_part_of_it(tmp_path):
    path = xlsx(tmp_path / "usage.xlsx", {"Usage": [*ROWS, ["carla", AT, "login", "", "", "x"]]})
    result = read_sheet(path)
    assert result.rows.accepted + result.rows.quarantined == 3


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_an_empty_spreadsheet_is_refused(tmp_path, kind):
    path = WRITERS[kind](tmp_path / f"usage.{kind}", {"Usage": []})
    assert (read_sheet(path).code, sniff(path, filename="u").code) == ("file.empty", "file.empty")


def test_a_sheet_with_a_header_only_is_a_question(written):
    assert codes(read_sheet(written({"Usage": [HEADER]}))) == ["rows.none"]


SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FAR = {
    "row": '<row r="1"><c r="A1"><v>1</v></c></row><row r="9999999"><c r="XFD9999999"><v>1</v></c></row>',
    "quotes": "<row r='1'><c r='A1'><v>1</v></c></row><row r='9999999'><c  r = 'XFD9999999'><v>1</v></c></row>",
    "prefix": f'<x:row xmlns:x="{SPREADSHEET}" r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="XFD9999999"><x:v>1</x:v></x:c></x:row>',
    "without place": "<row>" + "<c><v>1</v></c>" * 30_000 + '</row><row r="9000"><c><v>1</v></c></row>',
    "far away": '<row r="1"><c r="A1"><v>1</v></c><c r="ZZZZZZ1"><v>1</v></c></row>',
}


@pytest.mark.parametrize("name", FAR)
def test_distant_cells_are_refused_however_they_say_where_they_stand(tmp_path, name):
    path = tmp_path / "usage.xlsx"
    path.write_bytes(workbook(f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{FAR[name]}</sheetData></worksheet>'))
    assert sniff(path, filename="usage.xlsx").code == "size.cells"


def test_cells_without_a_place_follow_each_other(tmp_path):
    rows = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in row) + "</row>" for row in ROWS
    )
    path = tmp_path / "usage.xlsx"
    path.write_bytes(workbook(f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'))
    assert read_sheet(path).rows.accepted == 2


COLUMNS = 'table:number-columns-repeated="99999999"'
REPEATED = {
    "a gap in a row": f"<table:table-row>{cell('x')}<table:table-cell {COLUMNS}/>{cell('y')}</table:table-row>",
    "a cell": f"<table:table-row>{cell('x', COLUMNS)}</table:table-row>",
    "a row": f'<table:table-row table:number-rows-repeated="99999999">{cell("x")}</table:table-row>',
}


@pytest.mark.parametrize("cells", REPEATED.values(), ids=REPEATED)
def test_repeated_cells_of_opendocument_are_refused(tmp_path, cells):
    path = tmp_path / "usage.ods"
    path.write_bytes(ods_of(f'<table:table table:name="a">{cells}</table:table>'))
    assert sniff(path, filename="usage.ods").code == "size.cells"


def test_damaged_spreadsheets_are_refused_by_their_word(tmp_path):
    path = xlsx(tmp_path / "usage.xlsx", {"Usage": ROWS})
    for member, text in (("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row>"), ("xl/workbook.xml", "<a>")):
        broken = tmp_path / "broken.xlsx"
        broken.write_bytes(member_replaced(path, member, text))
        assert sniff(broken, filename="usage.xlsx").code == "workbook.damaged"


def test_one_sheet_under_many_names_is_refused(tmp_path):
    path = xlsx(tmp_path / "usage.xlsx", {"Usage": ROWS})
    book = zipfile.ZipFile(path).read("xl/workbook.xml").decode()
    begin, end = book.index("<sheet "), book.index("</sheets>")
    many = "".join(book[begin:end].replace("Usage", f"Usage {number}") for number in range(50))
    path.write_bytes(member_replaced(path, "xl/workbook.xml", book[:begin] + many + book[end:]))
    assert sniff(path, filename="usage.xlsx").code == "workbook.sheets"


def test_the_sandbox_reads_a_spreadsheet_as_the_process_does(tmp_path):
    path = xlsx(tmp_path / "usage.xlsx", {"June": ROWS, "July": ROWS})
    assert run_sniff(path, "usage.xlsx", sheet="July") == sniff(path, filename="usage.xlsx", sheet="July")
    out = tmp_path / "out"
    out.mkdir()
    request = ReadRequest(
        files=(str(path),), filenames=("usage.xlsx",), out_dir=str(out), mapping=sniff(path, filename="u").mapping
    )
    assert run_read(request).rows.accepted == 2


def test_limits_hold_for_sheets(tmp_path):
    path = xlsx(tmp_path / "usage.xlsx", {"Usage": ROWS})
    assert sniff(path, filename="usage.xlsx", limits=Limits(cells=8)).code == "size.cells"
    assert read_sheet(path, limits=Limits(rows=1)).code == "size.rows"


def test_a_quarter_of_a_million_rows_is_read_within_1_gb(tmp_path, figure):
    rows = b"".join(
        b"<row r='%d'><c r='A%d' t='inlineStr'><is><t>user%d@customer.example</t></is></c><c r='B%d' s='1'><v>%.6f</v></c>"
        b"<c r='C%d' t='inlineStr'><is><t>login</t></is></c><c r='D%d'><v>%d</v></c></row>"
        % (row, row, row % 20_000, row, 46174 + row / 8640, row, row, row)
        for row in range(2, 250_002)
    ).replace(b"'", b'"')
    head = b"".join(
        b'<c r="%c1" t="inlineStr"><is><t>%b</t></is></c>' % (65 + place, name)
        for place, name in enumerate((b"user_id", b"occurred_at", b"action", b"event_id"))
    )
    sheet = b'<worksheet xmlns="%b"><sheetData><row r="1">%b</row>%b</sheetData></worksheet>'
    styles = (
        b'<styleSheet xmlns="%b"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/>'
        b"</cellXfs></styleSheet>" % SPREADSHEET.encode()
    )
    path = tmp_path / "usage.xlsx"
    path.write_bytes(workbook(sheet % (SPREADSHEET.encode(), head, rows), more=[("xl/styles.xml", styles)]))
    out = tmp_path / "out"
    out.mkdir()
    request = ReadRequest(files=(str(path),), filenames=("usage.xlsx",), out_dir=str(out), source_timezone="UTC")
    found, looked, first = measured(lambda: run_sniff(path, "usage.xlsx", source_timezone="UTC"))
    assert found.outcome == "ok"
    result, seconds, most = measured(lambda: run_read(request))
    assert (result.outcome, result.rows.accepted, result.users) == ("accepted", 250_000, 20_000)
    assert max(first, most) < 1_000_000_000
    figure(f"250,000 rows of a spreadsheet: looked at in {looked:.1f} s, read in {seconds:.1f} s, {most / 1e6:.0f} MB")
