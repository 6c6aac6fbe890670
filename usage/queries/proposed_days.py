"""The days that a file is proposed to cover: those of the rows that can count, without rows far from all others."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from ground.presentation import format
from licenses.models import Instance
from licenses.queries import NothingAgreed, agreed_days
from rollcall.period import EmptyPeriod, Period, civil_day
from usage.models import UsageReport
from usage.queries.look_back import look_back_of

A_DAY = timedelta(days=1)
# Nobody exports usage with a hole of more than a month in it, unless a date is wrong.
FAR = timedelta(days=31)
# Fewer than one row in twenty are strays; more of them may be another part of the file, so a person is asked.
STRAY_SHARE = 20


@dataclass(frozen=True, kw_only=True)
class ProposedDays:
    """What a form begins with: the days, None where a person has to state them, and what there is to say about them."""

    covers: Period | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Days of the file, and how many rows were seen on them."""

    days: Period
    rows: int


def proposed_days(*, report: UsageReport, zone: str) -> ProposedDays:
    """Return the days that a file which was looked at is proposed to cover, in the zone of its contract."""
    seen = [_in_zone(one["first"], one["last"], one["rows"], zone) for one in _seen(report)]
    if not seen:
        return ProposedDays(covers=None)
    allowed = _days_that_can_count(report, zone)
    inside = [_Rows(days=days, rows=one.rows) for one in seen if (days := one.days.intersection(allowed)) is not None]
    outside = [days for one in seen for days in _beyond(one.days, allowed)]
    notes = [_about_outside(report.instance, outside, allowed)] if outside else []
    if not inside:
        return ProposedDays(covers=None, notes=tuple(notes))
    groups = _apart(inside)
    largest = max(groups, key=lambda group: group.rows)
    others = [group for group in groups if group is not largest]
    if not others:
        return ProposedDays(covers=largest.days, notes=tuple(notes))
    if sum(group.rows for group in others) * STRAY_SHARE <= sum(group.rows for group in groups):
        return ProposedDays(covers=largest.days, notes=(*notes, _about_strays(others, largest)))
    return ProposedDays(covers=None, notes=(*notes, _about_groups(groups)))


def first_day_of(instance: Instance) -> date | None:
    """Return the first day that a file of an instance can cover; None while no contract says one.

    Where the terms look back before the start, usage of those days counts, and so may be covered.
    """
    try:
        begins = max(agreed_days(contract=instance.contract).start, instance.reports_from)
        return begins - look_back_of(contract=instance.contract)
    except NothingAgreed:
        return None


def _seen(report: UsageReport) -> Sequence[dict[str, object]]:
    """Return the runs of days in the file; a file that was looked at before they were noted has its two ends."""
    sniffed = report.sniffed or {}
    if "seen" in sniffed:
        return list(sniffed["seen"])
    if not sniffed.get("first_at") or not sniffed.get("last_at"):
        return []
    return [{"first": sniffed["first_at"], "last": sniffed["last_at"], "rows": 1}]


def _in_zone(first: object, last: object, rows: object, zone: str) -> _Rows:
    start, end = (civil_day(datetime.fromisoformat(str(text)), zone) for text in (first, last))
    return _Rows(days=Period(start, end + A_DAY), rows=int(str(rows)))


def _days_that_can_count(report: UsageReport, zone: str) -> Period:
    """Return the days of the contract on which the instance reports, up to the day on which the file came in."""
    instance = report.instance
    first = first_day_of(instance) or instance.reports_from
    ends = [civil_day(report.received_at, zone) + A_DAY]
    if instance.reports_until is not None:
        ends.append(instance.reports_until)
    with suppress(NothingAgreed):
        ends.append(agreed_days(contract=report.contract).end)
    # An instance that begins tomorrow: no day can count, and every row lies outside.
    return Period(first, max(min(ends), first + A_DAY))


def _beyond(days: Period, allowed: Period) -> Iterable[Period]:
    for start, end in ((days.start, min(days.end, allowed.start)), (max(days.start, allowed.end), days.end)):
        try:
            yield Period(start, end)
        except EmptyPeriod:
            continue


def _apart(found: Sequence[_Rows]) -> list[_Rows]:
    """Return the groups between which more than a month lies."""
    groups = [found[0]]
    for before, one in pairwise(found):
        if one.days.start - before.days.last_day > FAR:
            groups.append(one)
        else:
            last = groups.pop()
            groups.append(_Rows(days=Period(last.days.start, one.days.end), rows=last.rows + one.rows))
    return groups


def _about_outside(instance: Instance, outside: Sequence[Period], allowed: Period) -> str:
    return (
        f"The file has rows of {_listed([days.words() for days in outside])}. For {instance.name} only "
        f"{allowed.words()} can count, so the days below leave these rows out. If their dates are wrong, correct "
        "them in the file and send it again."
    )


def _about_strays(others: Sequence[_Rows], largest: _Rows) -> str:
    return (
        f"{_listed([_told(one) for one in others])}: more than a month away from all others. The days below leave "
        f"them out. If the date is wrong, correct it in the file and send it again. Only if this file is the whole "
        f"account of the days in between too, state other days than {largest.days.words()}."
    )


def _about_groups(groups: Sequence[_Rows]) -> str:
    return (
        f"The rows lie more than a month apart: {_listed([_told(one) for one in groups])}. State the first and the "
        "last day that this file covers completely. A row outside the days that you state does not count."
    )


def _told(one: _Rows) -> str:
    return f"{format.count_of(one.rows, 'row')} of {one.days.words()}"


def _listed(texts: Sequence[str]) -> str:
    shown = list(texts[:4]) + ([f"{len(texts) - 4} other spans"] if len(texts) > 4 else [])
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
