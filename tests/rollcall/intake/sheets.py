"""Spreadsheets as the tests write them: XLSX through a library, ODS by hand, since nothing else writes it here."""

import datetime
import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

HEADER = ["user_id", "occurred_at", "action"]
DATE = "yyyy-mm-dd hh:mm:ss"


def xlsx(path, sheets, *, year_1904=False, formulas=()):
    """Write {sheet: rows} and return the path; `formulas` are (sheet, row, column, formula, cached value or None)."""
    book = xlsxwriter.Workbook(path, {"date_1904": year_1904, "strings_to_numbers": False})
    dated = book.add_format({"num_format": DATE})
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, datetime.datetime):
                    page.write_datetime(number, place, value, dated)
                elif isinstance(value, str) and value:
                    page.write_string(number, place, value)
                elif value not in ("", None):
                    page.write(number, place, value)
        for sheet, row, column, formula, value in formulas:
            if sheet == name:
                page.write_formula(row, column, formula, None, "" if value is None else value)
    book.close()
    return path


def ods(path, sheets):
    """Write {sheet: rows} as an OpenDocument spreadsheet and return the path."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(map(_row, rows))}"
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/>'
        "</table:table-row></table:table>"
        for name, rows in sheets.items()
    )
    path.write_bytes(ods_of(tables))
    return path


def ods_of(tables):
    """Return an OpenDocument spreadsheet with this XML as its tables."""
    names = ("office:1.0", "table:1.0", "text:1.0")
    spaces = " ".join(f'xmlns:{name[:-4]}="urn:oasis:names:tc:opendocument:xmlns:{name}"' for name in names)
    calc = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces} {calc} office:version="1.3"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", kind, zipfile.ZIP_STORED)
        packed.writestr("content.xml", content)
        packed.writestr("META-INF/manifest.xml", manifest)
    return buffer.getvalue()


def _row(row):
    return f"<table:table-row>{''.join(map(cell, row))}</table:table-row>"


def cell(value, more=""):
    """Return one cell of an OpenDocument table."""
    if value in ("", None):
        return "<table:table-cell/>"
    if isinstance(value, datetime.datetime):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, float | int):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind} {more}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def member_replaced(path, name, text):
    """Return the bytes of an archive in which one file holds other text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, text if member == name else old.read(member))
    return buffer.getvalue()
