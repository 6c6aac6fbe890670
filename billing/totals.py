"""The totals of an invoice's lines, and amounts as text."""

from collections.abc import Iterable
from decimal import Decimal

from billing.models import InvoiceLine
from rollcall.money import exact_difference, plain, round_half_up, shortest
from rollcall.rating import TaxedAmount, Totals, total


def totals_of(lines: Iterable[InvoiceLine], *, currency: str) -> Totals:
    """Net, tax once per category and rate, and gross of lines, stored or not."""
    amounts = [
        TaxedAmount(
            amount=round_half_up(line.amount, currency),
            category=line.tax_category,
            rate=Decimal(shortest(line.tax_rate)),
        )
        for line in lines
    ]
    return total(amounts=amounts, currency=currency)


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
