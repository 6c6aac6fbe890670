"""One invoice and one credit note from file to PDF: what the pages, the XML inside them and the database say is the same.

The pages are read by a program that shares no code with the product, the XML by another.
"""

import io
from decimal import Decimal
from typing import Any

import pypdf

from billing.credit_parts import OfUsers
from billing.models import Invoice, InvoiceDocument
from billing.operations.credit_invoice import credit_invoice
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.render_document import render_document
from ground.storage import open_stored
from tests.billing.einvoice.recompute import SUMMED, TRADE, mistakes, text, texts
from tests.billing.story import APRIL, Story, at, people
from tests.documents.checker import check, said, texts_of

LINE = f"{TRADE}/IncludedSupplyChainTradeLineItem/SpecifiedLineTradeSettlement"


def stored(invoice: Invoice, kind: str) -> bytes:
    document = InvoiceDocument.objects.get(invoice=invoice, kind=kind)
    with open_stored(document.storage_key, document.sha256) as file:
        return file.read()


def in_database(invoice: Invoice) -> dict[str, Any]:
    invoice.refresh_from_db()
    return {
        "number": invoice.number,
        "lines": list(invoice.lines.order_by("position").values_list("amount", flat=True)),
        "net": invoice.net_amount,
        "tax": invoice.tax_amount,
        "gross": invoice.gross_amount,
        "payable": invoice.gross_amount - invoice.prepaid_amount,
    }


def in_xml(xml: bytes) -> dict[str, Any]:
    def amount(name: str) -> Decimal:
        return Decimal(text(xml, f"{SUMMED}/{name}") or "NaN")

    lines = texts(xml, f"{LINE}/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount")
    return {
        "number": text(xml, "rsm:ExchangedDocument/ID"),
        "lines": [Decimal(line) for line in lines],
        "net": amount("TaxBasisTotalAmount"),
        "tax": amount("TaxTotalAmount"),
        "gross": amount("GrandTotalAmount"),
        "payable": amount("DuePayableAmount"),
    }


def test_pages_xml_and_database_say_the_same_of_an_invoice_and_of_its_partial_credit_note(story: Story) -> None:
    story.deliver(people(320), APRIL, now=at(5, 2))
    invoice = story.bill(APRIL, now=at(5, 3))
    position = invoice.lines.order_by("position")[0].position
    draft = credit_invoice(
        actor=story.finance,
        invoice=invoice,
        parts=[OfUsers(position=position, users=7)],
        reason="Seven accounts of a pilot.",
        now=at(5, 10),
    )
    note = finalize_invoice(actor=story.finance, invoice=draft, now=at(5, 11), today=at(5, 11).date())
    for document in (invoice, note):
        render_document(invoice_id=document.pk, now=at(5, 12))
        pdf = stored(document, "pdf")
        (carried,) = pypdf.PdfReader(io.BytesIO(pdf)).attachments["factur-x.xml"]
        pages = texts_of(pdf)
        assert check(pages).wrong == []
        assert mistakes(carried) == []
        assert carried == stored(document, "e_invoice")
        assert said(pages) == in_xml(carried) == in_database(document)
    assert (note.kind, note.net_amount) == ("credit_note", Decimal("203.00"))
