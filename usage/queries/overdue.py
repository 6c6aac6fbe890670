"""Reports of which people are to be reminded: the period, when it is due, what is missing of it today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from licenses.models import Contract
from licenses.queries import NothingAgreed, latest_version, terms_of
from rollcall.period import Period, civil_day, zone
from rollcall.terms.contract import ContractTerms
from usage.dues import days_after, days_before, due_date
from usage.queries.coverage import coverage

# Mails go out in the morning of the contract's zone, and a day is not made up for later than this.
FROM_HOUR = 8
MADE_UP_FOR_DAYS = 2


@dataclass(frozen=True, kw_only=True)
class DueReport:
    """The report for one period. ``offset`` is the reminder that stands: days after it was due, negative before."""

    contract: Contract
    period: Period
    due: date
    offset: int
    missing: Mapping[str, list[date]]


def missing_so_far(*, contract: Contract, period: Period, terms: ContractTerms, today: date) -> dict[str, list[date]]:
    """Return the days of a period that are over and not reported, by instance, under the agreed cadence."""
    covered = coverage(contract=contract, period=period, zone=terms.timezone)
    missing = covered.missing_under(terms.reporting_cadence)
    found = {name: [day for day in days if day < today] for name, days in missing.items()}
    return {name: days for name, days in found.items() if days}


def reports_to_remind_of(*, contract: Contract, now: datetime) -> list[DueReport]:
    """Return the reports of a contract for which a reminder stands at this hour and days are missing."""
    try:
        terms = terms_of(latest_version(contract=contract))
    except NothingAgreed:
        return []
    if now.astimezone(zone(terms.timezone)).hour < FROM_HOUR:
        return []
    today = civil_day(now, terms.timezone)
    found = []
    for period in terms.periods:
        offset = standing_offset(days_late=(today - due_date(period)).days)
        if offset is None or period.start >= today:
            continue
        missing = missing_so_far(contract=contract, period=period, terms=terms, today=today)
        if missing:
            found.append(
                DueReport(contract=contract, period=period, due=due_date(period), offset=offset, missing=missing)
            )
    return found


def standing_offset(*, days_late: int) -> int | None:
    """Return the reminder whose day is today or just passed: the last one; None when none is.

    ``days_late`` is how many days ago the report was due, negative while it is not.
    """
    offsets = [-days for days in days_before()] + list(days_after())
    return max((one for one in offsets if 0 <= days_late - one <= MADE_UP_FOR_DAYS), default=None)
