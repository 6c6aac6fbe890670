"""A charge that changed inside a period: rated under each version, each result with the weight of its days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from rollcall.money import exact_difference, exact_product, exact_sum, grouped, round_fraction, round_half_up
from rollcall.rating.lines import ChargeBill, RatedLine, WorkingEntry, rounding_in_words, share_in_words
from rollcall.rating.versions import InForce
from rollcall.terms.charges import CONTRACT
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.limits import Limits

# The step and the kind of the line that a whole, rounded once, needs beside lines that are rounded each.
ROUNDING = "rounding"


def weigh(bills: Sequence[tuple[ChargeBill, InForce]]) -> ChargeBill:
    """Return the bills of one charge under several versions as one: every line has the weight of its version's days.

    Where limits or a trial are agreed, the whole is what the versions come to by their days, rounded once.
    Raises TermsRefused where a version keeps a balance for later periods: it would be drawn on twice.
    """
    first = bills[0][0]
    for bill, _ in bills:
        if _remembers(bill.limits) or bill.carried:
            raise _balance(bill.key, f"inside {bill.period.words()}")
    lines: list[RatedLine] = []
    working: list[WorkingEntry] = []
    for number, (bill, in_force) in enumerate(bills):
        weighed = {line.key: _weighed(bill, line, in_force, is_first=not number) for line in bill.lines}
        lines += weighed.values()
        working += [_entry(bill, entry, [weighed[key] for key in entry.keys], in_force) for entry in bill.working]
    return _rounded_once(replace(first, lines=tuple(lines), working=tuple(working)), bills)


def refuse_balances(before: ContractTerms, after: ContractTerms) -> None:
    """Refuse terms that would change by days what draws on a balance. Raises TermsRefused."""
    pairs = {key: (before.charges.get(key), after.charges.get(key)) for key in {*before.charges, *after.charges}}
    for key, sides in sorted(pairs.items()):
        if sides[0] != sides[1] and any(_remembers(side.limits) for side in sides if side is not None):
            raise _balance(key, "inside a cycle")
    if before.limits != after.limits and (_remembers(before.limits) or _remembers(after.limits)):
        raise _balance(CONTRACT, "inside a cycle")


def under(bill: ChargeBill, in_force: InForce) -> ChargeBill:
    """Return a bill whose lines name the version that holds for the whole period although it began inside it."""
    words = f"by {in_force.name}, which holds for the whole {bill.cycle}"
    lines = tuple(replace(line, words=f"{line.words}; {words}") for line in bill.lines)
    working = tuple(replace(entry, words=f"{entry.words} ({words})") for entry in bill.working)
    return replace(bill, lines=lines, working=working)


def _rounded_once(weighed: ChargeBill, bills: Sequence[tuple[ChargeBill, InForce]]) -> ChargeBill:
    """Add what the lines, each rounded, miss of the whole, where something is agreed of the whole.

    A cap, a floor or a discount that all versions have is kept so to the cent: the weighted mean of amounts that are
    all within a limit is within it.
    """
    if not any(bill.limits.is_stated or _has_trial(bill) for bill, _ in bills):
        return weighed
    parts = [(bill.own_amount, in_force.weight) for bill, in_force in bills]
    exact = sum((Fraction(amount) * weight for amount, weight in parts), Fraction(weighed.base))
    whole = exact_difference(round_fraction(exact, weighed.terms.currency), weighed.base)
    there = weighed.own_amount
    if whole == there:
        return weighed
    line = weighed.line(
        part=ROUNDING,
        kind=ROUNDING,
        quantity=Decimal(1 if whole > there else -1),
        unit_price=exact_difference(whole, there).copy_abs(),
        words=f"Rounding: {grouped(whole)} by days, rounded once, and {grouped(there)} in the lines above",
    )
    made = " + ".join(f"{grouped(amount)} × {share_in_words(weight)}" for amount, weight in parts)
    words = "What each version comes to has the weight of its days; the whole is rounded once."
    return weighed.after(ROUNDING, [line], words=words, arithmetic=f"{made} = {grouped(whole)}; less {grouped(there)}")


def _has_trial(bill: ChargeBill) -> bool:
    return bill.charge is not None and bill.charge.timing.trial_until is not None


def _weighed(bill: ChargeBill, line: RatedLine, in_force: InForce, *, is_first: bool) -> RatedLine:
    whole = Fraction(exact_product(line.quantity, line.unit_price)) * line.share
    exact = whole * in_force.weight
    amount = round_fraction(exact, bill.terms.currency)
    words = line.words.removesuffix(rounding_in_words(whole, line.amount))
    return replace(
        line,
        key=line.key if is_first else f"{line.key}@{in_force.span.start.isoformat()}",
        share=line.share * in_force.weight,
        amount=amount,
        words=f"{words}; {_days(in_force)}{rounding_in_words(exact, amount)}",
    )


def _entry(bill: ChargeBill, entry: WorkingEntry, lines: Sequence[RatedLine], in_force: InForce) -> WorkingEntry:
    return replace(
        entry,
        words=f"{entry.words} ({_days(in_force)})",
        arithmetic=f"({entry.arithmetic}) × {share_in_words(in_force.weight)}",
        amount=round_half_up(exact_sum(line.amount for line in lines), bill.terms.currency),
        keys=tuple(line.key for line in lines),
    )


def _days(in_force: InForce) -> str:
    return f"{share_in_words(in_force.weight)} by {in_force.name}, {in_force.span.words()}"


def _balance(key: str, where: str) -> TermsRefused:
    return TermsRefused(
        "limits" if key == CONTRACT else f"charges.{key}",
        f"changes {where} and keeps a balance from period to period, which cannot be drawn on by days; let the change "
        'begin with a cycle ("mid_cycle": "next_cycle").',
    )


def _remembers(limits: Limits) -> bool:
    """Whether limits take from what earlier periods left."""
    per_term = any(one is not None and one.per == "term" for one in (limits.commitment, limits.floor, limits.cap))
    return bool(limits.credits) or per_term
