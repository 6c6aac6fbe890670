"""The working: how a rating came to be, step by step, for the invoice, the desk and the command line."""

from __future__ import annotations

from rollcall.money import exact_sum, plain, round_half_up
from rollcall.rating.result import Rating


def explain(rating: Rating) -> list[dict[str, str]]:
    """Return one entry per step and charge: what it says, its arithmetic, its amount and the sum so far.

    A step that changed nothing has its entry too. Amounts are decimal texts in the currency of the rating.
    """
    told = []
    for number, entry in enumerate(rating.working, start=1):
        sum_so_far = round_half_up(exact_sum(done.amount for done in rating.working[:number]), rating.currency)
        told.append(
            {
                "charge": entry.charge,
                "step": entry.step,
                "words": entry.words,
                "arithmetic": entry.arithmetic,
                "amount": plain(entry.amount),
                "sum": plain(sum_so_far),
            }
        )
    return told
