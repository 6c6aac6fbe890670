"""EN 16931 in the syntax UBL 2.1: XRechnung and Peppol BIS Billing, as an Invoice or a CreditNote."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from billing.documents import check_snapshot
from billing.documents.printable import plain
from billing.documents.snapshot import CREDIT_NOTE, Invoice, Line, Span, factors, read_snapshot
from billing.einvoice.cii import CREDIT_NOTE_CODE, INTRA_COMMUNITY, INVOICE_CODE, notes_of
from billing.einvoice.lines import ONE, factors_of, money
from billing.einvoice.nodes import as_bytes
from billing.einvoice.parties import NOT_TAXED, check_parties
from billing.einvoice.profiles import Profile, check_profile
from billing.einvoice.settlement import payment_words, tax_in_own_currency
from billing.einvoice.ubl_money import add_account, add_taxes, add_totals
from billing.einvoice.ubl_nodes import CREDIT_NOTE as CREDIT_NOTE_ROOT
from billing.einvoice.ubl_nodes import INVOICE as INVOICE_ROOT
from billing.einvoice.ubl_nodes import group, say, ubl_root
from billing.einvoice.ubl_parties import add_address, add_buyer, add_seller
from rollcall.money import exact_difference, exact_product, shortest
from rollcall.money import plain as plain_amount

_SLACK = Decimal("0.02")  # PEPPOL-EN16931-R120, in the currency of the document


def ubl_xml(snapshot: Mapping[str, Any], profile: Profile) -> bytes:
    """Return a finalized invoice or credit note in a profile, from its frozen snapshot alone.

    Raises billing.documents.SnapshotRefused where the snapshot does not add up, EInvoiceRefused where the standard or
    the profile demands what nobody said.
    """
    check_snapshot(snapshot)
    invoice = read_snapshot(snapshot)
    check_parties(invoice)
    check_profile(invoice, profile)
    is_credit_note = invoice.kind == CREDIT_NOTE
    document = ubl_root(CREDIT_NOTE_ROOT if is_credit_note else INVOICE_ROOT)
    _add_head(document, invoice, profile, is_credit_note=is_credit_note)
    _add_references(document, invoice)
    add_seller(group(group(document, "AccountingSupplierParty"), "Party"), invoice, profile)
    add_buyer(group(group(document, "AccountingCustomerParty"), "Party"), invoice, profile)
    _add_delivery(document, invoice)
    add_account(document, invoice)
    if words := payment_words(invoice):
        say(group(document, "PaymentTerms"), "Note", words)
    add_taxes(document, invoice)
    add_totals(document, invoice)
    for line in invoice.lines:
        _add_line(document, line, invoice, is_credit_note=is_credit_note)
    return as_bytes(document)


def _add_head(document: Element, invoice: Invoice, profile: Profile, *, is_credit_note: bool) -> None:
    say(document, "CustomizationID", profile.customization)
    say(document, "ProfileID", profile.process)
    say(document, "ID", invoice.number)
    say(document, "IssueDate", invoice.issue_date.isoformat())
    if is_credit_note:
        say(document, "CreditNoteTypeCode", CREDIT_NOTE_CODE)
    else:
        if not payment_words(invoice):
            say(document, "DueDate", invoice.due_date.isoformat())
        say(document, "InvoiceTypeCode", INVOICE_CODE)
    # Peppol takes one note (PEPPOL-EN16931-R002).
    say(document, "Note", "\n".join(notes_of(invoice)))
    say(document, "DocumentCurrencyCode", invoice.currency)
    if own := tax_in_own_currency(invoice):
        say(document, "TaxCurrencyCode", own[0])
    say(document, "BuyerReference", plain(invoice.raw["contract"].get("buyer_reference") or ""))


def _add_references(document: Element, invoice: Invoice) -> None:
    contract = invoice.raw["contract"]
    _add_period(document, invoice.period)
    if order := plain(contract["po_number"]):
        say(group(document, "OrderReference"), "ID", order)
    if corrected := invoice.raw.get("corrects"):
        named = group(group(document, "BillingReference"), "InvoiceDocumentReference")
        say(named, "ID", plain(corrected["number"]))
        say(named, "IssueDate", date.fromisoformat(corrected["issue_date"]).isoformat())
    say(group(document, "ContractDocumentReference"), "ID", plain(contract["number"]))


def _add_delivery(document: Element, invoice: Invoice) -> None:
    """Software is delivered nowhere; only a supply to another country of the union must say to which (BR-IC-12)."""
    if any(tax.category == INTRA_COMMUNITY for tax in invoice.taxes):
        add_address(group(group(document, "Delivery"), "DeliveryLocation"), "Address", invoice.raw["buyer"])


def _add_line(document: Element, line: Line, invoice: Invoice, *, is_credit_note: bool) -> None:
    """Append a line with a price that is not negative (BR-27); what it cannot say in fields stands in its note."""
    quantity, price = _factors(line)
    element = group(document, "CreditNoteLine" if is_credit_note else "InvoiceLine")
    say(element, "ID", str(line.position))
    say(element, "Note", "\n".join(_line_notes(line, invoice)))
    say(element, "CreditedQuantity" if is_credit_note else "InvoicedQuantity", shortest(quantity), unitCode=ONE)
    say(element, "LineExtensionAmount", money(line.amount, invoice), currencyID=invoice.currency)
    if line.period is not None and _is_within(line.period, invoice.period):
        _add_period(element, line.period)
    item = group(element, "Item")
    say(item, "Name", line.words)
    tax = group(item, "ClassifiedTaxCategory")
    say(tax, "ID", line.tax_category)
    if line.tax_category != NOT_TAXED:
        say(tax, "Percent", shortest(line.tax_rate))
    say(group(tax, "TaxScheme"), "ID", "VAT")
    say(group(element, "Price"), "PriceAmount", plain_amount(price), currencyID=invoice.currency)


def _factors(line: Line) -> tuple[Decimal, Decimal]:
    """What the line multiplies; one times its amount where rounding takes more than the profiles allow, as with yen."""
    quantity, price = factors_of(line)
    if abs(exact_difference(exact_product(quantity, price), line.amount)) <= _SLACK:
        return quantity, price
    return Decimal(-1 if line.amount < 0 else 1), abs(line.amount)


def _line_notes(line: Line, invoice: Invoice) -> list[str]:
    """What a part of a cycle multiplies, and an earlier period: it may not stand in the field (PEPPOL-EN16931-R110)."""
    is_whole = line.share == 1 and _factors(line) == factors_of(line)
    notes = [] if is_whole else [f"{factors(line)} = {money(line.amount, invoice)}"]
    if line.period is not None and not _is_within(line.period, invoice.period):
        notes.append(f"{line.period.start.isoformat()} – {_last_day(line.period).isoformat()}")
    return notes


def _is_within(span: Span, outer: Span) -> bool:
    return outer.start <= span.start and span.end <= outer.end


def _add_period(parent: Element, span: Span) -> None:
    """Append a period by its first and its last day; the snapshot ends with the day after."""
    period = group(parent, "InvoicePeriod")
    say(period, "StartDate", span.start.isoformat())
    say(period, "EndDate", _last_day(span).isoformat())


def _last_day(span: Span) -> date:
    return span.end - timedelta(days=1)
