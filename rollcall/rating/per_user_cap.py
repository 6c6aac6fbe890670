"""The step "per_user_cap": what users cost above the most that is agreed for one is not billed, on a visible line."""

from __future__ import annotations

from decimal import Decimal

from rollcall.money import exact_difference, exact_product, exact_sum, grouped, number_in_words, round_half_up
from rollcall.rating.agreed import agreed_amount, said_share
from rollcall.rating.lines import ChargeBill
from rollcall.terms.fields import TermsRefused
from rollcall.terms.per_user_cap import PerUserCap
from rollcall.terms.priced import total_of

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
        (users, exact_difference(alone, most_of_one))
        for quantity, users in bill.measured.by_user
        if (alone := total_of(bill.price.price(quantity, bill.noun))) > most_of_one
    ]
    number = sum(users for users, _ in above)
    excess = exact_sum(exact_product(Decimal(users), more) for users, more in above)
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
