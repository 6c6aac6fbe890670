"""The trial: what a charge comes to on days that cost nothing is taken off, on a visible line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from rollcall.period import Period
from rollcall.rating.lines import WHOLE, ChargeBill, multiplied_out
from rollcall.terms.calculations import day_in_words
from rollcall.terms.proration import part_of


def take_off_trial(bill: ChargeBill, until: date) -> ChargeBill:
    """Take off the part of the charge that falls on the days before `until`; it comes after every limit of the charge.

    A trial that is over leaves the bill as it is.
    """
    if until <= bill.period.start:
        return bill
    share, end = WHOLE, min(until, bill.period.end)
    if end < bill.period.end:
        share = _part(bill, Period(bill.period.start, end))
    words = f"The days before {day_in_words(until)} are a trial and cost nothing."
    so_far = bill.own_amount
    if so_far <= 0:
        return bill.after("trial", [], words=words, arithmetic="nothing to take off")
    days = Period(bill.period.start, end)
    line = bill.line(
        part="trial",
        kind="trial",
        quantity=Decimal(-1),
        unit_price=so_far,
        words=f"Trial, {days.words()}: these days cost nothing",
        share=share,
    )
    return bill.after("trial", [line], words=words, arithmetic=multiplied_out([line]))


def _part(bill: ChargeBill, span: Period) -> Fraction:
    terms = bill.terms
    return part_of(period=span, whole=bill.period, day_count=terms.day_count, timezone=terms.timezone)
