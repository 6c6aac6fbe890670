"""Limits and estimates in users where nobody can say what one of these users costs: refused, with the cure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from rollcall.terms.charges import Charge
from rollcall.terms.commitments import Commitment
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.metrics import AnyMetric
from rollcall.terms.priced import PriceModel
from rollcall.terms.quantities.each_day_alone import EachDayAlone
from rollcall.terms.rules import GapRule
from rollcall.terms.seats import SeatsMetric


def refuse_users_without_price(
    paths: Mapping[str, str],
    *,
    charges: Mapping[str, Charge],
    metrics: Mapping[str, AnyMetric],
    gap_rule: GapRule,
    currency: str,
) -> None:
    """Refuse what counts users beside a price that is not made of users of a period.

    `paths` are where terms write each charge. Raises TermsRefused.
    """
    for key, charge in charges.items():
        inner, metric = Fields({}, paths[key]), metrics.get(charge.metric or "")
        is_alone = isinstance(getattr(metric, "calculation", None), EachDayAlone)
        for limit in sorted(charge.limits.counting_users):
            _refuse_limit(inner, limit, charge.price, is_alone=is_alone)
        commitment = charge.limits.commitment
        if commitment is not None and commitment.is_in_users and commitment.overage.factor is not None:
            by_days = isinstance(metric, SeatsMetric) and metric.calculation is None
            _refuse_factor(inner, commitment, charge.price, currency, by_days=by_days)
        if gap_rule.estimates and not isinstance(metric, SeatsMetric):
            _refuse_estimate(key, charge.price, is_alone=is_alone)


def _refuse_limit(fields: Fields, limit: str, price: PriceModel, *, is_alone: bool) -> None:
    if is_alone:
        raise fields.refuse(
            limit,
            "counts the users of a whole period, and the metric prices every day alone, so that nobody can say on "
            'which days they are; write an amount, or another calculation, such as "max".',
        )
    if price.needs_events:
        raise fields.refuse(
            limit, "counts a quantity, and this price looks at single events, of which it is not said; write an amount."
        )


def _refuse_factor(fields: Fields, commitment: Commitment, price: PriceModel, currency: str, *, by_days: bool) -> None:
    if by_days and not price.has_one_price:
        raise fields.refuse(
            "commitment.overage.factor",
            "multiplies the price of the seats above, and seats that change inside a period are priced by their days, "
            'so that nobody can say their tier; write a "unit_price", or a calculation of the metric, such as "max".',
        )
    if commitment.overage.factor != 1 and _falls_above(commitment, price, currency):
        raise fields.refuse(
            "commitment.overage.factor",
            f"multiplies what more users cost, and they can cost less than nothing: "
            f'{price.warnings(currency)[0]} Write a "unit_price" for the overage.',
        )


def _falls_above(commitment: Commitment, price: PriceModel, currency: str) -> bool:
    """Whether more than what is drawn can cost less. That is known only where every cycle promises the same."""
    is_known = commitment.per == "cycle" and commitment.in_part_periods == "whole"
    falls = price.warnings(currency)
    return bool(falls) and (not is_known or price.falls_after(Decimal(commitment.quantity or 0)))


def _refuse_estimate(key: str, price: PriceModel, *, is_alone: bool) -> None:
    if price.needs_events or (is_alone and not price.has_one_price):
        what = "single events" if price.needs_events else "every day alone"
        raise TermsRefused(
            "gap_rule",
            f"estimates users of a whole period, and {key} prices {what}, so that nobody can say what they cost; "
            'use "bill_known", or hold until a person decides.',
        )
