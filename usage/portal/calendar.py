"""The days received, as a page draws them: per instance and day a look, a word and the report behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from ground.presentation import format
from licenses.models import Contract, Instance
from licenses.queries import NothingAgreed, agreed_days, terms_at
from rollcall.period import BillingCycle, Period
from rollcall.terms.contract import ContractTerms
from usage.models import Grade
from usage.queries import DayCoverage, DayState, InstanceCoverage, coverage

WORDS = {DayState.REPORTED: "reported", DayState.LATE: "reported late", DayState.MISSING: "missing"}
# A contract's periods lie behind each other; nobody looks further back than this on one page.
LOOKS_BACK = timedelta(days=1)
MONTHS = BillingCycle("month", date(2000, 1, 1))

# Where a square leads: the customer's pages or the desk's. Given the instance and the day.
Addresses = Callable[[Instance, DayCoverage], str]


@dataclass(frozen=True, kw_only=True)
class CalendarDay:
    """One square of the calendar. `state` is its word alone, `grade` the evidence behind it, `words` the whole."""

    date: date
    look: str
    state: str
    grade: str
    words: str
    address: str


@dataclass(frozen=True, kw_only=True)
class CalendarRow:
    """One instance. `missing` are its days that are over and that nobody reported."""

    name: str
    instance_id: str
    words: str
    days: tuple[CalendarDay, ...]
    missing: tuple[date, ...]

    @property
    def to_come(self) -> int:
        """How many days have no report and are not asked for yet."""
        return sum(day.look == "future" for day in self.days)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The days of one span, with the spans before and after that can be looked at.

    `gap_words` say what the contract makes of missing days.
    """

    period: Period
    zone: str
    rows: tuple[CalendarRow, ...]
    before: date | None
    after: date | None
    gap_words: str

    @property
    def missing(self) -> dict[str, list[date]]:
        """The missing days by the name of the instance; instances without missing days are left out."""
        return {row.name: list(row.missing) for row in self.rows if row.missing}

    @property
    def has_late(self) -> bool:
        return self._has("late")

    @property
    def has_quiet(self) -> bool:
        return self._has("quiet")

    def _has(self, look: str) -> bool:
        return any(day.look == look for row in self.rows for day in row.days)


def calendar(*, contract: Contract, day: date, today: date) -> Calendar | None:
    """Return the calendar of the period that a day lies in; None where nothing is agreed for that day."""
    try:
        terms = terms_at(contract=contract, day=day)
    except NothingAgreed:
        return None
    period = terms.period_of(day)
    if period is None:
        return None
    before, after = period.start - LOOKS_BACK, period.end
    return Calendar(
        period=period,
        zone=terms.timezone,
        rows=calendar_rows(contract=contract, terms=terms, shown=period, today=today),
        before=before if terms.term.contains(before) else None,
        after=after if after <= today and terms.term.contains(after) else None,
        gap_words=terms.gap_rule.words(),
    )


def month_calendar(
    *, contract: Contract, day: date, today: date, addresses: Addresses | None = None
) -> Calendar | None:
    """Return the calendar of the month that a day lies in; None where nothing is agreed for any day of it."""
    try:
        agreed = agreed_days(contract=contract)
    except NothingAgreed:
        return None
    month = MONTHS.period_of(day)
    shown = month.intersection(agreed)
    if shown is None:
        return None
    try:
        terms = terms_at(contract=contract, day=shown.start)
    except NothingAgreed:
        return None
    before = month.start - LOOKS_BACK
    return Calendar(
        period=shown,
        zone=terms.timezone,
        rows=calendar_rows(contract=contract, terms=terms, shown=shown, today=today, addresses=addresses or in_portal),
        before=before if agreed.start <= before else None,
        after=month.end if month.end <= today and month.end < agreed.end else None,
        gap_words=terms.gap_rule.words(),
    )


def calendar_rows(
    *, contract: Contract, terms: ContractTerms, shown: Period, today: date, addresses: Addresses | None = None
) -> tuple[CalendarRow, ...]:
    """Return one row for each instance. Under one report per period its periods are looked at as a whole."""
    whole = shown
    if terms.reporting_cadence == "once_per_period":
        first, last = terms.period_of(shown.start), terms.period_of(shown.last_day)
        whole = Period((first or shown).start, (last or shown).end)
    covered = coverage(contract=contract, period=whole, zone=terms.timezone)
    return tuple(_row(one, terms, shown, today, addresses or in_portal) for one in covered.instances)


def in_portal(instance: Instance, day: DayCoverage) -> str:
    """Where a day leads in the portal: its report, or the upload that would fill it."""
    if day.reports and day.state is not DayState.MISSING:
        return reverse("usage:report", args=[day.reports[-1].public_id])
    return f"{reverse('usage:upload')}?instance={instance.public_id}"


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


def _row(one: InstanceCoverage, terms: ContractTerms, shown: Period, today: date, addresses: Addresses) -> CalendarRow:
    asked = _asked_for(one, terms, today)
    days = [day for day in one.days if shown.contains(day.day)]
    missing = tuple(day.day for day in days if day.state is DayState.MISSING and asked(day.day))
    return CalendarRow(
        name=one.instance.name,
        instance_id=one.instance.public_id,
        words=f"{format.count_of(len(missing), 'day')} missing" if missing else "",
        days=tuple(_day(day, asked(day.day), addresses(one.instance, day)) for day in days),
        missing=missing,
    )


def _asked_for(one: InstanceCoverage, terms: ContractTerms, today: date) -> Callable[[date], bool]:
    """Say of a day without a report whether it is missing: it is over, and its period's one report did not come."""
    if terms.reporting_cadence != "once_per_period":
        return lambda day: day < today
    reported = {terms.period_of(day.day) for day in one.days if day.state is not DayState.MISSING}

    def is_missing(day: date) -> bool:
        period = terms.period_of(day)
        return period is None or (period.end <= today and period not in reported)

    return is_missing


def _day(day: DayCoverage, is_asked_for: bool, address: str) -> CalendarDay:
    if day.state is DayState.MISSING:
        look, state = ("missing", "missing") if is_asked_for else ("future", "not yet")
        shown = address if is_asked_for else ""
        words = (
            f"{format.short_day(day.day)}: missing{', upload a file' if shown else ''}" if is_asked_for else "not yet"
        )
        return CalendarDay(date=day.day, look=look, state=state, grade="", words=words, address=shown)
    state, look = WORDS[day.state], day.state.value
    if day.is_quiet:
        state, look = f"{state}, no activity", "quiet" if day.state is DayState.REPORTED else look
    grade = "a person's word" if day.is_declared else Grade(day.grade).label
    return CalendarDay(
        date=day.day,
        look=look,
        state=state,
        grade=grade,
        words=f"{format.short_day(day.day)}: {state}, {grade}",
        address=address,
    )
