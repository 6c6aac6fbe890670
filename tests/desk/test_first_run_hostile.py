"""Files that nobody should open, sent as an import: each is refused with words, quickly, and nothing is written."""

import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter

from billing.imports.samples import sample_csv, sample_workbook
from billing.imports.steps import BY_KIND
from billing.models import FirstRunImport
from billing.operations.show_first_run import show_first_run
from billing.operations.start_first_run import LARGEST_BYTES, MOST_FILES, FilesRefused, Sent, start_first_run
from ground.actor import NotAllowed
from ground.storage import has_stored
from licenses.models import Customer
from tests.billing.story import at
from tests.cast import House
from tests.desk.test_first_run import Desk, sent
from tests.rollcall.intake import bombs

NOW = at(5, 1)
HEADER = b"number,name,address,country\n"
SLOWEST_SECONDS = 30


def book(*rows: list[object], name: str = "customers") -> bytes:
    """A workbook with one sheet."""
    file = BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True})
    page = made.add_worksheet(name)
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    made.close()
    return file.getvalue()


def formula_without_value() -> bytes:
    """A cell that a program wrote and no spreadsheet program ever calculated."""
    content = book(["number", "name", "address", "country"], ["C-1", "=1+1", "x", "DE"])
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for item in source.namelist():
            data = source.read(item)
            if item.endswith("sheet1.xml"):
                data = data.replace(b"<v>0</v>", b"")
            target.writestr(item, data)
    return out.getvalue()


def of_bomb(make: Callable[[Path], object]) -> Callable[[Path], bytes]:
    def content(folder: Path) -> bytes:
        path = folder / "made"
        make(path)
        return path.read_bytes()

    return content


def archive(*members: tuple[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members:
            target.writestr(name, data)
    return out.getvalue()


GOOD = HEADER + b"C-9,Good,Street 1,DE\n"
# The file, and a word of the sentence with which it is refused.
HOSTILE: dict[str, tuple[str, bytes | Callable[[Path], bytes], str]] = {
    "entities": ("a.xlsx", of_bomb(bombs.workbook_with_entities), "declar"),
    "zeros": ("a.xlsx", of_bomb(bombs.workbook_of_zeros), "a.xlsx|larger|bomb|MB|cells"),
    "distant cells": ("a.xlsx", of_bomb(bombs.workbook_with_distant_cells), "cells"),
    "one text everywhere": ("a.xlsx", of_bomb(bombs.workbook_of_one_long_text_everywhere), "text|cells|columns"),
    "zip bomb": ("a.zip", of_bomb(bombs.zip_to_10_gb), "larger"),
    "formula": ("a.xlsx", formula_without_value(), "formula without a value"),
    "old excel": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "."),
    "pdf": ("a.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", "no step|pdf|PDF|UTF-8"),
    "picture": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "."),
    "nul": ("a.csv", b"\0" * 5000, "NUL"),
    "document": ("a.docx", archive(("word/document.xml", b"<x/>"), ("[Content_Types].xml", b"<x/>")), "document"),
    "broken zip": ("a.xlsx", sample_workbook().read()[:-300], "."),
    "zip in a zip": ("a.zip", archive(("b.zip", archive(("c.csv", GOOD)))), "zip inside"),
    "path outside": ("a.zip", archive(("../../etc/passwd.csv", GOOD)), "."),
    "endless quote": ("a.csv", HEADER + b'C-1,"open' + b"\nC-2,x,y,DE" * 3000, "line 2"),
    "wide": ("a.csv", b",".join(b"c%d" % n for n in range(5000)) + b"\n1\n", "columns|no step"),
    "long": ("a.csv", HEADER + b"C-1,x,y,DE\n" * 20_001, "20,000 rows"),
    "long header": ("a.csv", b"x" * 3_000_000, "too long"),
    "other encoding": ("a.csv", HEADER + "C-1,Müller,Straße,DE\n".encode("cp1252") * 50, "UTF-8"),
    "no header": ("a.csv", b"\n\n\n", "no table|empty"),
    "deep json": ("a.csv", b"[" * 100_000, "."),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_with_words(committed_house: House, tmp_path: Path, what: str) -> None:
    name, made, words = HOSTILE[what]
    path = tmp_path / "sent"
    path.write_bytes(made if isinstance(made, bytes) else made(tmp_path))
    good = tmp_path / "good.csv"
    good.write_bytes(GOOD)
    files = [Sent(name="customers.csv", path=good), Sent(name=name, path=path)]
    row = start_first_run(actor=committed_house.finance.actor, files=files, now=NOW)
    began = time.monotonic()
    shown = show_first_run(import_id=row.pk, now=NOW)

    assert shown.state == "refused", shown.outcomes
    assert any(word in shown.problem for word in words.split("|")), shown.problem
    assert name in shown.problem
    assert len(shown.problem) < 1500
    assert time.monotonic() - began < SLOWEST_SECONDS
    assert not Customer.objects.filter(number="C-9").exists()
    assert not any(has_stored(file["storage_key"]) for file in shown.files), "what was read is not kept"


def test_what_is_too_much_is_refused_before_it_is_stored(committed_house: House, tmp_path: Path) -> None:
    finance = committed_house.finance.actor
    empty, large = tmp_path / "empty.csv", tmp_path / "large.csv"
    empty.touch()
    with large.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    for files, words in (
        ([], "Choose the files"),
        ([Sent(name="e.csv", path=empty)], r"e\.csv is empty"),
        ([Sent(name="../../l.csv", path=large)], r"^l\.csv has 20 MB; at most 20 MB"),
        ([Sent(name="l.csv", path=large)] * (MOST_FILES + 1), "At most 20 files"),
    ):
        with pytest.raises(FilesRefused, match=words):
            start_first_run(actor=finance, files=files, now=NOW)
    with pytest.raises(NotAllowed):
        start_first_run(actor=committed_house.account_manager.actor, files=[Sent(name="e.csv", path=empty)], now=NOW)
    assert not FirstRunImport.objects.exists()


def test_cells_that_attack_pages_and_spreadsheets_stay_text(committed_house: House, desk: Desk) -> None:
    finance = desk(committed_house.finance)
    rows = HEADER + b'C-9,"=HYPERLINK(""//evil"")",<script>alert(1)</script>,DE\n'
    assert sent(finance, ("customers.csv", rows)).problem == ""
    shown = finance.client.get(finance.address).content.decode()
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    name = sent(finance, ("<img src=x>.csv", rows))
    assert "<img src=x>" not in finance.client.get(f"/admin/first-run/{name.public_id}/").content.decode()


def test_a_row_too_long_or_broken_is_named_and_the_others_are_still_shown(committed_house: House, desk: Desk) -> None:
    finance = desk(committed_house.finance)
    rows = (
        HEADER
        + b"C-1,"
        + b"x" * 70_000
        + b",y,DE\nC-2,\xff\xfe,y,DE\nC-3,a\x00b,y,DE\nC-4,too,many,DE,columns\nC-5,Good,Street,DE\n"
    )
    shown = sent(finance, ("customers.csv", rows))
    assert [row["outcome"] for row in shown.outcomes[0]["rows"]] == ["wrong"] * 4 + ["new"]
    for words in ("The field is too long", "not valid UTF-8", "NUL character", "has 5 columns"):
        assert words in finance.page


def test_the_sample_is_no_hostile_file(committed_house: House, desk: Desk) -> None:
    assert sent(desk(committed_house.finance), ("c.csv", sample_csv(BY_KIND["customers"]).read())).state == "shown"
