"""The figures of a count, put together again from its rows, or from what it states where it has none.

What a metric makes of days and numbers is said by `rollcall.terms`; which days were reported is stated by the vendor,
for no row can tell a quiet day from one that was never reported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import rfc8785

from rollcall.counting.aggregates import reduce_daily, reduce_instances
from rollcall.evidence.counted import StoredCount
from rollcall.evidence.recount import Recounted
from rollcall.money import plain, shortest
from rollcall.rating.levels import days_of_levels
from rollcall.rating.seats import measure_seats
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.contract import ContractTerms
from rollcall.terms.instances import PEAK_THEN_SUM, PEOPLE
from rollcall.terms.metrics import Metric
from rollcall.terms.provisioned import ProvisionedMetric
from rollcall.terms.reported import ReportedMetric
from rollcall.terms.seats import SeatsMetric

Series = dict[str, dict[str, int]]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a count comes to, in the shapes of COUNT.json; None where the kind of count has no such figure."""

    active_users: int | None = None
    reported_users: int | None = None
    daily: dict[str, int] = field(default_factory=dict)
    series: Series = field(default_factory=dict)
    quantity: Decimal | None = None
    by_user: list[list[Any]] = field(default_factory=list)
    without_quantity: int = 0
    given: dict[str, Any] = field(default_factory=dict)
    digest: str = ""


def of_activity(count: StoredCount, made: Recounted) -> Figures:
    """Return the figures of a count of what people did."""
    result, metric = made.result, count.metric
    daily = _texts(result.daily_active_users)
    series: Series = {}
    quantity: Decimal | None = None
    by_user: list[list[Any]] = []
    given: dict[str, Any] = {"users": result.active_users}
    if isinstance(metric, ActionMetric) and made.added is not None:
        quantity = made.added.quantity
        # Kept only where a cap of the contract looks at single people.
        if count.said["quantity_by_user"]:
            by_user = [[plain(amount), users] for amount, users in made.added.by_user]
        given = {"quantity_by_user": by_user} if by_user else {"quantity": shortest(quantity)}
        if made.added.without_quantity:
            given["without_quantity"] = made.added.without_quantity
    elif isinstance(metric, Metric) and metric.calculation is not None:
        apart = {name: _texts(days) for name, days in made.by_instance.items()}
        series = _series(metric.across_instances, count.said["covered"], daily, apart, count.said["instances"])
        if any(series.values()):
            quantity = reduce_instances(
                calculation=metric.calculation, by_instance=_by_date(series), period=count.period
            ).quantity
        if "" in series:
            given = {"daily_users": series[""]}
        elif series:
            given = {"daily_users_by_instance": series}
    unseen = {day for days in count.said["look_back"].get("missing", {}).values() for day in days}
    return Figures(
        active_users=result.active_users,
        daily=daily,
        series=series,
        quantity=quantity,
        by_user=by_user,
        without_quantity=made.added.without_quantity if made.added is not None else 0,
        given={**given, "look_back_missing_days": len(unseen)} if unseen else given,
        digest=result.digest,
    )


def as_stated(count: StoredCount, terms: ContractTerms | None) -> Figures:
    """Return the figures of a count that has no rows, from the numbers that it states. Raises TermsRefused and others.

    `terms` are those by which it was rated; seats stand in them.
    """
    if isinstance(count.metric, ReportedMetric):
        return _reported(count, count.metric)
    if isinstance(count.metric, ProvisionedMetric):
        return _provisioned(count, count.metric)
    if isinstance(count.metric, SeatsMetric) and terms is not None:
        daily = count.metric.daily(period=count.period, term=terms.term)
        seats = measure_seats(terms=terms, metric=count.metric, period=count.period, given=None, path=count.place)
        return Figures(
            daily=_texts(daily),
            quantity=seats.quantity,
            given={"quantity": shortest(seats.quantity)},
            digest=count.metric.digest(),
        )
    raise ValueError(f"{count.place} is of a kind that nothing here can add up.")


def _series(
    across_instances: str,
    covered: Mapping[str, Iterable[str]],
    daily: Mapping[str, int],
    apart: Mapping[str, Mapping[str, int]],
    instances: Mapping[str, str],
) -> Series:
    """Return the numbers of the days that were reported; evidence names an instance by its id, or in its own words."""
    if across_instances == PEAK_THEN_SUM:
        own = {name: evidence_name for evidence_name, name in instances.items()}
        return {
            name: {day: apart.get(own.get(name, name), {}).get(day, 0) for day in sorted(days)}
            for name, days in sorted(covered.items())
        }
    if "" not in covered:
        return {}
    if across_instances == PEOPLE:
        return {"": {day: daily.get(day, 0) for day in sorted(covered[""])}}
    return {"": {day: sum(days.get(day, 0) for days in apart.values()) for day in sorted(covered[""])}}


def _reported(count: StoredCount, metric: ReportedMetric) -> Figures:
    """Add up what the reports state: every day that is billed must be the sum of its reports."""
    stated: dict[str, dict[str, int]] = {}
    for report in count.said["reported"]:
        stated.setdefault(report["instance"], {}).update(report["days"])
    series = dict(sorted(stated.items())) if metric.across_instances == PEAK_THEN_SUM else {}
    daily = {
        day: sum(numbers[day] for numbers in stated.values() if day in numbers) for day in sorted(count.said["daily"])
    }
    numbers = series or ({"": daily} if daily else {})
    quantity = Decimal(0)
    if numbers:
        quantity = reduce_instances(
            calculation=metric.calculation, by_instance=_by_date(numbers), period=count.period
        ).quantity
    users = int(quantity)
    given: dict[str, Any] = {"users": users}
    if series:
        given = {"daily_users_by_instance": series}
    elif daily:
        given = {"daily_users": daily}
    said = {"metric": metric.digest(), **_days(count), "daily": daily, "users": users}
    return Figures(
        reported_users=users, daily=daily, series=series, quantity=quantity, given=given, digest=_digest(said)
    )


def _provisioned(count: StoredCount, metric: ProvisionedMetric) -> Figures:
    levels = count.said["series"].get("", {})
    dated = {date.fromisoformat(day): users for day, users in levels.items()}
    daily = days_of_levels(levels=dated, metric=metric, period=count.period)
    quantity = reduce_daily(calculation=metric.calculation, daily=daily, period=count.period).quantity
    return Figures(
        daily={day.isoformat(): int(users) for day, users in daily.items()},
        series={"": dict(levels)},
        quantity=quantity,
        given={"levels": dict(levels)},
        digest=_digest({"metric": metric.digest(), **_days(count), "levels": levels}),
    )


def _days(count: StoredCount) -> dict[str, str]:
    return {"start": count.period.start.isoformat(), "end": count.period.end.isoformat()}


def _digest(said: dict[str, Any]) -> str:
    return f"sha256:{hashlib.sha256(rfc8785.dumps(said)).hexdigest()}"


def _texts(daily: Mapping[date, int]) -> dict[str, int]:
    return {day.isoformat(): users for day, users in sorted(daily.items())}


def _by_date(series: Mapping[str, Mapping[str, int]]) -> dict[str, dict[date, int]]:
    return {name: {date.fromisoformat(day): users for day, users in days.items()} for name, days in series.items()}
