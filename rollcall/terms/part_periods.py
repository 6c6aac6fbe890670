"""How a charge lies in time: what a part of a cycle costs, what is rounded there, until when it is a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from rollcall.terms.asked import asked
from rollcall.terms.calculations import day_in_words
from rollcall.terms.fields import Fields
from rollcall.terms.proration import SECONDS
from rollcall.terms.spans import IN_PART_PERIODS

WHOLE, REDUCED = "whole", "reduced"
AMOUNT, UNIT_PRICE, UNIT_PRICE_DOWN, DAILY_PRICE, FACTOR = (
    "amount",
    "unit_price",
    "unit_price_down",
    "daily_price",
    "factor_4_decimals",
)
PARTS_ROUNDED = (AMOUNT, UNIT_PRICE, UNIT_PRICE_DOWN, DAILY_PRICE, FACTOR)

_ROUNDED_WORDS: Mapping[str, str] = {
    UNIT_PRICE: "In a part of a {cycle} the price of one is reduced first and rounded half up, then multiplied.",
    UNIT_PRICE_DOWN: "In a part of a {cycle} the price of one is reduced first and cut to whole cents, then "
    "multiplied.",
    DAILY_PRICE: "In a part of a {cycle} the price of a day is made first and rounded half up, then multiplied by its "
    "days.",
    FACTOR: "A part of a {cycle} is rounded half up to four decimals before it is multiplied.",
}


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How the price of a charge behaves in a part of a cycle and in a trial.

    `in_part_periods` is None where terms do not say it: then a part has the whole price, which is only accepted where
    it cannot change money unseen. `trial_until` is the first day that costs something.
    """

    in_part_periods: str | None = field(
        default=None, metadata=asked("Price in a part of a cycle", choices=IN_PART_PERIODS)
    )
    parts_rounded: str = field(
        default=AMOUNT, metadata=asked("What is rounded in a part of a cycle", choices=PARTS_ROUNDED)
    )
    trial_until: date | None = field(default=None, metadata=asked(help="the first day that costs something"))

    @classmethod
    def read(cls, fields: Fields) -> Timing:
        """Take the keys of a charge that concern time. Raises TermsRefused."""
        stated = fields.choice("in_part_periods", IN_PART_PERIODS) if fields.has("in_part_periods") else None
        until = None
        if fields.has("trial_until") and fields.take("trial_until") is not None:
            until = fields.day("trial_until")
        rounded = fields.choice("parts_rounded", PARTS_ROUNDED, default=AMOUNT)
        return cls(in_part_periods=stated, parts_rounded=rounded, trial_until=until)

    def to_json(self) -> dict[str, object]:
        """Return the keys that are stated; those that are not leave older terms as they are."""
        written: dict[str, object] = {}
        if self.in_part_periods is not None:
            written["in_part_periods"] = self.in_part_periods
        if self.parts_rounded != AMOUNT:
            written["parts_rounded"] = self.parts_rounded
        if self.trial_until is not None:
            written["trial_until"] = self.trial_until.isoformat()
        return written

    @property
    def is_reduced(self) -> bool:
        """Whether a part of a cycle costs its share of the price."""
        return self.in_part_periods == REDUCED

    def refuse_rounding(self, fields: Fields, day_count: str) -> None:
        """Refuse a price of a day where parts are measured in seconds. Raises TermsRefused."""
        if self.parts_rounded == DAILY_PRICE and day_count == SECONDS:
            raise fields.refuse("parts_rounded", f'"{DAILY_PRICE}" needs days; parts are measured in seconds here.')

    def sentences(self, cycle: str) -> list[str]:
        """Say what differs from a whole price, amounts rounded at their end and no trial."""
        said = []
        if self.in_part_periods is not None:
            said.append(f"A part of a {cycle} costs {'its share of' if self.is_reduced else 'the whole of'} the price.")
        if self.parts_rounded in _ROUNDED_WORDS:
            said.append(_ROUNDED_WORDS[self.parts_rounded].format(cycle=cycle))
        if self.trial_until is not None:
            said.append(f"Trial: the days before {day_in_words(self.trial_until)} cost nothing.")
        return said
