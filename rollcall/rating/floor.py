"""The step "floor": a bill below the least that is agreed is lifted to it, on visible lines."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from rollcall.money import exact_difference, grouped, number_in_words
from rollcall.rating.agreed import (
    agreed_amount,
    agreed_number,
    need_earlier_periods,
    said_share,
)
from rollcall.rating.lines import ChargeBill, RatedLine, multiplied_out
from rollcall.rating.missing import missing_line, missing_to_amount, price_missing
from rollcall.rating.repriced import goes_by_amounts
from rollcall.rating.so_far import amount_so_far, kept_users, users_so_far
from rollcall.terms.charges import Charge
from rollcall.terms.floors import Floor
from rollcall.terms.spans import part_of_number

STEP = "floor"


class NoFloor(ValueError):
    """A charge without a floor reached the step that lifts it to one."""


def lift_to_floor(bill: ChargeBill) -> ChargeBill:
    """Add the shortfall to the floor, in users or in money; above the floor nothing but an entry in the working.

    A floor over the term is settled with the last period. Raises TermsRefused where that needs periods not given.
    """
    floor = bill.limits.floor
    if floor is None:
        raise NoFloor(f"{bill.key} has no floor.")
    words = floor.words(bill.terms.currency, bill.cycle, bill.charge.price if bill.charge else None, bill.noun)
    in_users = floor.minimum_amount is None
    own = _users_there(bill, floor) if in_users else bill.amount
    there = own
    if floor.per == "term":
        there += users_so_far(bill, STEP) if in_users else amount_so_far(bill, STEP)
    if floor.per == "term" and not bill.is_last_of_term:
        least = (
            bill.noun.short_of(floor.minimum_users or 0) if in_users else grouped(floor.minimum_amount or Decimal(0))
        )
        with_included = ", the included ones counted" if in_users and _included_users(bill) else ""
        so_far = f"{number_in_words(there)}{with_included}" if in_users else grouped(there)
        arithmetic = f"so far {so_far} of {least}; settled with the last {bill.cycle}"
        counted = {kept_users(STEP): own} if in_users else {}
        return bill.after(STEP, [], words=words, arithmetic=arithmetic, counted=counted)
    if floor.per == "term":
        need_earlier_periods(bill, "floor")
    return _lift_users(bill, floor, there, words) if in_users else _lift_amount(bill, floor, there, words)


def billed_users(*, charge: Charge, active_users: int, estimated_users: int = 0, share: Fraction = Fraction(1)) -> int:
    """Return how many users a cycle is billed for: active and estimated ones, lifted to the floor, held to the cap.

    `share` is the part of its cycle that the period is. A floor that holds for the users after the included ones adds
    to those, and so does a cap. What holds over the term changes no single cycle.
    """
    users = active_users + estimated_users
    included, floor, cap = charge.included, charge.floor, charge.cap
    given = min(users, part_of_number(included.quantity, share, included.in_part_periods))
    billed = users
    if floor is not None and floor.minimum_users is not None and floor.per == "cycle":
        least = part_of_number(floor.minimum_users, share, floor.in_part_periods)
        billed = max(users, least + (given if included.counts_towards_floor is False else 0))
    if cap is not None and cap.maximum_users is not None and cap.per == "cycle":
        billed = min(billed, given + part_of_number(cap.maximum_users, share, cap.in_part_periods))
    return billed


def _included_users(bill: ChargeBill) -> Decimal:
    """Return how many included users of the period count towards the floor."""
    included = bill.charge.included if bill.charge else None
    if included is None or not included.quantity or not included.counts_towards_floor:
        return Decimal(0)
    return Decimal(agreed_number(bill, included.quantity, included.in_part_periods))


def _users_there(bill: ChargeBill, floor: Floor) -> Decimal:
    """Return the users of the period that a floor sees: over the term the included ones of every cycle among them."""
    return bill.to_price + (_included_users(bill) if floor.per == "term" else 0)


def _least_users(bill: ChargeBill, floor: Floor) -> tuple[Decimal, str]:
    """Return how many users a floor asks for at least, of a cycle beyond its included ones, and words about these."""
    least, given = (
        Decimal(agreed_number(bill, floor.minimum_users or 0, floor.in_part_periods)),
        _included_users(bill),
    )
    if floor.per == "term" or not given:
        return least, ", the included ones counted" if given else ""
    return max(least - given, Decimal(0)), f", {number_in_words(min(given, least))} of them included"


def _lift_users(bill: ChargeBill, floor: Floor, there: Decimal, words: str) -> ChargeBill:
    noun = bill.noun
    least, of_included = _least_users(bill, floor)
    agreed = noun.short_of(agreed_number(bill, floor.minimum_users or 0, floor.in_part_periods))
    wanted = f"{agreed}{of_included}{said_share(bill, floor.in_part_periods)}"
    lacking = f"{number_in_words(least)} − {number_in_words(there)} = {noun.short_of(least - there)}"
    said = f"Shortfall to the floor of {wanted}: {lacking}, "
    lines = _shortfall_lines(bill, floor, there, least, said) if least > there else []
    counted = {kept_users(STEP): max(there, least)} if floor.per == "cycle" else {}
    if not lines:
        arithmetic = f"not needed: {noun.short_of(there)}, the floor is {wanted}"
        return bill.after(STEP, [], words=words, arithmetic=arithmetic, counted=counted)
    return bill.after(STEP, lines, words=words, arithmetic=f"{lacking}; {multiplied_out(lines)}", counted=counted)


def _shortfall_lines(bill: ChargeBill, floor: Floor, there: Decimal, least: Decimal, said: str) -> list[RatedLine]:
    """Price what is missing; nothing where the least number of users costs no more than those that are there."""
    noun, agreed = bill.noun, floor.shortfall_unit_price
    if agreed is None and floor.per == "cycle" and goes_by_amounts(bill):
        return missing_to_amount(bill, least, part=STEP, kind=STEP, words=said)
    lines = []
    parts = price_missing(bill, there=there, least=least, unit_price=agreed, per=floor.per)
    for part in parts:
        of_them = f"of them {number_in_words(part.quantity)} " if len(parts) > 1 else ""
        how = f"at the price of {noun.article} {noun.one}" if bill.price.has_one_price else part.words
        lines.append(
            missing_line(
                bill,
                part=part,
                part_key=f"floor/{part.part}" if len(parts) > 1 else STEP,
                kind=STEP,
                words=f"{said}{of_them}{how if agreed is None else part.words}",
                per=floor.per,
            )
        )
    return lines


def _lift_amount(bill: ChargeBill, floor: Floor, there: Decimal, words: str) -> ChargeBill:
    least = agreed_amount(bill, floor.minimum_amount or Decimal(0), floor.in_part_periods)
    if there >= least:
        return bill.after(
            STEP, [], words=words, arithmetic=f"not needed: {grouped(there)}, the floor is {grouped(least)}"
        )
    of_term = " for the term" if floor.per == "term" else ""
    share = said_share(bill, floor.in_part_periods)
    line: RatedLine = bill.line(
        part=STEP,
        kind=STEP,
        quantity=Decimal(1),
        unit_price=exact_difference(least, there),
        words=f"Shortfall to the floor of {bill.money(least)}{of_term}{share}: {grouped(least)} − {grouped(there)}",
    )
    return bill.after(STEP, [line], words=words, arithmetic=f"{grouped(least)} − {grouped(there)}")
