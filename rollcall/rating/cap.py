"""The step "cap": a bill above the most that is agreed is lowered to it, on visible lines."""

from __future__ import annotations

from decimal import Decimal

from rollcall.money import exact_difference, grouped, number_in_words, round_half_up
from rollcall.rating.agreed import (
    agreed_amount,
    agreed_number,
    need_earlier_periods,
    said_share,
)
from rollcall.rating.lines import ChargeBill, RatedLine, multiplied_out
from rollcall.rating.repriced import amount_for, goes_by_amounts, price_beyond, priced_amount
from rollcall.rating.so_far import amount_so_far, kept_users, users_so_far
from rollcall.terms.caps import Cap

STEP = "cap"


class NoCap(ValueError):
    """A charge without a cap reached the step that holds it to one."""


def hold_to_cap(bill: ChargeBill) -> ChargeBill:
    """Take off what is above the cap. The sign is in the quantity: a price is never negative.

    A cap over the term runs down from period to period. Raises TermsRefused where earlier periods are not given.
    """
    cap = bill.limits.cap
    if cap is None:
        raise NoCap(f"{bill.key} has no cap.")
    words = cap.words(bill.terms.currency, bill.cycle, bill.noun)
    if cap.per == "term":
        need_earlier_periods(bill, "cap")
    return _hold_users(bill, cap, words) if cap.amount is None else _hold_amount(bill, cap, cap.amount, words)


def _hold_amount(bill: ChargeBill, cap: Cap, amount: Decimal, words: str) -> ChargeBill:
    so_far, most = bill.amount, agreed_amount(bill, amount, cap.in_part_periods)
    taken, left_of = Decimal(0), ""
    if cap.per == "term":
        taken = round_half_up(amount_so_far(bill, STEP), bill.terms.currency)
        left_of = f"what is left of the {bill.money(most)} for the term: {grouped(most)} − {grouped(taken)} = "
        most = exact_difference(most, taken)
    if so_far <= most:
        arithmetic = f"not reached: {grouped(so_far)}, the cap is {left_of}{grouped(most)}"
        return bill.after(STEP, [], words=words, arithmetic=arithmetic)
    agreed = f"{bill.money(most)} per {bill.cycle}{said_share(bill, cap.in_part_periods)}"
    line = bill.line(
        part=STEP,
        kind=STEP,
        quantity=Decimal(-1),
        unit_price=exact_difference(so_far, most),
        words=f"Above the cap of {agreed}: {grouped(so_far)} − {grouped(most)}"
        if not left_of
        else f"Above {left_of}{grouped(most)}: {grouped(so_far)} − {grouped(most)}",
    )
    arithmetic = f"−({grouped(so_far)} − {grouped(most)})"
    return bill.after(STEP, [line], words=words, arithmetic=arithmetic)


def _hold_users(bill: ChargeBill, cap: Cap, words: str) -> ChargeBill:
    """Take off the price of the users above the cap, as the last ones to be priced."""
    noun, there = bill.noun, bill.to_price
    agreed = Decimal(agreed_number(bill, cap.maximum_users or 0, cap.in_part_periods))
    taken = users_so_far(bill, STEP) if cap.per == "term" else Decimal(0)
    most = max(agreed - taken, Decimal(0))
    counted = {kept_users(STEP): min(there, most)}
    left_of = f" for the term, of which {number_in_words(most)} are left" if cap.per == "term" else ""
    wanted = f"{noun.short_of(agreed)}{left_of}{said_share(bill, cap.in_part_periods)}"
    if there <= most:
        arithmetic = f"not reached: {noun.short_of(there)}, the cap is {wanted}"
        return bill.after(STEP, [], words=words, arithmetic=arithmetic, counted=counted)
    above = f"{number_in_words(there)} − {number_in_words(most)} = {noun.short_of(there - most)}"
    said = f"Above the cap of {wanted}: {above}"
    lines = _held_to_amount(bill, most, said) if goes_by_amounts(bill) else _last_users(bill, most, there - most, said)
    arithmetic = f"{above}; {multiplied_out(lines)}" if lines else f"{above}, which cost nothing more"
    return bill.after(STEP, lines, words=words, arithmetic=arithmetic, counted=counted)


def _last_users(bill: ChargeBill, most: Decimal, above: Decimal, said: str) -> list[RatedLine]:
    parts = price_beyond(bill, most, above)
    return [
        bill.line(
            part=f"cap/{part.part}" if len(parts) > 1 else STEP,
            kind=STEP,
            quantity=-part.quantity,
            unit_price=part.unit_price,
            words=said
            + (f", of them {number_in_words(part.quantity)} {part.words}" if len(parts) > 1 else ", not billed"),
        )
        for part in parts
    ]


def _held_to_amount(bill: ChargeBill, most: Decimal, said: str) -> list[RatedLine]:
    """Take off what the users cost beyond the most of them; nothing where fewer users would cost no less."""
    so_far, held = priced_amount(bill), amount_for(bill, most)
    if held >= so_far:
        return []
    return [
        bill.line(
            part=STEP,
            kind=STEP,
            quantity=Decimal(-1),
            unit_price=exact_difference(so_far, held),
            words=f"{said}, not billed: {grouped(so_far)} − {grouped(held)}, the price of {bill.noun.short_of(most)}",
        )
    ]
