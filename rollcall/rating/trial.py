"""The trial: what a charge comes to on days that cost nothing is taken off, on a visible line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from rollcall.money import grouped, round_fraction
from rollcall.period import Period
from rollcall.rating.lines import WHOLE, ChargeBill, RatedLine, multiplied_out, share_in_words
from rollcall.rating.measured import Part
from rollcall.rating.so_far import nothing_counted
from rollcall.terms.calculations import day_in_words
from rollcall.terms.fields import TermsRefused
from rollcall.terms.priced import total_of
from rollcall.terms.proration import part_of
from rollcall.terms.trials import refuse_changing_seats

STEP = "trial"


def take_off_trial(bill: ChargeBill, until: date, span: Period, *, later: Sequence[str] = ()) -> ChargeBill:
    """Take off what the days of `span` before `until` cost; it comes after every limit of the charge.

    `span` are the days for which the bill stands where the terms changed inside the period, else the whole period.
    `later` are the limits that the terms put behind credits, and so behind the trial.

    A trial that is over leaves the bill as it is; a period that is all trial counts towards nothing that holds over the
    term. Raises TermsRefused where the days of the trial have no cost of their own.
    """
    if bill.period.start < until < bill.period.end:
        _refuse_uneven(bill, span)
    if until <= span.start:
        return bill
    if later:
        raise TermsRefused(
            "steps",
            f'"{later[0]}" of charges.{bill.key} comes after "credits" and would bill days of the trial; let "credits" '
            "be the last step.",
        )
    days = Period(span.start, min(until, span.end))
    words = f"The days before {day_in_words(until)} are a trial and cost nothing."
    if until >= bill.period.end:
        if bill.limits.over_term:
            words = f"{words} Nothing of this {bill.cycle} counts towards what holds over the term."
        bill = replace(bill, counted=nothing_counted())
    if bill.own_amount <= 0:
        return bill.after(STEP, [], words=words, arithmetic="nothing to take off")
    is_uneven = bill.measured.parts and days != span
    line = _by_seats(bill, days) if is_uneven else _even(bill, days, span)
    return bill.after(STEP, [line], words=words, arithmetic=multiplied_out([line]))


def _refuse_uneven(bill: ChargeBill, span: Period) -> None:
    """Refuse a trial that ends inside a period in which seats change and something is of the whole period."""
    parts = bill.measured.parts
    if not parts or bill.charge is None:
        return
    path = f"charges.{bill.key}.trial_until"
    refuse_changing_seats(path, bill.charge, [part.quantity for part in parts])
    if span != bill.period:
        raise TermsRefused(
            path,
            f"must be the first day of a cycle: in {bill.period.words()} both the number of seats and the terms "
            "change, so that its days have no price of their own.",
        )


def _even(bill: ChargeBill, days: Period, span: Period) -> RatedLine:
    """Take off the share of the days where every day costs the same."""
    return bill.line(
        part=STEP,
        kind=STEP,
        quantity=Decimal(-1),
        unit_price=bill.own_amount,
        words=f"Trial, {days.words()}: these days cost nothing",
        share=WHOLE if days == span else _share(bill, days, span),
        share_of="" if span == bill.whole_cycle else f"what {span.words()} costs",
    )


def _by_seats(bill: ChargeBill, days: Period) -> RatedLine:
    """Take off what the seats of the days cost, as a part of what those of all days of the period cost."""
    costs = [(part, Fraction(total_of(bill.price.price(part.quantity, bill.noun)))) for part in bill.measured.parts]
    whole = sum((cost * part.share for part, cost in costs), Fraction(0))
    free = sum((cost * _shared(bill, part, days) for part, cost in costs), Fraction(0))
    share = free / whole if whole else Fraction(0)
    return bill.line(
        part=STEP,
        kind=STEP,
        quantity=Decimal(-1),
        unit_price=round_fraction(Fraction(bill.own_amount) * share, bill.terms.currency),
        words=f"Trial, {days.words()}: these days cost nothing; by the {bill.noun.many} of each day "
        f"{grouped(bill.own_amount)} × {share_in_words(share)}",
    )


def _shared(bill: ChargeBill, part: Part, days: Period) -> Fraction:
    """Return which share of the period those days of a part are that belong to the trial."""
    common = part.span.intersection(days)
    return Fraction(0) if common is None else _share(bill, common, bill.period)


def _share(bill: ChargeBill, days: Period, whole: Period) -> Fraction:
    terms = bill.terms
    return part_of(period=days, whole=whole, day_count=terms.day_count, timezone=terms.timezone)
