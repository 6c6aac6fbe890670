"""The document: what it is, its notes, and the three parts of the trade: agreement, delivery, settlement."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from billing.documents import check_snapshot
from billing.documents.bundle_words import verify_command
from billing.documents.format import language_of
from billing.documents.labels import labels
from billing.documents.printable import plain
from billing.documents.snapshot import CREDIT_NOTE, Invoice, read_snapshot
from billing.einvoice.lines import add_line
from billing.einvoice.nodes import add, add_day, add_given, as_bytes, root
from billing.einvoice.parties import add_address, add_buyer, add_seller, check_parties
from billing.einvoice.settlement import add_settlement

GUIDELINE = "urn:cen.eu:en16931:2017"
INVOICE_CODE, CREDIT_NOTE_CODE = "380", "381"  # UNTDID 1001
_GENERAL = "AAI"  # UNTDID 4451: general information
INTRA_COMMUNITY = "K"


def cii_xml(snapshot: Mapping[str, Any]) -> bytes:
    """Return the e-invoice of a finalized invoice or credit note, from its frozen snapshot alone.

    Raises billing.documents.SnapshotRefused where the snapshot does not add up, EInvoiceRefused where a party lacks
    what the standard demands of it (a tax number, a registration).
    """
    check_snapshot(snapshot)
    invoice = read_snapshot(snapshot)
    check_parties(invoice)
    document = root("rsm:CrossIndustryInvoice")
    context = add(document, "rsm:ExchangedDocumentContext")
    add(add(context, "GuidelineSpecifiedDocumentContextParameter"), "ID", GUIDELINE)
    _add_head(document, invoice)
    trade = add(document, "rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        add_line(trade, line, invoice)
    _add_agreement(trade, invoice)
    _add_delivery(trade, invoice)
    add_settlement(trade, invoice)
    return as_bytes(document)


def _add_head(document: Element, invoice: Invoice) -> None:
    head = add(document, "rsm:ExchangedDocument")
    add(head, "ID", invoice.number)
    add(head, "TypeCode", CREDIT_NOTE_CODE if invoice.kind == CREDIT_NOTE else INVOICE_CODE)
    add_day(head, "IssueDateTime", invoice.issue_date)
    for note in notes_of(invoice):
        noted = add(head, "IncludedNote")
        add(noted, "Content", note)
        add(noted, "SubjectCode", _GENERAL)


def notes_of(invoice: Invoice) -> list[str]:
    """Who is counted, in the words of the contract; the digests, key and command with which anybody counts again."""
    raw, words = invoice.raw, labels(language_of(invoice.raw["language"]))
    digests = {
        "d_terms": raw["contract"]["terms_digest"],
        "d_definition": raw["definition"]["digest"],
        "d_evidence": raw["count"]["evidence_set_digest"],
        "d_count": raw["count"]["digest"],
        "d_key": (raw.get("signing") or {}).get("fingerprint", ""),
    }
    said = [plain(raw["definition"]["words"])]
    said += [f"{words[name]}: {digest}" for name, digest in digests.items() if digest]
    if digests["d_key"]:
        said.append(verify_command(raw["number"]))
    return [note for note in said if note]


def _add_agreement(trade: Element, invoice: Invoice) -> None:
    contract = invoice.raw["contract"]
    agreement = add(trade, "ApplicableHeaderTradeAgreement")
    add_given(agreement, "BuyerReference", plain(contract.get("buyer_reference") or ""))
    add_seller(agreement, invoice)
    add_buyer(agreement, invoice)
    if order := plain(contract["po_number"]):
        add(add(agreement, "BuyerOrderReferencedDocument"), "IssuerAssignedID", order)
    add(add(agreement, "ContractReferencedDocument"), "IssuerAssignedID", plain(contract["number"]))


def _add_delivery(trade: Element, invoice: Invoice) -> None:
    """Software is delivered nowhere; only a supply to another country of the union must say to which (BR-IC-12)."""
    delivery = add(trade, "ApplicableHeaderTradeDelivery")
    if any(tax.category == INTRA_COMMUNITY for tax in invoice.taxes):
        place = add(delivery, "ShipToTradeParty")
        add(place, "Name", plain(invoice.raw["buyer"]["name"]))
        add_address(place, invoice.raw["buyer"])
