"""What is owed in UBL: the account, the taxes by category, the totals."""

from xml.etree.ElementTree import Element

from billing.documents.snapshot import Invoice, Tax
from billing.einvoice.lines import money
from billing.einvoice.parties import NOT_TAXED
from billing.einvoice.settlement import account_of, tax_in_own_currency, tax_sum, why_no_tax
from billing.einvoice.ubl_nodes import group, say
from rollcall.money import plain as plain_amount
from rollcall.money import round_half_up, shortest

_NOT_DEFINED = "1"  # UNTDID 4461: no instrument is defined


def add_account(document: Element, invoice: Invoice) -> None:
    """Append how it is paid. Where nothing is to be paid no instrument is defined, and Germany wants that said."""
    account = account_of(invoice)
    means = group(document, "PaymentMeans")
    say(means, "PaymentMeansCode", _NOT_DEFINED if account is None else account.means)
    say(means, "PaymentID", invoice.number)
    if account is None:
        return
    paid_to = group(means, "PayeeFinancialAccount")
    say(paid_to, "ID", account.number)
    say(paid_to, "Name", account.name)
    if account.bic:
        say(group(paid_to, "FinancialInstitutionBranch"), "ID", account.bic)


def add_taxes(document: Element, invoice: Invoice) -> None:
    """Append the tax of every category and rate, and the total in the seller's own currency where the law asks."""
    total = group(document, "TaxTotal")
    say(total, "TaxAmount", money(tax_sum(invoice), invoice), currencyID=invoice.currency)
    for tax in invoice.taxes:
        _add_tax(total, tax, invoice)
    if own := tax_in_own_currency(invoice):
        currency, amount = own
        say(
            group(document, "TaxTotal"), "TaxAmount", plain_amount(round_half_up(amount, currency)), currencyID=currency
        )


def add_totals(document: Element, invoice: Invoice) -> None:
    """Append the totals, in the order of the schema."""
    totals = group(document, "LegalMonetaryTotal")
    said = {
        "LineExtensionAmount": invoice.net,
        "TaxExclusiveAmount": invoice.net,
        "TaxInclusiveAmount": invoice.gross,
        **({"PrepaidAmount": invoice.prepaid} if invoice.prepaid else {}),
        "PayableAmount": invoice.payable,
    }
    for name, amount in said.items():
        say(totals, name, money(amount, invoice), currencyID=invoice.currency)


def _add_tax(total: Element, tax: Tax, invoice: Invoice) -> None:
    """Append one category and rate. What is not subject to tax has no rate, not even zero."""
    reason, code = why_no_tax(tax, invoice)
    element = group(total, "TaxSubtotal")
    say(element, "TaxableAmount", money(tax.base, invoice), currencyID=invoice.currency)
    say(element, "TaxAmount", money(tax.tax, invoice), currencyID=invoice.currency)
    category = group(element, "TaxCategory")
    say(category, "ID", tax.category)
    if tax.category != NOT_TAXED:
        say(category, "Percent", shortest(tax.rate))
    say(category, "TaxExemptionReasonCode", code)
    say(category, "TaxExemptionReason", reason)
    say(group(category, "TaxScheme"), "ID", "VAT")
