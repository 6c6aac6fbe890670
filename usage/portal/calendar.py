"""The days received, as a page draws them: per instance and day a look, a word and the report behind it."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from ground.presentation import format
from licenses.models import Contract
from licenses.queries import NothingAgreed, terms_at
from rollcall.period import Period
from usage.queries import Coverage, DayCoverage, DayState, coverage

WORDS = {DayState.REPORTED: "reported", DayState.LATE: "reported late", DayState.MISSING: "missing"}
# A contract's periods lie behind each other; nobody looks further back than this on one page.
LOOKS_BACK = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class CalendarDay:
    """One square of the calendar."""

    date: date
    look: str
    words: str
    address: str


@dataclass(frozen=True, kw_only=True)
class CalendarRow:
    """One instance."""

    name: str
    words: str
    days: tuple[CalendarDay, ...]


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The days of one period, with the periods before and after that can be looked at."""

    period: Period
    zone: str
    rows: tuple[CalendarRow, ...]
    missing: dict[str, list[date]]
    before: date | None
    after: date | None

    @property
    def has_late(self) -> bool:
        return any(day.look == "late" for row in self.rows for day in row.days)


def calendar(*, contract: Contract, day: date, today: date) -> Calendar | None:
    """Return the calendar of the period that a day lies in; None where nothing is agreed for that day."""
    try:
        terms = terms_at(contract=contract, day=day)
    except NothingAgreed:
        return None
    period = terms.period_of(day)
    if period is None:
        return None
    covered = coverage(contract=contract, period=period, zone=terms.timezone)
    before, after = period.start - LOOKS_BACK, period.end
    return Calendar(
        period=period,
        zone=terms.timezone,
        rows=tuple(_row(covered, place, today) for place in range(len(covered.instances))),
        missing={
            name: owed for name, days in covered.missing.items() if (owed := [one for one in days if one < today])
        },
        before=before if terms.term.contains(before) else None,
        after=after if after <= today and terms.term.contains(after) else None,
    )


def days_in_words(days: list[date]) -> str:
    """Write days as a person lists them: "9, 10 and 11 Oct"; many are written by their ends and number."""
    if len(days) > 4:
        return f"{len(days)} days between {format.short_day(days[0])} and {format.short_day(days[-1])}"
    texts = [
        str(day.day)
        if later is not None and (later.year, later.month) == (day.year, day.month)
        else format.short_day(day)
        for day, later in zip(days, [*days[1:], None], strict=True)
    ]
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


def _row(covered: Coverage, place: int, today: date) -> CalendarRow:
    one = covered.instances[place]
    missing = [day for day in one.missing if day < today]
    words = f"{format.count_of(len(missing), 'day')} missing" if missing else ""
    return CalendarRow(
        name=one.instance.name, words=words, days=tuple(_day(day, one.instance.public_id, today) for day in one.days)
    )


def _day(day: DayCoverage, instance_id: str, today: date) -> CalendarDay:
    if day.state is DayState.MISSING and day.day >= today:
        return CalendarDay(date=day.day, look="future", words="not yet", address="")
    if day.state is DayState.MISSING:
        address = f"{reverse('usage:upload')}?instance={instance_id}"
        return CalendarDay(
            date=day.day, look="missing", words=f"{format.short_day(day.day)}: missing, upload a file", address=address
        )
    return CalendarDay(
        date=day.day,
        look=day.state.value,
        words=f"{format.short_day(day.day)}: {WORDS[day.state]}",
        address=reverse("usage:report", args=[day.reports[-1].public_id]),
    )
