"""What the pages of a document, the XML inside them and the database say, each read by a program of its own.

The pages by `checker`, the XML by `tests.billing.einvoice.recompute`; neither shares code with the product.
"""

import io
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdf
from lxml import etree

from billing.models import Invoice, InvoiceDocument
from ground.storage import open_stored
from tests.billing.einvoice.recompute import SUMMED, TRADE, mistakes, text, texts
from tests.billing.einvoice.rules import SCHEMA, broken_rules
from tests.documents.checker import check, said, texts_of

LINE = f"{TRADE}/IncludedSupplyChainTradeLineItem/SpecifiedLineTradeSettlement"


def stored(invoice: Invoice, kind: str) -> bytes:
    """Return the bytes of a stored document of an invoice."""
    document = InvoiceDocument.objects.get(invoice=invoice, kind=kind)
    with open_stored(document.storage_key, document.sha256) as file:
        return file.read()


def carried_xml(pdf: bytes) -> bytes:
    """Return the e-invoice that a PDF carries."""
    (carried,) = pypdf.PdfReader(io.BytesIO(pdf)).attachments["factur-x.xml"]
    return carried


def in_database(invoice: Invoice) -> dict[str, Any]:
    """Return number and amounts of an invoice as its rows hold them."""
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
    """Return number and amounts of an e-invoice."""

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


def on_pages(pdf: bytes) -> dict[str, Any]:
    """Recompute a PDF from its text, hold it to the XML it carries, and return what both say."""
    pages, carried = texts_of(pdf), carried_xml(pdf)
    assert check(pages).wrong == []
    assert mistakes(carried) == []
    found = said(pages)
    assert found == in_xml(carried), found
    return found


def disagreements(invoices: Iterable[Invoice], folder: Path) -> dict[str, list[str]]:
    """Return by number what is wrong with stored documents; nothing where all is right.

    Held to each other are pages, XML and rows; the XML to its schema, to the official rules, and to exact sums.
    """
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    found: dict[str, list[str]] = {}
    carried: dict[str, bytes] = {}
    for invoice in invoices:
        pdf = stored(invoice, "pdf")
        name, pages = str(invoice.number), texts_of(pdf)
        xml = carried[name] = carried_xml(pdf)
        wrong = [*check(pages).wrong, *mistakes(xml)]
        ways = {"pages": said(pages), "XML": in_xml(xml), "database": in_database(invoice)}
        wrong += [f"the {way} say {says}, not {ways['pages']}" for way, says in ways.items() if says != ways["pages"]]
        if xml != stored(invoice, "e_invoice"):
            wrong.append("the PDF carries another XML than the one stored beside it")
        if not schema.validate(etree.fromstring(xml)):
            wrong += [str(error) for error in schema.error_log]
        found[name] = wrong
    for name, rules in broken_rules(carried, folder).items():
        found[name] += [f"breaks {rule}" for rule, flag in rules if flag == "fatal"]
    return {name: wrong for name, wrong in found.items() if wrong}
