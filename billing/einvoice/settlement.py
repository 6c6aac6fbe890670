"""What is owed: taxes by category, totals, what is prepaid, how and until when it is paid, and what is corrected."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from billing.documents.format import language_of
from billing.documents.labels import labels
from billing.documents.printable import plain
from billing.documents.snapshot import CREDIT_NOTE, Invoice, Tax, read_decimal
from billing.einvoice.lines import add_period, money
from billing.einvoice.nodes import add, add_day, add_given
from billing.einvoice.parties import NOT_TAXED
from rollcall.money import exact_sum, round_half_up, shortest
from rollcall.money import plain as plain_amount

_TRANSFER, _SEPA = "30", "58"  # UNTDID 4461
# Why no tax is due, code list VATEX; the standard rate and the zero rate need no reason and may not give one.
_REASON_CODES = {"AE": "VATEX-EU-AE", "G": "VATEX-EU-G", "K": "VATEX-EU-IC", "O": "VATEX-EU-O"}
_WITH_REASON = ("AE", "E", "G", "K", "O")


def add_settlement(trade: Element, invoice: Invoice) -> None:
    """Append everything about the money, in the order of the schema."""
    settlement = add(trade, "ApplicableHeaderTradeSettlement")
    add(settlement, "PaymentReference", invoice.number)
    if own := tax_in_own_currency(invoice):
        add(settlement, "TaxCurrencyCode", own[0])
    add(settlement, "InvoiceCurrencyCode", invoice.currency)
    _add_account(settlement, invoice)
    for tax in invoice.taxes:
        _add_tax(settlement, tax, invoice)
    add_period(settlement, invoice.period)
    _add_terms(settlement, invoice)
    _add_totals(settlement, invoice)
    _add_corrected(settlement, invoice)


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account to pay to: its code of UNTDID 4461, and whether its number is an IBAN."""

    means: str
    number: str
    is_iban: bool
    name: str
    bic: str


def is_to_be_paid(invoice: Invoice) -> bool:
    """Whether the customer has something to pay: a credit note is paid by the seller."""
    return invoice.payable > 0 and invoice.kind != CREDIT_NOTE


def account_of(invoice: Invoice) -> Account | None:
    """Return the account to pay to; None where nothing is to be paid, or the seller has none."""
    seller = invoice.raw["seller"]
    number = "".join((seller["iban"] or "").split())
    if not number or not is_to_be_paid(invoice):
        return None
    is_iban = re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", number) is not None
    return Account(
        means=_SEPA if is_iban and invoice.currency == "EUR" else _TRANSFER,
        number=number,
        is_iban=is_iban,
        name=plain(seller["name"]),
        bic="".join((seller["bic"] or "").split()),
    )


def _add_account(settlement: Element, invoice: Invoice) -> None:
    """Append the account to pay to, where there is something to pay."""
    account = account_of(invoice)
    if account is None:
        return
    means = add(settlement, "SpecifiedTradeSettlementPaymentMeans")
    add(means, "TypeCode", account.means)
    paid_to = add(means, "PayeePartyCreditorFinancialAccount")
    if account.is_iban:
        add(paid_to, "IBANID", account.number)
    add(paid_to, "AccountName", account.name)
    if not account.is_iban:
        add(paid_to, "ProprietaryID", account.number)
    if account.bic:
        add(add(means, "PayeeSpecifiedCreditorFinancialInstitution"), "BICID", account.bic)


def why_no_tax(tax: Tax, invoice: Invoice) -> tuple[str, str]:
    """Return the reason why no tax is due and its code of the list VATEX; empty where the category gives none."""
    if tax.category not in _WITH_REASON:
        return "", ""
    decisions = (invoice.raw.get("tax") or {}).get("decisions", ())
    decided = next((one for one in decisions if one["category"] == tax.category), None)
    code = (decided or {}).get("reason_code") or _REASON_CODES.get(tax.category, "")
    return labels(language_of(invoice.raw["language"]))[f"tax_{tax.category}"], code


def _add_tax(settlement: Element, tax: Tax, invoice: Invoice) -> None:
    """Append one category and rate. What is not subject to tax has no rate, not even zero."""
    reason, code = why_no_tax(tax, invoice)
    element = add(settlement, "ApplicableTradeTax")
    add(element, "CalculatedAmount", money(tax.tax, invoice))
    add(element, "TypeCode", "VAT")
    add_given(element, "ExemptionReason", reason)
    add(element, "BasisAmount", money(tax.base, invoice))
    add(element, "CategoryCode", tax.category)
    add_given(element, "ExemptionReasonCode", code)
    if tax.category != NOT_TAXED:
        add(element, "RateApplicablePercent", shortest(tax.rate))


def payment_words(invoice: Invoice) -> str:
    """Say that nothing is to be paid; empty where something is, by the due date."""
    if is_to_be_paid(invoice):
        return ""
    words = labels(language_of(invoice.raw["language"]), invoice.kind)
    # A credit note's own words for "payable at once" say that the seller gives back.
    favor = "pay_at_once" if invoice.kind == CREDIT_NOTE else "pay_in_favor"
    return words[favor if invoice.payable else "pay_nothing"]


def _add_terms(settlement: Element, invoice: Invoice) -> None:
    """Append the day until which it is paid, or the words that nothing is."""
    terms = add(settlement, "SpecifiedTradePaymentTerms")
    if words := payment_words(invoice):
        add(terms, "Description", words)
    else:
        add_day(terms, "DueDateDateTime", invoice.due_date)


def tax_sum(invoice: Invoice) -> Decimal:
    """Return the sum of the taxes (BT-110), the one number that the snapshot does not have."""
    return exact_sum(each.tax for each in invoice.taxes)


def tax_in_own_currency(invoice: Invoice) -> tuple[str, Decimal] | None:
    """Return the tax total in the seller's currency (BT-6, BT-111) where the law asks for it."""
    said = invoice.raw.get("tax_currency") or {}
    if "tax" not in said or said["currency"] == invoice.currency:
        return None
    return said["currency"], read_decimal(said["tax"])


def _add_totals(settlement: Element, invoice: Invoice) -> None:
    totals = add(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    add(totals, "LineTotalAmount", money(invoice.net, invoice))
    add(totals, "TaxBasisTotalAmount", money(invoice.net, invoice))
    add(totals, "TaxTotalAmount", money(tax_sum(invoice), invoice), currencyID=invoice.currency)
    if own := tax_in_own_currency(invoice):
        add(totals, "TaxTotalAmount", plain_amount(round_half_up(own[1], own[0])), currencyID=own[0])
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
