"""Half-open values of the engine to and from PostgreSQL's ranges: days of a period, instants of a span."""

from datetime import UTC, date, datetime

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from psycopg.types.range import Range

from rollcall.period import Period

Span = tuple[datetime, datetime]


def range_of(period: Period) -> DateRange:
    """Return the period as a half-open date range."""
    return DateRange(period.start, period.end, "[)")


def period_of(days: "Range[date]") -> Period:
    """Return a stored date range as a period. Raises ValueError for a range without start or end."""
    if days.lower is None or days.upper is None:
        raise ValueError(f"{days} has no start or no end, so it is not a period.")
    return Period(days.lower, days.upper)


def instants_range(span: Span) -> DateTimeTZRange:
    """Return a half-open span of instants as a range."""
    return DateTimeTZRange(span[0], span[1], "[)")


def span_of(instants: "Range[datetime]") -> Span:
    """Return a stored range of instants as (start, end) in UTC. Raises ValueError for a range without start or end."""
    if instants.lower is None or instants.upper is None:
        raise ValueError(f"{instants} has no start or no end, so it is not a span.")
    return instants.lower.astimezone(UTC), instants.upper.astimezone(UTC)
