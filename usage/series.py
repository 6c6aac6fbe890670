"""The daily series of active users that a contract bills: the days that were reported, quiet ones as zero.

A counter cannot say whether a day without anybody was quiet or not reported; coverage can. A day that an instance owes
and has not reported is left out, of the series of that instance, or of the one of all instances together.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from rollcall.period import Period
from rollcall.terms.instances import PEAK_THEN_SUM, PEOPLE
from usage.queries.coverage import Coverage, DayState, InstanceCoverage

Daily = Mapping[str, int]


def series_of(
    *,
    across_instances: str,
    covered: Coverage,
    period: Period,
    daily: Daily,
    by_instance: Mapping[str, Daily],
) -> dict[str, dict[str, int]]:
    """Return the series by the name of the instance, or by "" of all instances together.

    ``daily`` are people by day, however many instances they used; ``by_instance`` the same of each instance, by what
    evidence calls it. An instance that owes no day of the period has no series.
    """
    owed = {one: {day.day for day in one.days if period.contains(day.day)} for one in covered.instances}
    missing = {one: {day.day for day in one.days if day.state is DayState.MISSING} for one in covered.instances}
    if across_instances == PEAK_THEN_SUM:
        found = {
            one.instance.name: _numbers(of_instance(by_instance, one), owed[one] - missing[one])
            for one in covered.instances
            if owed[one] - missing[one]
        }
        return {**found, **_of_no_instance(by_instance, covered.instances, found)}
    days = set().union(*owed.values()) - set().union(*missing.values())
    if across_instances == PEOPLE:
        return {"": _numbers(daily, days)} if days else {}
    added: dict[str, int] = {}
    for series in by_instance.values():
        for day, users in series.items():
            added[day] = added.get(day, 0) + users
    return {"": _numbers(added, days)} if days else {}


def of_instance(by_instance: Mapping[str, Daily], one: InstanceCoverage) -> Daily:
    """Return the numbers of an instance; evidence calls it by its public id unless the export has names of its own."""
    return by_instance.get(one.instance.public_id, {})


def _numbers(daily: Daily, days: Iterable[date]) -> dict[str, int]:
    return {day.isoformat(): daily.get(day.isoformat(), 0) for day in sorted(days)}


def _of_no_instance(
    by_instance: Mapping[str, Daily], instances: Iterable[InstanceCoverage], taken: Mapping[str, object]
) -> dict[str, dict[str, int]]:
    """Return the series of what an export itself calls an instance: the days on which anybody was active there."""
    known = {one.instance.public_id for one in instances}
    return {name: dict(daily) for name, daily in by_instance.items() if name not in known and name not in taken}
