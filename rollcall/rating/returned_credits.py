"""Credit that a correction gives back after its end: a fact of the day on which it is granted anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rollcall.money import plain
from rollcall.period import Period
from rollcall.terms.fields import Fields, TermsRefused

# Where the state of a term keeps what is granted anew in its periods.
RETURNED = "returned_credits"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnedCredit:
    """So much of the credit of one name, granted anew in a pool on a day. The amount is above zero."""

    pool: str
    name: str
    on: date
    amount: Decimal

    @classmethod
    def from_fields(cls, fields: Fields) -> ReturnedCredit:
        """Read `{"pool": "seats", "name": "Welcome", "on": "2026-07-01", "amount": "40.00"}`. Raises TermsRefused."""
        found = cls(
            pool=fields.text("pool"), name=fields.text("name"), on=fields.day("on"), amount=fields.decimal("amount")
        )
        fields.nothing_else("credit that is granted anew")
        if found.amount <= 0:
            raise fields.refuse("amount", "is above zero; what is not given back is left out.")
        return found

    def to_json(self) -> dict[str, str]:
        """Return it as USAGE.json writes it."""
        return {"pool": self.pool, "name": self.name, "on": self.on.isoformat(), "amount": plain(self.amount)}


def read_returned(fields: Fields) -> tuple[ReturnedCredit, ...]:
    """Take the list under "returned_credits"; none where it is not written. Raises TermsRefused."""
    if not fields.has(RETURNED):
        return ()
    rows = enumerate(fields.listed(RETURNED))
    return tuple(ReturnedCredit.from_fields(Fields.of(row, f"{RETURNED}[{number}]")) for number, row in rows)


def refuse_unplaced(returned: Iterable[ReturnedCredit], periods: Iterable[Period]) -> None:
    """Refuse credit that is granted anew on a day of no period that is rated. Raises TermsRefused."""
    known = list(periods)
    for one in returned:
        if not any(period.contains(one.on) for period in known):
            raise TermsRefused(RETURNED, f"{one.on} lies in no period that is given, so {one.name} cannot be granted.")
