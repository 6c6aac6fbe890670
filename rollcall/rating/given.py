"""How USAGE.json gives the quantity of one metric in one period: as users, amounts, or numbers of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from rollcall.money import exact_product, exact_sum
from rollcall.terms.fields import Fields, TermsRefused, day_of, decimal_number, whole_number

Daily = Mapping[date, int]

# The ways to give a quantity; one of them per metric and period.
FORMS = (
    "users",
    "quantity",
    "daily_users",
    "daily_users_by_instance",
    "levels",
    "quantity_by_user",
    "quantities_by_event",
)


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A quantity that is no number of users. `by_user` is a histogram of one user's quantity and how many had it.

    `without_quantity` is the number of counted actions for which the reports state no quantity; they add nothing.
    """

    quantity: Decimal
    by_user: tuple[tuple[Decimal, int], ...] = ()
    by_event: tuple[Decimal, ...] = ()
    without_quantity: int = 0


def read_given(fields: Fields) -> tuple[str, Any]:
    """Read one quantity; return its form and the value: a number, an Amount, or numbers by day. Raises TermsRefused.

    `quantity_by_user` and `quantities_by_event` come back under "quantity", as an Amount.
    """
    forms = [form for form in FORMS if fields.has(form)]
    if len(forms) > 1:
        raise fields.refuse(forms[1], f"stands beside {forms[0]}; a quantity is given in one way.")
    form = forms[0] if forms else "users"
    value: Any
    if form == "users":
        value = fields.whole("users")
    elif form == "daily_users_by_instance":
        inner = fields.inner(form)
        value = {name: _read_days(inner.inner(name)) for name in inner.document}
    elif form in ("daily_users", "levels"):
        value = _read_days(fields.inner(form))
    else:
        form, value = "quantity", _read_amount(fields, form)
    fields.nothing_else("a quantity")
    return form, value


def _read_amount(fields: Fields, form: str) -> Amount:
    without = fields.whole("without_quantity", default=0)
    if form == "quantity_by_user":
        by_user = tuple(_read_pair(row, f"{fields.at(form)}[{number}]") for number, row in _listed(fields, form))
        total = exact_sum(exact_product(amount, Decimal(users)) for amount, users in by_user)
        return Amount(quantity=total, by_user=by_user, without_quantity=without)
    if form == "quantities_by_event":
        by_event = tuple(decimal_number(row, f"{fields.at(form)}[{number}]") for number, row in _listed(fields, form))
        return Amount(quantity=exact_sum(by_event), by_event=by_event, without_quantity=without)
    return Amount(quantity=fields.decimal(form), without_quantity=without)


def _listed(fields: Fields, key: str) -> enumerate[object]:
    return enumerate(fields.listed(key))


def _read_pair(row: object, path: str) -> tuple[Decimal, int]:
    if not isinstance(row, list) or len(row) != 2:
        raise TermsRefused(path, 'must be a pair of a quantity and a number of users, as in ["12.5", 4].')
    return decimal_number(row[0], f"{path}[0]"), whole_number(row[1], f"{path}[1]", least=1)


def _read_days(fields: Fields) -> dict[date, int]:
    """Read `{"2026-06-01": 40, ...}`: one number for each day that is known."""
    daily = {day_of(name, fields.path): fields.whole(name) for name in fields.document}
    fields.nothing_else("daily counts")
    return daily
