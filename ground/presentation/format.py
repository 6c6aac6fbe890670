"""Numbers, money, days, periods and instants as a person reads them."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from rollcall.money import exponent
from rollcall.period import Period
from rollcall.period import zone as zone_named

MINUS = "\N{MINUS SIGN}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
ONE_DAY = timedelta(days=1)
FAR_AWAY = timedelta(days=45)


class Range(Protocol):
    """Half-open days as the database keeps them."""

    @property
    def lower(self) -> Any: ...

    @property
    def upper(self) -> Any: ...


Span = Period | Range | Mapping[str, Any]


def number(value: int | Decimal, *, signed: bool = False) -> str:
    """Write a count or a quantity: groups of three, no trailing zeros, a real minus; `signed` puts + before a rise."""
    text = f"{abs(value):,f}" if isinstance(value, Decimal) else f"{abs(value):,}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return _with_sign(text, value, signed=signed)


def amount(value: Decimal, currency: str, *, signed: bool = False) -> str:
    """Write an amount without its currency, with exactly the places that the currency has.

    Raises ValueError for an amount that is not rounded yet: a page does not round.
    """
    text = f"{abs(value):,.{exponent(currency)}f}"
    if Decimal(text.replace(",", "")) != abs(value):
        raise ValueError(f"{value} {currency} has more decimals than the currency.")
    return _with_sign(text, value, signed=signed)


def unit_price(value: Decimal, currency: str) -> str:
    """Write a price per unit: at least the places of the currency, more where the price has them."""
    shortest = abs(value).normalize()
    places = max(exponent(currency), -int(shortest.as_tuple().exponent), 0)
    return _with_sign(f"{shortest:,.{places}f}", value, signed=False)


def percent(part: int, whole: int) -> str:
    """Write a share, such as "99.8 %"; a share that is neither none nor all is never written as one of them."""
    if whole == 0:
        return ""
    share = Decimal(part) * 100 / Decimal(whole)
    text = f"{share:.1f}".removesuffix(".0")
    if text == "100" and part < whole:
        text = "99.9"
    if text == "0" and part:
        return "below 0.1 %"
    return f"{text} %"


def day(value: date) -> str:
    """Write a civil day: "5 Oct 2026"."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def short_day(value: date) -> str:
    """Write a civil day without its year: "5 Oct"."""
    return f"{value.day} {MONTHS[value.month - 1]}"


def days(start: date, end: date) -> str:
    """Write half-open days, both ends as a person says them: "1 to 30 Sep 2026"."""
    last = end - ONE_DAY
    if last <= start:
        return day(start)
    if start.year != last.year:
        return f"{day(start)} to {day(last)}"
    if start.month != last.month:
        return f"{short_day(start)} to {day(last)}"
    return f"{start.day} to {day(last)}"


def period(span: Span, zone: str = "") -> str:
    """Write half-open days with their zone: "1 to 30 Sep 2026 (Europe/Berlin)"."""
    text = days(*ends(span))
    return f"{text} ({zone})" if zone else text


def period_name(span: Span) -> str:
    """Write the short name of a period: "September 2026" for a calendar month, else its days."""
    start, end = ends(span)
    next_month = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    return f"{LONG_MONTHS[start.month - 1]} {start.year}" if start.day == 1 and end == next_month else days(start, end)


def period_label(span: Span) -> str:
    """Write the label of a period on an axis: "Sep" for a calendar month, else its first day."""
    start, _ = ends(span)
    return MONTHS[start.month - 1] if start.day == 1 else short_day(start)


def ends(span: Span) -> tuple[date, date]:
    """Return start and end, exclusive, of a period, of a database range, or of a snapshot's ISO `start` and `end`."""
    if isinstance(span, Period):
        return span.start, span.end
    if isinstance(span, Mapping):
        return date.fromisoformat(span["start"]), date.fromisoformat(span["end"])
    return span.lower, span.upper


def instant(value: datetime, zone: str) -> str:
    """Write an instant in a zone: "5 Oct 2026, 07:32 CEST"."""
    local = value.astimezone(zone_named(zone))
    return f"{day(local.date())}, {local:%H:%M} {local.tzname()}"


def relative(value: datetime, now: datetime, zone: str = "UTC") -> str:
    """Write how far an instant lies from now: "5 hours ago", "in 3 days"; far away, as its day."""
    seconds = (now - value).total_seconds()
    if abs(seconds) > FAR_AWAY.total_seconds():
        return day(value.astimezone(zone_named(zone)).date())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        whole = int(abs(seconds) // size)
        if whole:
            text = f"{number(whole)} {unit}{'' if whole == 1 else 's'}"
            return f"{text} ago" if seconds > 0 else f"in {text}"
    return "just now"


def duration(seconds: float) -> str:
    """Write a length of time roughly: "6 seconds", "4 minutes"; for time left, so it never says zero."""
    whole = max(1, round(seconds))
    for unit, size in (("hour", 3600), ("minute", 60)):
        if whole >= 2 * size:
            return f"{round(whole / size)} {unit}s"
    return f"{whole} second{'' if whole == 1 else 's'}"


def size(count: int) -> str:
    """Write a size in bytes with decimal prefixes: "3.1 MB"."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{count:,} bytes" if unit == "bytes" else f"{value:,.1f} {unit}"


def short_digest(value: str) -> str:
    """Write a digest by its two ends: "bbc6c54e…35c627"; its prefix "sha256:" is left out."""
    text = value.removeprefix("sha256:")
    return text if len(text) <= 16 else f"{text[:8]}{ELLIPSIS}{text[-6:]}"


def count_of(value: int, singular: str, plural: str = "") -> str:
    """Write a number with its noun: "1 row", "214 rows"."""
    return f"{number(value)} {singular if value == 1 else plural or singular + 's'}"


def _with_sign(text: str, value: int | Decimal, *, signed: bool) -> str:
    if value < 0 and any(digit in "123456789" for digit in text):
        return MINUS + text
    return f"+{text}" if signed and value > 0 else text
