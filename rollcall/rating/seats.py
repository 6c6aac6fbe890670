"""Seats of a period: from the terms alone, in parts where their number changes inside it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from rollcall.counting.aggregates import reduce_daily
from rollcall.money import number_in_words
from rollcall.period import Period
from rollcall.rating.given import Amount
from rollcall.rating.measured import Measured, Part
from rollcall.terms.calculations import MOST_DECIMALS, rounded
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.proration import part_of
from rollcall.terms.seats import SeatsMetric


def measure_seats(
    *, terms: ContractTerms, metric: SeatsMetric, period: Period, given: Amount | None, path: str
) -> Measured:
    """Return the seats of a period. A quantity that is given must be what the terms say. Raises TermsRefused."""
    measured = _measured(terms, metric, period)
    if given is not None and given.quantity != measured.quantity:
        raise TermsRefused(
            f"{path}.quantity",
            f"the terms have {metric.noun.of(measured.quantity)} in {period.words()}, not "
            f"{number_in_words(given.quantity)}; seats are bought in the terms.",
        )
    return measured


def _measured(terms: ContractTerms, metric: SeatsMetric, period: Period) -> Measured:
    daily = metric.daily(period=period, term=terms.term)
    if metric.calculation is not None:
        reduced = reduce_daily(calculation=metric.calculation, daily=daily, period=period)
        return Measured(quantity=reduced.quantity, words=reduced.words, tier_at=reduced.tier_at, alone=reduced.alone)
    spans = []
    for seats, group in groupby(daily.items(), key=lambda entry: entry[1]):
        days = [day for day, _ in group]
        spans.append((Period(days[0], days[-1] + timedelta(days=1)), seats))
    if len(spans) == 1:
        return Measured(quantity=Decimal(spans[0][1]))
    parts = tuple(
        Part(
            key=span.start.isoformat(),
            span=span,
            quantity=Decimal(seats),
            share=part_of(period=span, whole=period, day_count=terms.day_count, timezone=terms.timezone),
            words=f"{span.words()}",
        )
        for span, seats in spans
    )
    mean = sum((Fraction(part.quantity) * part.share for part in parts), Fraction(0))
    said = ", ".join(f"{metric.noun.of(seats)} {span.words()}" for span, seats in spans)
    return Measured(quantity=rounded(mean, "half_up", MOST_DECIMALS), words=said, parts=parts)
