"""Read files that hold no activity: daily numbers of users, and lists of accounts.

Nothing here can become a count of active users: a number of a day is what the exporter says it is, for the days as the
exporter cuts them, and a list says who exists on the day it was made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from rollcall.formats.profile import COUNTS, LARGEST, DayCount, Fact, ListedUser, Unusable
from rollcall.formats.profile import Part as Said
from rollcall.intake.findings import FileRefused, Question, QuestionsOpen, Remark
from rollcall.intake.plain import Ledger, Progress
from rollcall.intake.records import Fault
from rollcall.intake.remarks import gap_remarks
from rollcall.intake.request import Bounds, ReadRequest
from rollcall.intake.result import ACCEPTED, QUARANTINED, ReadResult, ReportedCount, UserList
from rollcall.intake.source import Source
from rollcall.money import count_in_words
from rollcall.terms.identity import user_key
from rollcall.zones import zone_table

# A spreadsheet writes a whole number as 18.0; a sign or zeros in front change nothing.
_WHOLE = re.compile(r"\+?([0-9]+)(?:\.0+)?")
_FRACTION = re.compile(r"[+-]?[0-9]+[.,][0-9]+")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.,]+ ?(?:Z|[+-][0-9:]+)?)?")
# More users than any product has on one day; beyond it the cell holds something else.
_MOST_USERS = 100_000_000


def read_counts(
    request: ReadRequest, *, sources: Sequence[Source], bounds: Bounds, ledger: Ledger, on_progress: Progress
) -> ReadResult:
    """Read daily counts or lists of accounts. Raises FileRefused or QuestionsOpen."""
    reading = _Reading(request, bounds, ledger)
    for source in sources:
        reading.add(source)
        on_progress(ledger.read, 0, "rows read")
    rows = ledger.rows()
    if not rows.read:
        raise FileRefused("rows.none", "The file has no rows: no number and no account is in it.")
    if rows.quarantined and not rows.accepted:
        first = ledger.findings[0]
        raise FileRefused("rows.all_quarantined", f"No row can be taken, first on line {first.line}: {first.message}")
    outcome = QUARANTINED if rows.quarantined else ACCEPTED
    if sources[0].kind == COUNTS:
        reported = reading.reported(sources[0])
        days = [count.day for count in reported]
        remarks = (*reading.facts_told(), *reading.days_twice_told(), *gap_remarks(days))
        return ReadResult(
            outcome=outcome,
            rows=rows,
            days=tuple(days),
            rows_by_day=reading.rows_by_day(),
            reported=reported,
            remarks=remarks,
            engine="plain",
        )
    listed = reading.user_list()
    told = (*reading.facts_told(), *reading.activity_told())
    return ReadResult(outcome=outcome, rows=rows, users=listed.users, user_list=listed, remarks=told, engine="plain")


class _Reading:
    def __init__(self, request: ReadRequest, bounds: Bounds, ledger: Ledger) -> None:
        self._request = request
        self._bounds = bounds
        self._ledger = ledger
        self._zone = zone_table(request.timezone)
        self._counts: dict[str, list[ReportedCount]] = {}
        self._users: dict[str, bool] = {}
        self._last: dict[str, str] = {}
        self._latest = ""
        self._figures: Counter[str] = Counter()
        self.facts: dict[str, str] = {}

    def add(self, source: Source) -> None:
        """Take what the records of one file say. Raises FileRefused."""
        self._ledger.before = self._ledger.read
        for line, said in groupby(source.said(), key=lambda pair: pair[0]):
            told = [part for _, part in said]
            rows = [part for part in told if not isinstance(part, Fact)]
            self.facts.update((part.name, part.value) for part in told if isinstance(part, Fact))
            if not rows and line:
                self._ledger.read += 1
                self._ledger.accepted += 1
            for part in rows:
                self._ledger.read += 1
                fault = self._take(source, line, part)
                if fault is None:
                    self._ledger.accepted += 1
                else:
                    self._ledger.quarantine(source, line, fault)

    def _take(self, source: Source, line: int, part: Said | Fault) -> Fault | None:
        if isinstance(part, Fault):
            return part
        if isinstance(part, Unusable):
            return Fault(part.code, part.message, None, part.value)
        if isinstance(part, DayCount):
            return self._count(source, line, part)
        if isinstance(part, ListedUser):
            return self._account(part)
        return Fault("row.kind", "This row holds activity, the file holds numbers or a list of accounts.")

    def _count(self, source: Source, line: int, part: DayCount) -> Fault | None:
        place = source.positions.get("at")
        found = _DAY.fullmatch(part.at.strip())
        try:
            day = date.fromisoformat(found[1]) if found else None
        except ValueError:
            day = None
        if day is None:
            return Fault("time.invalid", f"'{part.at[:40]}' is not a day such as 2026-06-30.", place, part.at)
        users = whole_number(part.users)
        if isinstance(users, str):
            return Fault("count.invalid", users, source.positions.get("quantity"), part.users)
        outside = self._outside(day)
        if outside is not None:
            return outside._replace(place=place, value=part.at)
        self._counts.setdefault(day.isoformat(), []).append(
            ReportedCount(day=day.isoformat(), users=users, line=line, file=source.filename)
        )
        return None

    def _outside(self, day: date) -> Fault | None:
        start, bounds = self._zone.start_of_day(day), self._bounds
        if bounds.contract_from is not None and start < bounds.contract_from:
            return Fault("time.outside_contract", f"{day} lies outside the contract: before the contract begins.")
        if bounds.contract_to is not None and start >= bounds.contract_to:
            return Fault("time.outside_contract", f"{day} lies outside the contract: after the contract ends.")
        if bounds.now is not None and start > bounds.now:
            return Fault("time.future", f"{day} lies in the future.")
        return None

    def _account(self, part: ListedUser) -> Fault | None:
        key = user_key(part.user, self._request.identity_rule)
        if not key:
            return Fault("user.empty", "There is no user in this row.", None, part.user)
        self._users[key] = self._users.get(key, False) or part.billable
        if part.last_at:
            self._last[key] = max(self._last.get(key, ""), part.last_at[:7])
            self._latest = max(self._latest, _day_of(part.last_at))
        if part.status:
            self._figures[f"status: {part.status}"] += 1
        self._figures.update(dict(part.figures))
        return None

    def reported(self, source: Source) -> tuple[ReportedCount, ...]:
        """Return one number per day, in the order of days. Raises QuestionsOpen when a day has two."""
        largest = source.profile is not None and source.profile.several_a_day == LARGEST
        twice = [counts for _, counts in sorted(self._counts.items()) if len(counts) > 1]
        if twice and not largest:
            first = twice[0]
            said = " and ".join(f"{count.users:,} on line {count.line}" for count in first[:3])
            words = f"{first[0].day} is there {len(first)} times ({said})."
            cure = "A day has one number, that of all users: leave it in the file, and send the file again."
            raise QuestionsOpen(Question(code="counts.day_twice", message=f"{words} {cure}"))
        return tuple(max(counts, key=lambda count: count.users) for _, counts in sorted(self._counts.items()))

    def rows_by_day(self) -> dict[str, int]:
        """Return {day: rows that state a number of it}."""
        return {day: len(counts) for day, counts in sorted(self._counts.items())}

    def days_twice_told(self) -> Iterator[Remark]:
        """Yield which days had several numbers, of which the largest is the day's."""
        twice = [day for day, counts in sorted(self._counts.items()) if len(counts) > 1]
        if twice:
            more = f" and {len(twice) - 10:,} more days" if len(twice) > 10 else ""
            words = f"There are several numbers for {', '.join(twice[:10])}{more}; the largest of a day is taken."
            yield Remark(code="counts.day_twice", message=words)

    def user_list(self) -> UserList:
        """Return the numbers of a list of accounts; a file without rows of accounts states its own."""
        users = len(self._users) or _stated(self.facts.get("users"))
        if users is None:
            raise FileRefused("rows.none", "The file has no accounts and states no number of them.")
        stated = self.facts.get("total_users")
        if stated is not None and self._users and str(users) != stated:
            words = (
                f"The file says that it lists {stated} accounts; {count_in_words(users, 'is', 'are')} in it, so "
                "a page of the export is missing."
            )
            raise FileRefused("pages.missing", words)
        on = self.facts.get("on")
        billable = sum(self._users.values()) if self._users else None
        months = Counter(f"last active: {month}" for month in self._last.values())
        if months:
            months["last active: never"] = len(self._users) - len(self._last)
        seats = _stated(self.facts.get("seats"))
        return UserList(
            users=users,
            on=on,
            billable=billable,
            seats=seats,
            latest=self._latest or None,
            figures=dict(self._figures + months),
        )

    def facts_told(self) -> Iterator[Remark]:
        """Yield what the file states about itself, for the person who confirms it."""
        told = [f"{name.replace('_', ' ')}: {value}" for name, value in self.facts.items()]
        if told:
            yield Remark(code="file.states", message=f"The file states {'; '.join(told)}.")

    def activity_told(self) -> Iterator[Remark]:
        """Yield when the accounts of a list were last active, which proves no month but that one."""
        if not self._last:
            return
        months = sorted(self._last.values())
        listed = [f"{month}: {len(list(same)):,}" for month, same in groupby(months)]
        never = len(self._users) - len(self._last)
        words = f"Last activity by month: {', '.join(listed)}; never: {never:,}."
        yield Remark(code="list.last_activity", message=f"{words} A list proves no earlier month's active users.")


def whole_number(text: str) -> int | str:
    """Return a number of users, or why a cell holds none."""
    written = text.strip(" \t")
    if written.startswith("-") and _WHOLE.fullmatch(written[1:]):
        return f"The number {written[:40]} is negative."
    found = _WHOLE.fullmatch(written)
    if not found:
        if _FRACTION.fullmatch(written):
            return f"'{written[:40]}' is not a whole number."
        return f"'{written[:40]}' is not a number as a count of users must be."
    if len(found[1].lstrip("0")) > 12 or int(found[1]) > _MOST_USERS:
        return f"{written[:40]} is not plausible as a number of users."
    return int(found[1])


def _day_of(text: str) -> str:
    """Return the day of a time as an exporter writes it, or "" where it begins with none."""
    found = _DAY.fullmatch(text.strip())
    try:
        return date.fromisoformat(found[1]).isoformat() if found else ""
    except ValueError:
        return ""


def _stated(text: str | None) -> int | None:
    number = None if text is None else whole_number(text)
    return number if isinstance(number, int) else None
