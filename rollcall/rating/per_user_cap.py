"""The step "per_user_cap": what users cost above the most that is agreed for one is not billed, on a visible line."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from rollcall.money import (
    decimal_of,
    exact_difference,
    exact_product,
    grouped,
    number_in_words,
    round_fraction,
    round_half_up,
)
from rollcall.rating.agreed import agreed_amount, said_share
from rollcall.rating.lines import ChargeBill
from rollcall.rating.proration import prorated_line
from rollcall.terms.fields import TermsRefused
from rollcall.terms.per_user_cap import PerUserCap

STEP = "per_user_cap"


class NoPerUserCap(ValueError):
    """A charge without a cap per user reached the step that holds users to one."""


def hold_users_to_cap(bill: ChargeBill) -> ChargeBill:
    """Take off what is above the cap of each person, or above the cap times the users.

    Raises TermsRefused where each person's quantity is asked for and was not given.
    """
    cap = bill.limits.per_user_cap
    if cap is None:
        raise NoPerUserCap(f"{bill.key} has no cap per user.")
    words = cap.words(bill.terms.currency, bill.cycle, bill.noun)
    most_of_one = agreed_amount(bill, cap.amount, cap.in_part_periods)
    return _pooled(bill, cap, most_of_one, words) if cap.reading == "pooled" else _each(bill, cap, most_of_one, words)


def _pooled(bill: ChargeBill, cap: PerUserCap, most_of_one: Decimal, words: str) -> ChargeBill:
    users = bill.others[cap.of].quantity
    most = round_half_up(exact_product(users, most_of_one), bill.terms.currency)
    made = f"{number_in_words(users)} users × {grouped(most_of_one)} = {grouped(most)}"
    if bill.amount <= most:
        return bill.after(STEP, [], words=words, arithmetic=f"not reached: {grouped(bill.amount)}, {made}")
    line = bill.line(
        part=STEP,
        kind=STEP,
        quantity=Decimal(-1),
        unit_price=exact_difference(bill.amount, most),
        words=f"Above the cap per user{said_share(bill, cap.in_part_periods)}, {made}: {grouped(bill.amount)} − "
        f"{grouped(most)}, not billed",
    )
    return bill.after(STEP, [line], words=words, arithmetic=f"−({grouped(bill.amount)} − {grouped(most)}); {made}")


def _each(bill: ChargeBill, cap: PerUserCap, most_of_one: Decimal, words: str) -> ChargeBill:
    """Price each person's quantity alone; whoever used the same is priced once."""
    if not bill.measured.by_user and bill.measured.quantity:
        raise TermsRefused(
            f"periods[{bill.period}].quantities.{bill.charge.metric if bill.charge else ''}",
            "the cap holds for each person, so that what each person used is needed, as in "
            '{"quantity_by_user": [["60", 30]]}; a sum does not say it.',
        )
    above = [
        (users, alone - Fraction(most_of_one))
        for quantity, users in bill.measured.by_user
        if (alone := _alone(bill, quantity)) > most_of_one
    ]
    number = sum(users for users, _ in above)
    exact = sum((users * more for users, more in above), Fraction(0))
    ends = decimal_of(exact)
    excess = ends if ends is not None else round_fraction(exact, bill.terms.currency)
    if not excess:
        return bill.after(
            STEP, [], words=words, arithmetic=f"not reached: nobody costs more than {grouped(most_of_one)}"
        )
    who = f"{number_in_words(number)} {'user' if number == 1 else 'users'}"
    line = bill.line(
        part=STEP,
        kind=STEP,
        quantity=Decimal(-1),
        unit_price=excess,
        words=f"Above {bill.money(most_of_one)} per user{said_share(bill, cap.in_part_periods)}: {who}, not billed",
    )
    return bill.after(
        STEP,
        [line],
        words=words,
        arithmetic=f"{who} above {grouped(most_of_one)}, together by {grouped(line.amount.copy_abs())}",
    )


def _alone(bill: ChargeBill, quantity: Decimal) -> Fraction:
    """Return what a quantity costs alone, at the share of the price that the period has, before a line rounds it."""
    lines = [
        prorated_line(bill, part=part, part_key=part.part, words="") for part in bill.price.price(quantity, bill.noun)
    ]
    return sum((Fraction(line.quantity) * Fraction(line.unit_price) * line.share for line in lines), Fraction(0))
