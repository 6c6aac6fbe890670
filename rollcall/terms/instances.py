"""How the daily numbers of several instances become one quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from rollcall.money import exact_sum, number_in_words
from rollcall.terms.calculations import Calculation, Daily, Reduced
from rollcall.terms.fields import Fields

PEOPLE = "people"
PEAK_THEN_SUM = "peak_then_sum"
SUM_THEN_PEAK = "sum_then_peak"
ACROSS_INSTANCES = (PEOPLE, PEAK_THEN_SUM, SUM_THEN_PEAK)

WORDS_OF_PEOPLE = {
    PEAK_THEN_SUM: "The daily numbers of each instance are reduced on their own, then added up; a person on two "
    "instances counts on both.",
    SUM_THEN_PEAK: "The daily numbers of the instances are added day by day, then reduced; a person on two instances "
    "counts on both. A day counts when every instance has reported it.",
}
WORDS_OF_NUMBERS = {
    PEAK_THEN_SUM: "The counts of each instance are reduced on their own, then added up.",
    SUM_THEN_PEAK: "Counts of several instances are added day by day; a day counts when every instance has reported "
    "it.",
}


def read_across(fields: Fields, choices: Sequence[str], default: str) -> str:
    """Take the key `across_instances`. Raises TermsRefused."""
    return fields.choice("across_instances", choices, default=default)


def reduce_each(by_instance: Mapping[str, Daily], calculation: Calculation, days: int) -> Reduced:
    """Reduce the series of each instance and add up what they come to."""
    reduced = {name: calculation.reduce(daily, days) for name, daily in sorted(by_instance.items())}
    if len(reduced) == 1:
        return next(iter(reduced.values()))
    peaks = [found.tier_at for found in reduced.values() if found.tier_at is not None]
    alone = tuple(number for found in reduced.values() for number in found.alone)
    total = exact_sum(found.quantity for found in reduced.values())
    parts = "; ".join(f"{name} {found.words}" for name, found in reduced.items())
    added = " + ".join(number_in_words(found.quantity) for found in reduced.values())
    words = f"{parts}; {added} = {number_in_words(total)}"
    return Reduced(quantity=total, words=words, tier_at=exact_sum(peaks) if peaks else None, alone=alone)


def added_by_day(by_instance: Mapping[str, Mapping[date, int]]) -> dict[date, int]:
    """Add the instances up, for the days that each of them has."""
    series = list(by_instance.values())
    days = [day for day in series[0] if all(day in daily for daily in series)] if series else []
    return {day: sum(daily[day] for daily in series) for day in sorted(days)}
