"""The days that people left out of a contract's quantities, for USAGE.json and for the people who decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from licenses.models import Contract
from rollcall.period import Period
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.metrics import AnyMetric
from usage.models import ExcusedDay


def is_made_of_days(metric: AnyMetric) -> bool:
    """Whether the quantity of a metric is made of the numbers of days, so that one of them can be left out."""
    return not isinstance(metric, ActionMetric) and metric.calculation is not None


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A day that is left out now, by which word, and of which metrics' quantities."""

    day: date
    word: ExcusedDay
    metrics: tuple[str, ...]


def days_left_out(*, contract: Contract, metrics: Iterable[str], period: Period | None = None) -> list[LeftOut]:
    """Return the days that are left out of the quantities of these metrics, the newest day first.

    Of several words about one day and metric the last one is valid; a word may be of one metric or of all.
    """
    rows = ExcusedDay.objects.filter(contract=contract).order_by("pk")
    if period is not None:
        rows = rows.filter(day__gte=period.start, day__lt=period.end)
    names = sorted(set(metrics))
    valid = {(row.day, name): row for row in rows for name in names if row.metric_name in ("", name)}
    words: dict[int, LeftOut] = {}
    for (day, name), row in sorted(valid.items(), key=lambda entry: entry[0]):
        if row.is_excused:
            before = words.get(row.pk)
            words[row.pk] = LeftOut(day=day, word=row, metrics=(*(before.metrics if before else ()), name))
    return sorted(words.values(), key=lambda one: (one.day, one.word.pk), reverse=True)


def excused_days(*, contract: Contract, period: Period, metric_name: str) -> list[dict[str, Any]]:
    """Return the decisions about days of a period for one metric, one for each reason and person, in order of days."""
    rows = ExcusedDay.objects.filter(
        contract=contract,
        metric_name__in=("", metric_name),
        day__gte=period.start,
        day__lt=period.end,
    ).order_by("day", "pk")
    last = {row.day: row for row in rows}
    decisions: dict[tuple[str, str], list[str]] = {}
    for day, row in last.items():
        if row.is_excused:
            decisions.setdefault((row.reason, row.decided_by), []).append(day.isoformat())
    return [
        {"excused_days": days, "reason": reason, "decided_by": by, "metric": metric_name}
        for (reason, by), days in decisions.items()
    ]
