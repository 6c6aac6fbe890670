"""Open balances: what customers still owe from the system before this one."""

from collections.abc import Mapping
from typing import Any

from billing.models import OpenBalance
from billing.operations.record_open_balance import record_open_balance
from licenses.imports.cells import Amount, Day, Text
from licenses.imports.table import Image, RowWrong, Table, cell, column
from licenses.models import Customer
from rollcall.money import UnknownCurrency, exponent


class OpenBalances(Table):
    """One row per unsettled document of the old system, named by its customer and number."""

    kind = "open_balances"
    title = "Open balances"
    words = "What is unpaid from the old system. It is listed under Open balances and never collected from here."
    key = ("customer", "number")
    needed = ("customer", "number", "currency", "amount", "due_date")
    sample = (
        ("C-2001", "RE-2025-0917", "EUR", "11043.20", "2026-01-15"),
        ("C-2002", "RE-2025-0931", "EUR", "-120.00", "2026-01-20"),
    )

    customer = column("customer", Text(longest=40, needed=True))
    number = column("number", Text(longest=40, needed=True))
    currency = column("currency", Text(longest=3, needed=True))
    amount = column("amount", Amount())
    due_date = column("due_date", Day(needed=True))

    def standing(self, row: Mapping[str, Any]) -> Image | None:
        """Return what is recorded of this document."""
        known = OpenBalance.objects.filter(customer__number=cell(row, "customer"), number=cell(row, "number")).first()
        if known is None:
            return None
        return Image(
            customer=cell(row, "customer"),
            number=known.number,
            currency=known.currency,
            amount=round(known.amount, exponent(known.currency)),
            due_date=known.due_date,
        )

    def complete(self, image: Image) -> None:
        """The amount has the decimals of its currency."""
        try:
            places = exponent(image.currency)
        except UnknownCurrency as unknown:
            raise RowWrong("currency", str(unknown)) from unknown
        if image.amount != round(image.amount, places):
            raise RowWrong("amount", f"{image.currency} has {places} decimals; this amount has more.")
        if not image.amount:
            raise RowWrong("amount", "Nothing is open of it, so it is no open balance. Leave the row out.")
        image.amount = round(image.amount, places)

    def write(self, image: Image, is_new: bool) -> None:
        """Record the balance."""
        customer = Customer.objects.filter(number=image.customer).first()
        if customer is None:
            raise RowWrong("customer", f"There is no customer {image.customer}. Import the customers first.")
        record_open_balance(
            actor=self.actor,
            customer=customer,
            number=image.number,
            currency=image.currency,
            amount=image.amount,
            due_date=image.due_date,
            now=self.now,
        )
