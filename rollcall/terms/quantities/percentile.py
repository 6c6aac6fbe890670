"""The number below which a share of the days lies: the 95th percentile leaves short peaks out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rollcall.money import number_in_words, shortest
from rollcall.terms.calculations import Daily, OfUsers, Reduced, calculation, counts_in_words
from rollcall.terms.fields import Fields


@calculation("percentile")
@dataclass(frozen=True, kw_only=True)
class Percentile(OfUsers):
    """Of n numbers in rising order the one at the place p × n, rounded up. 100 is the highest."""

    percentile: Decimal

    @classmethod
    def from_fields(cls, fields: Fields) -> Percentile:
        """Read `"percentile": "95"`."""
        percentile = fields.decimal("percentile")
        if not 0 < percentile <= 100:
            raise fields.refuse("percentile", f"is above 0 and at most 100, as in 95, not {shortest(percentile)}.")
        return cls(percentile=Decimal(shortest(percentile)))

    def to_json(self) -> dict[str, object]:
        """Return the percentile."""
        return {"percentile": shortest(self.percentile)}

    def place(self, number: int) -> int:
        """Return the place, counted from 1, of the number that is meant among so many in rising order."""
        return math.ceil(Fraction(self.percentile) * number / 100)

    def reduce(self, daily: Daily, days: int) -> Reduced:
        """Return the number at its place."""
        place = self.place(len(daily))
        quantity = sorted(daily.values())[place - 1]
        words = (
            f"{self._name()} of {counts_in_words(daily)}: in rising order the number at place "
            f"{place} of {len(daily)}, {number_in_words(quantity)}"
        )
        return Reduced(quantity=quantity, words=words)

    def words(self) -> str:
        """Say which number is meant."""
        share = shortest(self.percentile)
        return (
            f"the {self._name()} of the daily counts of the period: in rising order the one at the place "
            f"{share} % of their number, rounded up"
        )

    def _name(self) -> str:
        text = shortest(self.percentile)
        ending = {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th") if text[-2:] not in ("11", "12", "13") else "th"
        return f"{text}{ending if '.' not in text else 'th'} percentile"
