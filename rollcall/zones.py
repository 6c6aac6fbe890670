"""A time zone as a table of instants, so that one pass over millions of rows needs no calendar object per row.

Instants are whole microseconds since 1970-01-01T00:00Z. The table comes from the same time-zone data as every other
zone of Rollcall (`rollcall.period.zone`), for the plain reader and for DuckDB alike; neither the machine's zones nor
DuckDB's own are asked.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rollcall.period import zone as zone_named

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1)
_ZERO = datetime(1970, 1, 1)  # noqa: DTZ001 - the zero of a clock that the zone is asked about

_MICROSECOND = timedelta(microseconds=1)

# No zone has ever changed its clocks twice within a week; a test compares with a daily probe.
PROBE = 7 * DAY
_PROBE = timedelta(days=7)

# Activity of a product lies between these; 1601, 1899, 1904 and 1970 are zeros of clocks, 2569 is a Thai year.
EARLIEST = int((datetime(1980, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) * SECOND
LATEST = int((datetime(2100, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) * SECOND


class ZoneTable(NamedTuple):
    """`starts[i]` is the instant from which `offsets[i]` (microseconds east of Greenwich) holds."""

    name: str
    starts: tuple[int, ...]
    offsets: tuple[int, ...]

    def offset_at(self, instant: int) -> int:
        """Return the offset in force at an instant."""
        return self.offsets[bisect_right(self.starts, instant) - 1]

    def local(self, instant: int) -> int:
        """Return the local clock, as microseconds since 1970-01-01T00:00 local."""
        return instant + self.offset_at(instant)

    def instants_of(self, local: int) -> tuple[int, ...]:
        """Return every instant at which the local clock shows `local`, earliest first: none, one or two."""
        middle = bisect_right(self.starts, local)
        candidates = {local - self.offsets[i] for i in range(max(0, middle - 3), min(len(self.starts), middle + 3))}
        return tuple(sorted(instant for instant in candidates if self.local(instant) == local))

    def start_of_day(self, day: date) -> int:
        """Return the first instant of a civil day, also where midnight does not exist."""
        midnight = (day - EPOCH_DAY).days * DAY
        found = self.instants_of(midnight)
        if found:
            return found[0]
        # The clock jumped over midnight: the day begins at the jump.
        return next(start for start in self.starts if self.local(start - 1) < midnight <= self.local(start))


@lru_cache(maxsize=64)
def zone_table(name: str) -> ZoneTable:
    """Return the table of a zone for all plausible instants. Raises UnknownZone."""
    zone = zone_named(name)
    # A few days before and after: a local time near the edge still finds its neighbours.
    first, end = EARLIEST - PROBE, LATEST + PROBE
    begin = _ZERO.replace(tzinfo=zone) + first * _MICROSECOND
    asked = [begin + number * _PROBE for number in range(1 + -((first - end) // PROBE))]
    # Both have the same zone, so this is the difference of what their clocks show.
    shifts = [local - at for local, at in zip(map(zone.fromutc, asked), asked, strict=True)]
    starts, offsets = [-(2**62)], [shifts[0] // _MICROSECOND]
    for number, (before, after) in enumerate(pairwise(shifts)):
        if before != after:
            starts.append(_change(zone, first + number * PROBE, first + (number + 1) * PROBE))
            offsets.append(after // _MICROSECOND)
    return ZoneTable(name=name, starts=tuple(starts), offsets=tuple(offsets))


def _offset(zone: tzinfo, instant: int) -> int:
    asked = _ZERO.replace(tzinfo=zone) + timedelta(microseconds=instant)
    return (zone.fromutc(asked) - asked) // _MICROSECOND


def _change(zone: tzinfo, before: int, after: int) -> int:
    """Return the first instant, to the second, at which the offset of `after` holds; the two differ."""
    new = _offset(zone, after)
    low, high = before, after
    # Nearly every change is at a quarter of an hour.
    for step in (15 * MINUTE, SECOND):
        if step == SECOND and _offset(zone, high - SECOND) != new:
            break
        low, high = low // step, high // step
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _offset(zone, middle * step) == new else (middle, high)
        low, high = low * step, high * step
    return high


def day_of(local: int) -> date:
    """Return the civil day of a local clock reading."""
    return EPOCH_DAY + timedelta(days=local // DAY)


def instant_text(instant: int) -> str:
    """Return an instant as ISO 8601 in UTC, without a fraction when it has none."""
    text = (EPOCH + timedelta(microseconds=instant)).isoformat()
    return text.replace("+00:00", "Z")


def instant_in_words(instant: int) -> str:
    """Return an instant as people write it: "1 Nov 2025, 00:00 UTC"."""
    at = EPOCH + timedelta(microseconds=instant)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def instant_of(moment: datetime) -> int:
    """Return an aware datetime as an instant."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def span_of_minutes(zone: ZoneTable, first: int | None, last: int | None) -> tuple[str | None, str | None]:
    """Return the instants, to the minute, of the earliest and the latest minute that a local clock showed.

    A minute that the clock showed twice is its first showing at the beginning and its second at the end.
    """
    if first is None or last is None:
        return None, None
    return instant_text(zone.instants_of(first * MINUTE)[0]), instant_text(zone.instants_of(last * MINUTE)[-1])
