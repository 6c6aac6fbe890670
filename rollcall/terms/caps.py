"""Caps: the most that a cycle, or the whole term, costs, or the most users that it is billed for."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from rollcall.money import in_words, plain
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.spans import (
    IN_PART_PERIODS,
    PER,
    InPartPeriods,
    Per,
    read_in_part_periods,
    read_per,
    said_of_parts,
    written,
)


@dataclass(frozen=True, kw_only=True)
class Cap:
    """The most that is billed: an amount before tax, or a number of users. One of the two is None.

    A cap over the term runs down from period to period.
    """

    amount: Decimal | None = field(
        default=None, metadata=asked(help="or a number of users below, and only one of them")
    )
    maximum_users: int | None = None
    per: Per = field(default="cycle", metadata=asked(choices=PER))
    in_part_periods: InPartPeriods = field(default="whole", metadata=asked(choices=IN_PART_PERIODS))

    @classmethod
    def from_fields(cls, fields: Fields, currency: str, *, is_of_charge: bool = True) -> Cap:
        """Read `{"amount": "50000.00", "per": "cycle"}` or `{"maximum_users": 500}`. Raises TermsRefused."""
        if fields.has("amount") == fields.has("maximum_users"):
            raise TermsRefused(fields.path, "a cap is either an amount or maximum_users, and only one of them.")
        per = read_per(fields)
        parts = read_in_part_periods(fields, per)
        if fields.has("amount"):
            cap = cls(amount=fields.amount("amount", currency), per=per, in_part_periods=parts)
        elif is_of_charge:
            cap = cls(maximum_users=fields.whole("maximum_users"), per=per, in_part_periods=parts)
        else:
            raise fields.refuse("maximum_users", "belongs to one charge; the whole contract has an amount.")
        fields.nothing_else("a cap")
        return cap

    def to_json(self) -> dict[str, object]:
        """Return the cap as terms write it, with its defaults."""
        most: dict[str, object] = {"maximum_users": self.maximum_users}
        if self.amount is not None:
            most = {"amount": plain(self.amount)}
        return {**most, "per": self.per, **written(self.in_part_periods)}

    def words(self, currency: str, cycle: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the cap in a sentence."""
        parts = said_of_parts(self.in_part_periods, cycle)
        if self.amount is None:
            over = f"in each {cycle}" if self.per == "cycle" else "over the term"
            return f"No more than {noun.short_of(self.maximum_users or 0)} are billed {over}{parts}."
        most = in_words(self.amount, currency)
        if self.per == "term":
            return f"The whole term costs no more than {most} before tax; every {cycle} takes from what is left of it."
        return f"No {cycle} costs more than {most} before tax{parts}."
