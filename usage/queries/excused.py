"""The days that people left out of a contract's quantities, as USAGE.json writes decisions."""

from typing import Any

from licenses.models import Contract
from rollcall.period import Period
from usage.models import ExcusedDay


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
