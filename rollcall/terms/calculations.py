"""What every calculation gives and takes: the walls between a daily series and the one quantity that is billed.

A calculation is a frozen dataclass in a file of its own under `quantities/`. It reads its parameters, refuses what
cannot be meant, reduces the numbers of the days to one quantity, and says in words how. A day that the series lacks is
unknown, and never zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

from rollcall.money import number_in_words
from rollcall.period import Period
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import Noun

Daily = Mapping[date, Decimal]

LEFT_OUT = "A day without a count is left out; it is never read as zero."
ADDS_NOTHING = "A day without a count adds nothing to the sum."

# How a quantity that is no whole number becomes one.
ROUNDINGS: Mapping[str, Callable[[Fraction], int]] = {
    "up": math.ceil,
    "down": math.floor,
    "half_up": lambda number: math.floor(number + Fraction(1, 2)),
}
ROUNDED = {"up": "rounded up", "down": "rounded down", "half_up": "rounded half up"}
MOST_DECIMALS = 6


class NoDailyCount(ValueError):
    """No day of the period has a number, so there is no quantity; that is not a quantity of zero."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reduced:
    """What daily numbers come to: the quantity that is billed, and the words that say from what.

    `tier_at` is the number that chooses the tier of the price, None where the quantity itself does. `alone` lists
    numbers that are priced each for itself; they add up to the quantity, and are empty where it is priced as one.
    """

    quantity: Decimal
    words: str
    tier_at: Decimal | None = None
    alone: tuple[Decimal, ...] = ()


class OfUsers:
    """What most calculations share: a missing day is left out, and a number of users gives a number of users."""

    def words_of_a_missing_day(self) -> str:
        """Say in a sentence what a day without a number does."""
        return LEFT_OUT

    def noun(self, noun: Noun) -> Noun:
        """Return what the quantity is a number of."""
        return noun

    @property
    def is_one_number(self) -> bool:
        """Whether the price sees nothing but the quantity."""
        return True


class Calculation(Protocol):
    """What the quantity of a metric asks of the way in which its daily series is reduced."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Calculation:
        """Take the parameters, which stand beside the name of the calculation. Raises TermsRefused."""
        ...

    def to_json(self) -> dict[str, object]:
        """Return the parameters, without the name."""
        ...

    def reduce(self, daily: Daily, days: int) -> Reduced:
        """Reduce the numbers of at least one day. `days` are those of the period that count, known or not."""
        ...

    def words(self) -> str:
        """Say which number of the series is meant: "the highest daily count of the period"."""
        ...

    def words_of_a_missing_day(self) -> str:
        """Say in a sentence what a day without a number does."""
        ...

    def noun(self, noun: Noun) -> Noun:
        """Return what the quantity is a number of, where the series is one of these."""
        ...

    @property
    def is_one_number(self) -> bool:
        """Whether the price sees nothing but the quantity: neither single days nor another number for its tier."""
        ...


_CALCULATIONS: dict[str, type[Calculation]] = {}
CALCULATIONS: Mapping[str, type[Calculation]] = _CALCULATIONS

Kind = TypeVar("Kind", bound=type[Calculation])


def calculation(name: str) -> Callable[[Kind], Kind]:
    """Register a calculation under the name that terms use for it."""

    def register(kind: Kind) -> Kind:
        _CALCULATIONS[name] = kind
        return kind

    return register


def name_of(found: Calculation) -> str:
    """Return the name under which terms write this calculation."""
    return next(name for name, kind in CALCULATIONS.items() if type(found) is kind)


def rounded(number: Fraction, rounding: str, decimals: int = 0) -> Decimal:
    """Return the number rounded to so many decimals, in the direction that the terms state."""
    scale = 10**decimals
    return Decimal(ROUNDINGS[rounding](number * scale)).scaleb(-decimals)


def total_of(daily: Daily) -> Fraction:
    """Return the exact sum of the numbers."""
    return sum((Fraction(number) for number in daily.values()), Fraction(0))


def counts_in_words(daily: Daily) -> str:
    """Write how many days are known: "1 daily count", "30 daily counts"."""
    return f"{len(daily)} daily count{'' if len(daily) == 1 else 's'}"


def day_in_words(day: date) -> str:
    """Write a day: "2 Jun 2026"."""
    return Period(day, day + timedelta(days=1)).words()


def fraction_in_words(number: Fraction) -> str:
    """Write a number with at most two decimals, "about" before it where it has more."""
    hundredths = Decimal(round(number * 100)) / 100
    exact = "" if Fraction(hundredths) == number else "about "
    return f"{exact}{number_in_words(hundredths)}"
