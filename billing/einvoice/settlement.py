"""What is owed: taxes by category, totals, what is prepaid, how and until when it is paid, and what is corrected."""

import re
from datetime import date
from xml.etree.ElementTree import Element

from billing.documents.format import language_of
from billing.documents.labels import labels
from billing.documents.printable import plain
from billing.documents.snapshot import CREDIT_NOTE, Invoice, Tax
from billing.einvoice.lines import add_period, money
from billing.einvoice.nodes import add, add_day, add_given
from billing.einvoice.parties import NOT_TAXED
from rollcall.money import exact_sum, shortest

_TRANSFER, _SEPA = "30", "58"  # UNTDID 4461
# Why no tax is due, code list VATEX; the standard rate and the zero rate need no reason and may not give one.
_REASON_CODES = {"AE": "VATEX-EU-AE", "G": "VATEX-EU-G", "K": "VATEX-EU-IC", "O": "VATEX-EU-O"}
_WITH_REASON = ("AE", "E", "G", "K", "O")


def add_settlement(trade: Element, invoice: Invoice) -> None:
    """Append everything about the money, in the order of the schema."""
    settlement = add(trade, "ApplicableHeaderTradeSettlement")
    add(settlement, "PaymentReference", invoice.number)
    add(settlement, "InvoiceCurrencyCode", invoice.currency)
    _add_account(settlement, invoice)
    for tax in invoice.taxes:
        _add_tax(settlement, tax, invoice)
    add_period(settlement, invoice.period)
    _add_terms(settlement, invoice)
    _add_totals(settlement, invoice)
    _add_corrected(settlement, invoice)


def _is_to_be_paid(invoice: Invoice) -> bool:
    """Whether the customer has something to pay: a credit note is paid by the seller."""
    return invoice.payable > 0 and invoice.kind != CREDIT_NOTE


def _add_account(settlement: Element, invoice: Invoice) -> None:
    """Append the account to pay to, where there is something to pay."""
    seller = invoice.raw["seller"]
    account = "".join((seller["iban"] or "").split())
    if not account or not _is_to_be_paid(invoice):
        return
    is_iban = re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", account) is not None
    means = add(settlement, "SpecifiedTradeSettlementPaymentMeans")
    add(means, "TypeCode", _SEPA if is_iban and invoice.currency == "EUR" else _TRANSFER)
    paid_to = add(means, "PayeePartyCreditorFinancialAccount")
    if is_iban:
        add(paid_to, "IBANID", account)
    add(paid_to, "AccountName", plain(seller["name"]))
    if not is_iban:
        add(paid_to, "ProprietaryID", account)
    if bic := "".join((seller["bic"] or "").split()):
        add(add(means, "PayeeSpecifiedCreditorFinancialInstitution"), "BICID", bic)


def _add_tax(settlement: Element, tax: Tax, invoice: Invoice) -> None:
    """Append one category and rate. What is not subject to tax has no rate, not even zero."""
    reason = labels(language_of(invoice.raw["language"]))[f"tax_{tax.category}"] if tax.category in _WITH_REASON else ""
    element = add(settlement, "ApplicableTradeTax")
    add(element, "CalculatedAmount", money(tax.tax, invoice))
    add(element, "TypeCode", "VAT")
    add_given(element, "ExemptionReason", reason)
    add(element, "BasisAmount", money(tax.base, invoice))
    add(element, "CategoryCode", tax.category)
    add_given(element, "ExemptionReasonCode", _REASON_CODES.get(tax.category, ""))
    if tax.category != NOT_TAXED:
        add(element, "RateApplicablePercent", shortest(tax.rate))


def _add_terms(settlement: Element, invoice: Invoice) -> None:
    """Append the day until which it is paid, or the words that nothing is."""
    terms = add(settlement, "SpecifiedTradePaymentTerms")
    if _is_to_be_paid(invoice):
        add_day(terms, "DueDateDateTime", invoice.due_date)
        return
    words = labels(language_of(invoice.raw["language"]), invoice.kind)
    # A credit note's own words for "payable at once" say that the seller gives back.
    favor = "pay_at_once" if invoice.kind == CREDIT_NOTE else "pay_in_favor"
    add(terms, "Description", words[favor if invoice.payable else "pay_nothing"])


def _add_totals(settlement: Element, invoice: Invoice) -> None:
    totals = add(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    add(totals, "LineTotalAmount", money(invoice.net, invoice))
    add(totals, "TaxBasisTotalAmount", money(invoice.net, invoice))
    tax = exact_sum(each.tax for each in invoice.taxes)
    add(totals, "TaxTotalAmount", money(tax, invoice), currencyID=invoice.currency)
    add(totals, "GrandTotalAmount", money(invoice.gross, invoice))
    if invoice.prepaid:
        add(totals, "TotalPrepaidAmount", money(invoice.prepaid, invoice))
    add(totals, "DuePayableAmount", money(invoice.payable, invoice))


def _add_corrected(settlement: Element, invoice: Invoice) -> None:
    """Append the invoice that a credit note corrects, by its number and its day."""
    corrected = invoice.raw.get("corrects")
    if not corrected:
        return
    named = add(settlement, "InvoiceReferencedDocument")
    add(named, "IssuerAssignedID", plain(corrected["number"]))
    add_day(named, "FormattedIssueDateTime", date.fromisoformat(corrected["issue_date"]), space="qdt")
