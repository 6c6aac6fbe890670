"""What terms must say about time, and how they say it: in advance, parts of a cycle, trials, changes inside a cycle."""

from __future__ import annotations

from collections.abc import Mapping

from rollcall.period import BillingCycle, Period
from rollcall.terms.charges import Charge
from rollcall.terms.fields import Fields
from rollcall.terms.metrics import AnyMetric
from rollcall.terms.part_periods import AMOUNT, FACTOR
from rollcall.terms.proration import DAY_COUNT_WORDS, refuse_uneven_months
from rollcall.terms.seats import SeatsMetric
from rollcall.terms.single_ones import refuse_single_ones
from rollcall.terms.trials import refuse_trial

MID_CYCLE_WORDS: Mapping[str, str] = {
    "next_cycle": "A change of price or limits begins with the next cycle.",
    "whole_cycle": "A change of price or limits inside a {cycle} holds for the whole of this {cycle}.",
    "by_days": "A change of price or limits inside a {cycle} is rated by days: users are counted once over the "
    "{cycle}, rated under the terms before and after, and each result has the weight of its days.",
}


def is_known_in_advance(charge: Charge, metrics: Mapping[str, AnyMetric]) -> bool:
    """Whether a charge needs no usage: a fixed one, or seats that are bought in the terms."""
    return charge.metric is None or isinstance(metrics.get(charge.metric), SeatsMetric)


def refuse_time(
    paths: Mapping[str, str],
    *,
    charges: Mapping[str, Charge],
    metrics: Mapping[str, AnyMetric],
    term: Period,
    cycle: BillingCycle,
    day_count: str,
) -> None:
    """Refuse charges whose bill could be read in two ways, or not at all, because of time. Raises TermsRefused.

    `paths` says where terms write each charge.
    """
    refuse_uneven_months(day_count, cycle, term)
    for key, charge in charges.items():
        inner = Fields({}, paths[key])
        is_known = is_known_in_advance(charge, metrics)
        if charge.bill == "in_advance" and not is_known:
            raise inner.refuse("bill", 'what is used is known when the cycle is over; use "in_arrears".')
        if is_known and charge.timing.in_part_periods is None and has_part_periods(term, cycle):
            raise inner.refuse(
                "in_part_periods",
                'must be stated, because the term begins or ends inside a cycle: "reduced" bills the share of days, '
                '"whole" the whole price.',
            )
        charge.timing.refuse_rounding(inner, day_count)
        if has_part_periods(term, cycle):
            _refuse_rounded_rate(inner, charge)
        metric = metrics.get(charge.metric or "")
        if charge.included.quantity and isinstance(metric, SeatsMetric) and metric.calculation is None:
            raise inner.refuse("included", "is for what is used; leave free seats out of the number that is bought.")
        refuse_single_ones(inner, charge, metric)
        refuse_trial(inner, charge, metric, term=term, cycle=cycle)


def has_part_periods(term: Period, cycle: BillingCycle) -> bool:
    """Whether the term begins or ends inside a cycle."""
    return not all(term.contains(cycle.period_of(day)) for day in (term.start, term.last_day))


def time_sentences(
    charges: Mapping[str, Charge],
    metrics: Mapping[str, AnyMetric],
    *,
    term: Period,
    cycle: BillingCycle,
    day_count: str,
) -> list[str]:
    """Say when charges are billed in advance, and how a part of a cycle is measured where anything is reduced by it."""
    noun, said = cycle.noun(), []
    advance = [key for key, charge in charges.items() if charge.bill == "in_advance"]
    if advance:
        which = "Every charge" if len(advance) == len(charges) else " and ".join(advance)
        said.append(f"{which} is billed in advance, for each {noun} from its first day on.")
    reduced = any(charge.timing.is_reduced for charge in charges.values()) and has_part_periods(term, cycle)
    if reduced or any(isinstance(metric, SeatsMetric) for metric in metrics.values()):
        said.append(f"A part of a {noun} is {DAY_COUNT_WORDS[day_count].format(cycle=noun)}.")
    return said


def _refuse_rounded_rate(fields: Fields, charge: Charge) -> None:
    """Refuse to round the price of one where single events have a least and a most: the rounded rate would miss them.

    A factor of four decimals is the same for every line, so that an event never falls below zero.
    """
    if charge.timing.is_reduced and charge.price.needs_events and charge.timing.parts_rounded not in (AMOUNT, FACTOR):
        raise fields.refuse(
            "parts_rounded",
            f'"{charge.timing.parts_rounded}" rounds the price of one, and this price looks at what single events '
            f'cost; use "{AMOUNT}" or "{FACTOR}".',
        )
