"""Spans of days, the billing cycle that tiles a contract's term, and the zone that says when a day begins.

A `Period` is half-open: it ends before its `end`. A `BillingCycle` counts from an anchor that never moves, so the 31st
comes back after February. A day begins at the first instant at which the calendar of its zone shows it: not every zone
has a midnight on every day, and some have skipped a whole day. Zones come from the `tzdata` package alone, never from
the machine, so that two machines with the same version agree; `TZDATA_VERSION` names it.
"""

from __future__ import annotations

import calendar
import importlib
import importlib.resources
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

TZDATA_VERSION: str = str(importlib.import_module("tzdata").IANA_VERSION)

_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
MONTH_NAMES = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CYCLE_UNITS = (*_MONTHS, "days")
_ONE_DAY = timedelta(days=1)
# The longest cycle, so that the boundaries around every term are days of the calendar.
_MOST_MONTHS, _MOST_DAYS = 1_200, 36_525


class UnknownZone(ValueError):
    """The text is not the name of a time zone."""


class EmptyPeriod(ValueError):
    """A period that would end on or before the day on which it starts."""


class BadCycle(ValueError):
    """A billing cycle that nobody can count."""


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all time zones that the bundled data knows."""
    listed = importlib.resources.files("tzdata").joinpath("zones").read_text(encoding="ascii")
    return frozenset(listed.split()) - {"Factory", "localtime"}


@cache
def zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name such as "Europe/Berlin". Raises UnknownZone."""
    if name not in zone_names():
        raise UnknownZone(f"There is no time zone '{name}'; use a name such as Europe/Berlin or UTC.")
    with importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


@lru_cache(maxsize=65536)
def day_start(day: date, zone_name: str) -> datetime:
    """Return the first instant, in UTC, at which the calendar of the zone shows this day or a later one."""
    local = datetime.combine(day, time(), tzinfo=zone(zone_name))
    earlier, later = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if earlier <= later:
        return earlier
    # The clock jumped over midnight: the day begins at the jump, which lies between the two readings.
    before, after = later, earlier
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone(zone_name)).date() < day:
            before = middle
        else:
            after = middle
    return before if before.astimezone(zone(zone_name)).date() >= day else after


def civil_day(instant: datetime, zone_name: str) -> date:
    """Return the day of the zone on which an aware instant falls: the last day that has begun by then."""
    if instant.tzinfo is None:
        raise ValueError("An instant needs a zone; a naive time names none.")
    day = instant.astimezone(zone(zone_name)).date()
    # Until 2011 a few zones put their clock back over midnight, so that a day was shown, left and shown again.
    return day + _ONE_DAY if day_start(day + _ONE_DAY, zone_name) <= instant else day


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """The days from `start` up to but not including `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise EmptyPeriod(f"A period from {self.start} to {self.end} holds no day; its end is the day after it.")

    def __str__(self) -> str:
        return f"{self.start}/{self.end}"

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Period:
        """Read {"start", "end"}, whatever else stands there. Raises KeyError or ValueError."""
        return cls(date.fromisoformat(document["start"]), date.fromisoformat(document["end"]))

    @property
    def days(self) -> int:
        """How many civil days the period has, whatever the clocks did."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        return self.end - _ONE_DAY

    def each_day(self) -> Iterator[date]:
        """Yield the days of the period in order."""
        return (self.start + timedelta(days=number) for number in range(self.days))

    def contains(self, other: date | Period) -> bool:
        """Return whether a day, or a whole other period, lies in this one."""
        if isinstance(other, Period):
            return self.start <= other.start and other.end <= self.end
        return self.start <= other < self.end

    def overlaps(self, other: Period) -> bool:
        """Return whether at least one day lies in both."""
        return self.start < other.end and other.start < self.end

    def intersection(self, other: Period) -> Period | None:
        """Return the days that lie in both, or None."""
        if not self.overlaps(other):
            return None
        return Period(max(self.start, other.start), min(self.end, other.end))

    def instants(self, zone_name: str) -> tuple[datetime, datetime]:
        """Return the half-open span of instants of these days in a zone, as two aware times in UTC."""
        return day_start(self.start, zone_name), day_start(self.end, zone_name)

    def words(self, zone_name: str | None = None) -> str:
        """Return the period as people write it: "1 to 30 Sep 2026 (Europe/Berlin)"; the last day is included."""
        first, last = self.start, self.last_day
        year, month = f" {first.year}", f" {MONTH_NAMES[first.month]}"
        if first.year == last.year:
            year = ""
            if first.month == last.month:
                month = ""
        closing = f"{last.day} {MONTH_NAMES[last.month]} {last.year}"
        text = closing if first == last else f"{first.day}{month}{year} to {closing}"
        return f"{text} ({zone_name})" if zone_name else text


@dataclass(frozen=True, slots=True)
class BillingCycle:
    """How often is billed: `length` months, quarters, half-years, years or days, counted from the anchor.

    The anchor never moves. A month that lacks the anchor's day ends with its last day instead, and the next month has
    the anchor's day again. An anchor on the first of a month makes calendar months; any other day an anniversary.
    """

    unit: str
    anchor: date
    length: int = 1

    def __post_init__(self) -> None:
        if self.unit not in CYCLE_UNITS:
            raise BadCycle(f"'{self.unit}' is not a unit of a billing cycle; use {', '.join(CYCLE_UNITS)}.")
        if self.length < 1:
            raise BadCycle(f"A billing cycle has at least one {self.unit}, not {self.length}.")
        if self.length > (_MOST_DAYS if self.unit == "days" else _MOST_MONTHS // _MONTHS[self.unit]):
            raise BadCycle(
                f"A billing cycle has at most 100 years, {_MOST_MONTHS:,} months or {_MOST_DAYS:,} days; choose a "
                "shorter length."
            )

    def boundary(self, number: int) -> date:
        """Return the first day of a cycle; number 0 starts on the anchor, negative numbers lie before it."""
        if self.unit == "days":
            return self.anchor + timedelta(days=number * self.length)
        months = self.anchor.year * 12 + self.anchor.month - 1 + number * self.length * _MONTHS[self.unit]
        year, month = divmod(months, 12)
        return date(year, month + 1, min(self.anchor.day, calendar.monthrange(year, month + 1)[1]))

    def number_of(self, day: date) -> int:
        """Return the number of the cycle in which a day lies."""
        if self.unit == "days":
            return (day - self.anchor).days // self.length
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        number = months // (self.length * _MONTHS[self.unit])
        # The division sees months only: the day may lie in that month but before its boundary.
        return number if self.boundary(number) <= day else number - 1

    def period(self, number: int) -> Period:
        """Return a whole cycle by its number."""
        return Period(self.boundary(number), self.boundary(number + 1))

    def period_of(self, day: date) -> Period:
        """Return the whole cycle in which a day lies."""
        return self.period(self.number_of(day))

    def after(self, period: Period) -> Period:
        """Return the whole cycle that follows."""
        return self.period_of(period.end)

    def before(self, period: Period) -> Period:
        """Return the whole cycle before."""
        return self.period_of(period.start - _ONE_DAY)

    def periods(self, term: Period) -> tuple[Period, ...]:
        """Return the cycles that tile a term; the first and the last are cut where the term starts or ends in them."""
        first, last = self.number_of(term.start), self.number_of(term.last_day)
        whole = (self.period(number) for number in range(first, last + 1))
        return tuple(part for period in whole if (part := period.intersection(term)))

    def noun(self) -> str:
        """Return one word for a cycle, as in "each month"; "cycle" where there is none."""
        return self.unit.replace("_", "-") if self.length == 1 and self.unit != "days" else "cycle"

    def words(self) -> str:
        """Return the cycle with its start: "calendar month", "month from the 15th", "30 days from 1 Jan 2026"."""
        start = f"{self.anchor.day} {MONTH_NAMES[self.anchor.month]}"
        if self.unit == "days":
            return f"{self.length} {'day' if self.length == 1 else 'days'}, counted from {start} {self.anchor.year}"
        months = _MONTHS[self.unit]
        if self.length == 1 and self.anchor.day == 1 and (self.anchor.month - 1) % months == 0:
            return "calendar " + self.unit.replace("_", "-")
        if self.unit == "month" and self.length == 1:
            clamp = " (in a shorter month from its last day)" if self.anchor.day > 28 else ""
            return f"month from the {_ordinal(self.anchor.day)}{clamp}"
        return f"{self.length * months} months, counted from {start} {self.anchor.year}"


def _ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
