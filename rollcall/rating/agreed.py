"""What a limit comes to in one period: its share in a part of a cycle, and what is left of a whole term."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from rollcall.rating.lines import ChargeBill, share_in_words
from rollcall.rating.proration import share_of
from rollcall.terms.fields import TermsRefused
from rollcall.terms.spans import InPartPeriods, part_of_amount, part_of_number

WHOLE = Fraction(1)


class NeedsEarlierPeriods(TermsRefused):
    """A limit or a quantity reaches over several periods, and those before this one were not given."""


def agreed_amount(bill: ChargeBill, amount: Decimal, in_part_periods: InPartPeriods) -> Decimal:
    """Return an agreed amount as it is in this period, rounded half up."""
    if in_part_periods == "whole":
        return amount
    return part_of_amount(amount, share_of(bill.terms, bill.period), in_part_periods, bill.terms.currency)


def agreed_number(bill: ChargeBill, number: int, in_part_periods: InPartPeriods) -> int:
    """Return an agreed number as it is in this period, a whole one."""
    if in_part_periods == "whole":
        return number
    return part_of_number(number, share_of(bill.terms, bill.period), in_part_periods)


def said_share(bill: ChargeBill, in_part_periods: InPartPeriods) -> str:
    """Say which part of what is agreed holds in this period: " (16/31 of it)"; nothing where the whole holds."""
    if in_part_periods == "whole":
        return ""
    share = share_of(bill.terms, bill.period)
    return "" if share == WHOLE else f" ({share_in_words(share)} of what is agreed for a {bill.cycle})"


def kept_under(bill: ChargeBill, step: str) -> str:
    """Return the name under which a step of this bill keeps a number for later periods: "seats/cap"."""
    return f"{bill.key}/{step}"


def need_earlier_periods(bill: ChargeBill, limit: str) -> None:
    """Refuse to apply what holds over the whole term when periods before this one are not given.

    `limit` is the noun for the sentence, as in "cap". Raises NeedsEarlierPeriods.
    """
    term = bill.terms.term
    if not bill.state.tiles(term, bill.period):
        raise NeedsEarlierPeriods(
            f"periods[{bill.period}]",
            f"the {limit} of {bill.key} reaches beyond one period, so that this one needs those before it; give the "
            f"usage of every period from {term.start} on.",
        )
