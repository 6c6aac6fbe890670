"""Times as exporters write them, read strictly: one format per file, fractions cut, nothing guessed.

Owns the spellings of a time and the instant each one means. A time without a zone means something only in a zone that
a person has named; a date order or an epoch unit holds for a whole file. Instants are microseconds since 1970 in UTC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from rollcall.zones import DAY, EARLIEST, EPOCH_DAY, LATEST, MINUTE, SECOND, ZoneTable, day_of, zone_table

ISO = "iso8601"
DATE = "date"
ORDERED = "ordered"
EPOCH_UNITS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1, "epoch_ns": 0}
FORMATS = (ISO, DATE, ORDERED, *EPOCH_UNITS)
DATE_ORDERS = ("dmy", "mdy", "ymd")

_CLOCK = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
_ZONE = r"(Z|z|UTC|GMT|[+-][0-9:]+|[A-Za-z][A-Za-z0-9_+/ -]*)?"
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]" + _CLOCK + " ?" + _ZONE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Browsers and programs of many languages part a clock by a blank that does not break, as in "10:15:00\u202fPM".
_BLANK = "[ \u00a0\u202f]"
_ORDERED = re.compile(
    r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})"
    rf"(?:,?{_BLANK}{_CLOCK}(?:{_BLANK}?([AaPp][Mm]))?{_BLANK}?{_ZONE})?"
)
_CLOCK_ALONE = re.compile(rf"{_CLOCK}(?:{_BLANK}?[AaPp][Mm])?")
_EPOCH = re.compile(r"([0-9]{10,19})(?:\.[0-9]+)?")
_OFFSET = re.compile(r"([+-])([0-9]{2})(?::?([0-9]{2}))?")
# Blanks of any width, marks of a reading direction and the like.
_INVISIBLE = ("Zs", "Zl", "Zp", "Cf", "Cc")
_EPOCH_DIGITS = {10: "epoch_s", 13: "epoch_ms", 16: "epoch_us", 19: "epoch_ns"}


class TimeRefused(ValueError):
    """A time cannot be read. `code` is the finding's code, the message says why, `instant` is where it would lie."""

    def __init__(self, code: str, message: str, instant: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.instant = instant


@dataclass(frozen=True)
class TimeReading:
    """How one file writes its times.

    `zone` is the zone of times that name none; `bill_zone` decides whether an hour that occurs twice leaves a doubt.
    """

    format: str
    date_order: str | None
    zone: ZoneTable | None
    bill_zone: ZoneTable


def classify(text: str) -> str | None:
    """Return the format in which a time is written, or None when it is no time that Rollcall reads."""
    if _ISO.fullmatch(text):
        return ISO
    if _DATE.fullmatch(text):
        return DATE
    if _ORDERED.fullmatch(text):
        return ORDERED
    epoch = _EPOCH.fullmatch(text)
    return _EPOCH_DIGITS.get(len(epoch[1])) if epoch else None


def is_clock_alone(text: str) -> bool:
    """Return whether a text is a time of day without its day."""
    return _CLOCK_ALONE.fullmatch(text) is not None


def is_day_alone(text: str) -> bool:
    """Return whether a text is a date without a time of day."""
    ordered = _ORDERED.fullmatch(text)
    return _DATE.fullmatch(text) is not None or (ordered is not None and ordered[5] is None)


def names_a_zone(text: str) -> bool:
    """Return whether a time says by itself which instant it is."""
    found = _ISO.fullmatch(text)
    if found:
        return found[6] is not None
    ordered = _ORDERED.fullmatch(text)
    if ordered:
        return ordered[10] is not None
    return _EPOCH.fullmatch(text) is not None


def date_order(texts: Iterable[str]) -> tuple[str | None, bool]:
    """Return (the order that the dates of a file settle or None, whether they contradict each other)."""
    orders = {order for text in texts if (order := order_of(text))}
    return (orders.pop(), False) if len(orders) == 1 else (None, len(orders) > 1)


def order_of(text: str) -> str | None:
    """Return the order in which one date is certainly written; None where it could be either."""
    found = _ORDERED.fullmatch(text)
    if not found:
        return None
    if len(found[1]) == 4:
        return "ymd"
    if int(found[1]) > 12 >= int(found[3]):
        return "dmy"
    return "mdy" if int(found[3]) > 12 >= int(found[1]) else None


def reader_of(reading: TimeReading) -> Callable[[str], int]:
    """Return the function text -> instant for one file. That function raises TimeRefused."""
    if reading.format in EPOCH_UNITS:
        return _epoch_reader(reading.format)
    if reading.format == DATE:
        return _date_reader(reading)
    return _iso_reader(reading) if reading.format == ISO else _ordered_reader(reading)


def _iso_reader(reading: TimeReading) -> Callable[[str], int]:
    days: dict[str, int] = {}
    zones: dict[str, int] = {"Z": 0, "z": 0, "UTC": 0, "GMT": 0}
    fullmatch = _ISO.fullmatch

    def read(text: str) -> int:
        found = fullmatch(text)
        if not found:
            raise _not_a_time(text, "such as 2026-06-30T22:30:00Z")
        day_text, hour, minute, second, fraction, zone = found.groups()
        day = days.get(day_text)
        if day is None:
            day = days[day_text] = _iso_day(day_text, text)
        if len(hour) != 2:
            raise _not_a_time(text, "such as 2026-06-30T22:30:00Z")
        local = day + _clock(hour, minute, second, fraction, text)
        if zone is None:
            instant = _instant(local, reading, text)
        else:
            offset = zones.get(zone)
            if offset is None:
                offset = zones[zone] = _offset(zone, text)
            instant = local - offset
        return _whole_second(instant, second, text)

    return read


def _ordered_reader(reading: TimeReading) -> Callable[[str], int]:
    order = reading.date_order or ""

    def read(text: str) -> int:
        found = _ORDERED.fullmatch(text)
        if not found:
            raise _not_a_time(text, "in the date order of this file")
        first, _, middle, last, hour, minute, second, fraction, half, zone = found.groups()
        parts = dict(zip(order, (first, middle, last), strict=True))
        if len(parts["y"]) != 4:
            raise TimeRefused("time.invalid", f"'{text}' has no year of four digits.")
        local = _day(int(parts["y"]), int(parts["m"]), int(parts["d"]), text)
        if hour is None:
            words = "is a date without a time of day. Write both into one column, such as 2026-06-30 10:15:00"
            raise TimeRefused("time.invalid", f"'{text}' {words}.")
        local += _clock(_hour_of_day(hour, half, text), minute, second, fraction, text)
        instant = _instant(local, reading, text) if zone is None else local - _offset(zone, text)
        return _whole_second(instant, second, text)

    return read


def _date_reader(reading: TimeReading) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not _DATE.fullmatch(text):
            raise _not_a_time(text, "such as 2026-06-30")
        midnight = _plausible(_iso_day(text, text), text)
        if reading.zone is None:
            raise _no_zone(text)
        return reading.zone.start_of_day(day_of(midnight))

    return read


def _epoch_reader(unit: str) -> Callable[[str], int]:
    microseconds = EPOCH_UNITS[unit]
    digits = next(count for count, name in _EPOCH_DIGITS.items() if name == unit)

    def read(text: str) -> int:
        found = _EPOCH.fullmatch(text)
        if not found:
            raise _not_a_time(text, f"of {digits} digits")
        if len(found[1]) != digits:
            raise TimeRefused("time.invalid", f"'{text}' is not a time of {digits} digits as the others in this file.")
        number = int(found[1])
        instant = number * microseconds if microseconds else number // 1000
        if unit == "epoch_s" and "." in text:
            instant += int(text.partition(".")[2][:6].ljust(6, "0"))
        return _plausible(instant, text)

    return read


def _iso_day(day_text: str, text: str) -> int:
    year, month, day = day_text.split("-")
    return _day(int(year), int(month), int(day), text)


def _day(year: int, month: int, day: int, text: str) -> int:
    try:
        return (date(year, month, day) - EPOCH_DAY).days * DAY
    except ValueError as error:
        raise TimeRefused("time.invalid", f"'{text}' is not a date of the calendar.") from error


def _clock(hour: str, minute: str, second: str | None, fraction: str | None, text: str) -> int:
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 60:
        raise TimeRefused("time.invalid", f"'{text}' is not a time of day; the last one is 23:59:59.")
    local = (int(hour) * 60 + int(minute)) * MINUTE + min(int(second or 0), 59) * SECOND
    # Cut, never rounded: rounding would move the last moment of June into July.
    return local + int(fraction[:6].ljust(6, "0")) if fraction else local


def _hour_of_day(hour: str, half: str | None, text: str) -> str:
    if half is None:
        return hour
    if not 1 <= int(hour) <= 12:
        raise TimeRefused("time.invalid", f"'{text}' is not a time of day with AM or PM.")
    return str(int(hour) % 12 + (12 if half.lower() == "pm" else 0))


def _offset(zone: str, text: str) -> int:
    if zone in ("Z", "z", "UTC", "GMT"):
        return 0
    if zone[0] not in "+-":
        raise TimeRefused(
            "time.zone_unknown", f"'{text}' names the zone '{zone}', which is not one instant everywhere."
        )
    found = _OFFSET.fullmatch(zone)
    minutes = int(found[2]) * 60 + int(found[3] or 0) if found else 0
    if not found or int(found[3] or 0) > 59 or minutes > (14 * 60 if found[1] == "+" else 12 * 60):
        raise TimeRefused("time.offset", f"'{text}' has the offset {zone}; offsets lie between -12:00 and +14:00.")
    return minutes * MINUTE if found[1] == "+" else -minutes * MINUTE


def _instant(local: int, reading: TimeReading, text: str) -> int:
    if reading.zone is None:
        raise _no_zone(text)
    _plausible(local, text)
    instants = reading.zone.instants_of(local)
    if not instants:
        raise TimeRefused(
            "time.no_such_local_time", f"'{text}': no such local time in {reading.zone.name}; clocks went on."
        )
    if len({reading.bill_zone.local(instant) // DAY for instant in instants}) > 1:
        raise TimeRefused("time.ambiguous", f"'{text}' occurred twice in {reading.zone.name}, on two days of the bill.")
    return instants[0]


def _whole_second(instant: int, second: str | None, text: str) -> int:
    if second == "60":
        raise TimeRefused("time.invalid", f"'{text}' is not a time of day; the last one is 23:59:59.", instant)
    return _plausible(instant, text)


def _plausible(instant: int, text: str) -> int:
    if EARLIEST <= instant < LATEST:
        return instant
    raise TimeRefused("time.implausible", f"'{text}' is no time at which this product was used.", instant)


def _not_a_time(text: str, wanted: str) -> TimeRefused:
    if not text:
        return TimeRefused("time.invalid", "The time is empty.")
    if is_clock_alone(text):
        words = "is a time of day without its day. Write both into one column, such as 2026-06-30 10:15:00"
        return TimeRefused("time.invalid", f"'{text[:80]}' {words}.")
    hidden = next((letter for letter in text if letter != " " and unicodedata.category(letter) in _INVISIBLE), None)
    also = f" It holds an invisible character, U+{ord(hidden):04X}; take that out." if hidden else ""
    return TimeRefused("time.invalid", f"'{text[:80]}' is not a time {wanted}.{also}")


def _no_zone(text: str) -> TimeRefused:
    return TimeRefused("time.no_zone", f"'{text}' has no zone, so it is not known which instant it is.")


def reading_of(*, format: str, date_order: str | None, source_timezone: str | None, timezone: str) -> TimeReading:
    """Return how a file writes its times; `timezone` is the zone of the bill. Raises UnknownZone."""
    return TimeReading(
        format=format,
        date_order=date_order,
        zone=zone_table(source_timezone) if source_timezone else None,
        bill_zone=zone_table(timezone),
    )
