"""The totals of an invoice's lines, and amounts as text."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from billing.models import Invoice, InvoiceLine
from rollcall.money import exact_difference, exact_sum, plain, round_half_up, shortest
from rollcall.rating import TaxedAmount, TaxTotal, Totals, total, with_tax_before


def totals_of(lines: Iterable[InvoiceLine], *, currency: str, before: Iterable[TaxTotal] = ()) -> Totals:
    """Net, tax once per category and rate, and gross of lines, stored or not.

    `before` is what earlier credit notes of the same invoice gave back: then the tax is what all of them have together,
    less what they had.
    """
    amounts = [
        TaxedAmount(
            amount=round_half_up(line.amount, currency),
            category=line.tax_category,
            rate=Decimal(shortest(line.tax_rate)),
        )
        for line in lines
    ]
    return with_tax_before(total(amounts=amounts, currency=currency), before=before, currency=currency)


def given_back_before(invoice: Invoice) -> list[TaxTotal]:
    """Return base and tax that the final credit notes of an invoice gave back, by category and rate."""
    notes = invoice.credit_notes.filter(state=Invoice.State.FINALIZED)
    return added_up(tax for one in notes for tax in one.frozen["totals"]["taxes"])


def added_up(taxes: Iterable[Mapping[str, Any]]) -> list[TaxTotal]:
    """Add up taxes as snapshots write them, by category and rate."""
    found: dict[tuple[str, Decimal], list[Mapping[str, Any]]] = {}
    for tax in taxes:
        found.setdefault((tax["category"], Decimal(tax["rate"])), []).append(tax)
    return [
        TaxTotal(
            category=category,
            rate=rate,
            base=exact_sum(Decimal(tax["base"]) for tax in same),
            tax=exact_sum(Decimal(tax["tax"]) for tax in same),
        )
        for (category, rate), same in sorted(found.items())
    ]


def tax_entries(taxes: Iterable[TaxTotal], currency: str) -> list[dict[str, str]]:
    """Taxes as a snapshot writes them."""
    return [
        {
            "category": tax.category,
            "rate": number_text(tax.rate),
            "base": amount_text(tax.base, currency),
            "tax": amount_text(tax.tax, currency),
        }
        for tax in taxes
    ]


def owed_entries(*, gross_amount: Decimal, prepaid_amount: Decimal, currency: str) -> dict[str, str]:
    """What is prepaid from credits and what is still owed, as entries beside the totals; none where nothing is."""
    if not prepaid_amount:
        return {}
    owed = exact_difference(gross_amount, prepaid_amount)
    return {"prepaid": amount_text(prepaid_amount, currency), "payable": amount_text(owed, currency)}


def amount_text(amount: Decimal, currency: str) -> str:
    """An amount as text with the decimals of its currency: "9280.00"; whatever decimals the column has."""
    return plain(round_half_up(amount, currency))


def share_entry(line: InvoiceLine) -> dict[str, str]:
    """The part of a cycle that a line bills, as an entry beside its price; a whole cycle needs none."""
    return {} if line.share == "1" else {"share": line.share}


def number_text(number: Decimal) -> str:
    """A quantity or a rate as text without needless zeros: "320", "19"."""
    return shortest(number)


def price_text(price: Decimal, currency: str) -> str:
    """A unit price as text: the decimals of the currency, more where the contract has more."""
    rounded = round_half_up(price, currency)
    return plain(rounded) if rounded == price else shortest(price)
