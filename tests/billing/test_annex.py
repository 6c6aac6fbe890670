"""The list of users with the invoice, split by whose cost it is; and the vendor's own color and logo on the document."""

import io
import struct
import zlib

import pypdf
import pytest

from billing.annex import annex_csv, annex_sections
from billing.models import Invoice, InvoiceDocument
from ground.storage import open_stored
from licenses.operations.change_contract import change_contract
from licenses.operations.change_legal_entity import LogoRefused, change_legal_entity, check_logo
from licenses.operations.register_instance import register_instance
from tests.billing.story import APRIL, MAY, Story, at, people
from tests.documents.checker import check, texts_of


def png(width: int, height: int) -> bytes:
    """A red PNG of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xc0\x20\x20" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pdf_of(invoice: Invoice) -> bytes:
    document = InvoiceDocument.objects.get(invoice=invoice, kind="pdf")
    with open_stored(document.storage_key, document.sha256) as file:
        return file.read()


def test_users_stand_under_the_cost_center_of_every_instance_on_which_they_worked(story: Story) -> None:
    contract, finance = story.contract, story.finance
    second = register_instance(actor=story.manager, contract=contract, name="plant-two", reports_from=APRIL.start)
    for instance, center in ((story.instance, "4711 Sales"), (second, "4712 Plant")):
        instance.cost_center = center
        instance.save()
    change_contract(actor=story.manager, contract=contract, users_annex="pdf", annex_split="cost_center")
    change_legal_entity(actor=finance, legal_entity=contract.customer.legal_entity, accent="#7a1f3d", logo=png(120, 40))
    story.deliver(people(30), APRIL, now=at(5, 2))
    story.deliver(people(20, first=26), APRIL, now=at(5, 2), instance=second)
    april = story.bill(APRIL, now=at(5, 3), render=True)

    sections = {section.heading: len(section.rows) for section in annex_sections(april)}
    assert (april.frozen["counts"]["active"], sections) == (45, {"4711 Sales": 30, "4712 Plant": 20})
    assert annex_csv(april) == b""
    pages = texts_of(pdf_of(april))
    found = check(pages)
    assert (found.wrong, found.rows["annex"]) == ([], 2)
    assert "4711 Sales: 30 users" in pages[-1]
    assert "4712 Plant: 20 users" in pages[-1]
    assert len(pypdf.PdfReader(io.BytesIO(pdf_of(april))).pages[0].images) == 1
    assert april.frozen["seller"]["accent"] == "#7a1f3d"

    change_contract(actor=story.manager, contract=contract, users_annex="csv", annex_split="")
    story.deliver(people(30), MAY, now=at(6, 1))
    story.deliver(people(1), MAY, now=at(6, 1), instance=second)
    may = story.bill(MAY, now=at(6, 2), render=True)
    (listed,) = pypdf.PdfReader(io.BytesIO(pdf_of(may))).attachments["USERS.csv"]
    assert listed == annex_csv(may)
    assert len(listed.splitlines()) == 31
    assert annex_sections(may) == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a", "is a PNG file"),
        (png(2001, 1), "at most 2000 by 1000 pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 300_000, "at most 200 kB"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a PNG file"),
    ],
)
def test_what_is_no_logo_of_a_letter_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(LogoRefused, match=words):
        check_logo(content)
