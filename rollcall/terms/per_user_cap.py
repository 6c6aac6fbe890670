"""The cap per user: the most that one user can cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from rollcall.money import in_words, plain
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import Noun
from rollcall.terms.priced import PriceModel
from rollcall.terms.spans import IN_PART_PERIODS, InPartPeriods, read_in_part_periods, said_of_parts, written

Reading = Literal["each_person", "pooled"]
READINGS: tuple[Reading, ...] = ("each_person", "pooled")


@dataclass(frozen=True, kw_only=True)
class PerUserCap:
    """What one user can cost in a cycle.

    "each_person": what a person used is priced alone, and no person costs more. "pooled": all together cost no more
    than the amount times the users of the metric `of`.
    """

    amount: Decimal
    reading: Reading = field(metadata=asked(choices=READINGS))
    of: str = field(default="", metadata=asked("Users of", help="pooled: the metric whose users are multiplied"))
    in_part_periods: InPartPeriods = field(default="whole", metadata=asked(choices=IN_PART_PERIODS))

    @classmethod
    def from_fields(cls, fields: Fields, currency: str, price: PriceModel, *, has_included: bool) -> PerUserCap:
        """Read `{"amount": "50.00", "reading": "each_person"}`; "pooled" names the metric `of`. Raises TermsRefused."""
        reading: Reading = "pooled"
        if fields.choice("reading", READINGS, why=_WHY) == "each_person":
            reading = "each_person"
            _refuse_each_person(fields, price, has_included=has_included)
        cap = cls(
            amount=fields.amount("amount", currency),
            reading=reading,
            of=fields.text("of") if reading == "pooled" else "",
            in_part_periods=read_in_part_periods(fields),
        )
        fields.nothing_else("a cap per user")
        return cap

    def to_json(self) -> dict[str, object]:
        """Return the cap as terms write it."""
        of = {"of": self.of} if self.of else {}
        return {"amount": plain(self.amount), "reading": self.reading, **of, **written(self.in_part_periods)}

    def words(self, currency: str, cycle: str, noun: Noun) -> str:
        """Say the cap in a sentence."""
        most, parts = in_words(self.amount, currency), said_of_parts(self.in_part_periods, cycle)
        if self.reading == "each_person":
            return f"No single user costs more than {most} for the {noun.many} of a {cycle}{parts}."
        times = f'{most} times the users of the metric "{self.of}"'
        return f"All users together cost no more than {times} in a {cycle}{parts}."


def _refuse_each_person(fields: Fields, price: PriceModel, *, has_included: bool) -> None:
    if fields.has("of"):
        raise fields.refuse("of", 'belongs to the reading "pooled"; here each person is looked at.')
    if not price.has_one_price:
        raise fields.refuse(
            "reading",
            "needs a price of which each unit costs the same: under tiers nobody can say which units were a person's. "
            'Use such a price, or "pooled".',
        )
    if has_included:
        raise fields.refuse(
            "reading",
            'cannot stand beside included units: nobody can say whose they were. Leave them out, or use "pooled".',
        )


_WHY = (
    'say whether no single person costs more ("each_person") or all together ("pooled"); the two cost different money.'
)
