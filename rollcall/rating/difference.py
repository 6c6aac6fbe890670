"""Settling a period that was rated again: the difference of two totals, never of lines."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rollcall.money import exact_difference, in_words, round_half_up
from rollcall.period import Period
from rollcall.rating.result import Rating


class NotComparable(ValueError):
    """Two ratings of different periods or currencies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What is owed, or given back when negative, because a period was rated again."""

    period: Period
    currency: str
    before_amount: Decimal
    after_amount: Decimal
    difference_amount: Decimal
    words: str


def settle(*, before: Rating, after: Rating) -> Settlement:
    """Settle two ratings of the same period as the difference of their net totals. Raises NotComparable."""
    if (before.period, before.currency) != (after.period, after.currency):
        raise NotComparable(
            f"{before.period.words()} in {before.currency} and {after.period.words()} in {after.currency} "
            "are not two ratings of the same period."
        )
    currency = after.currency
    owed = round_half_up(exact_difference(after.net_amount, before.net_amount), currency)
    then, now = in_words(before.net_amount, currency), in_words(after.net_amount, currency)
    outcome = "nothing to settle"
    if owed:
        outcome = f"{in_words(owed.copy_abs(), currency)} {'more' if owed > 0 else 'less'}"
    return Settlement(
        period=after.period,
        currency=currency,
        before_amount=before.net_amount,
        after_amount=after.net_amount,
        difference_amount=owed,
        words=f"{after.period.words()} was billed at {then} and is rated again at {now}: {outcome}.",
    )
