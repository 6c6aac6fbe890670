"""Write the next report: seal the days that are over, chain it to the one before, sign it, put it into the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from rollcall.instance.activity import Activity, moment
from rollcall.instance.home import Home, HomeRefused, State
from rollcall.instance.host import Host, new_nonce, program
from rollcall.instance.people import Hidden, commitment, keep_names
from rollcall.instance.summary import summary_of
from rollcall.money import exact_sum
from rollcall.period import TZDATA_VERSION, Period
from rollcall.signing import merkle
from rollcall.signing.keys import fingerprint
from rollcall.signing.license import License
from rollcall.signing.report import SealedDay, Statement, sign_report, with_seals
from rollcall.signing.report_counts import counts_of
from rollcall.signing.report_file import write_kept_rows, write_report_file, write_totals_file
from rollcall.signing.report_parts import Clock, Correction, Provisioned, Receipt
from rollcall.signing.report_rows import DayOfRows, ReportRow, facts_of, readable_line
from rollcall.signing.report_totals import totals_of
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.rules import TOTALS
from rollcall.zones import ZoneTable

REPORT, SUMMARY, ROWS_KEPT = ".report.txt", ".summary.txt", ".rows.csv"


class NothingToReport(Exception):
    """No day is over that was not reported yet."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a report is asked for. `since` is the first day of the first report; `until` the first day not reported.

    With `reason` the days that changed since they were reported are stated anew, in reports of their own.
    """

    activity: Activity
    until: date
    since: date | None = None
    provisioned: Provisioned | None = None
    software: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Written:
    """The reports that were written, corrections first, and the days of which activity came late and was left out."""

    paths: tuple[Path, ...]
    late: tuple[date, ...]


class _Table:
    """Rows of a span of days in the order of the table, and what they say."""

    def __init__(self, rows: Sequence[ReportRow], zone: ZoneTable) -> None:
        self.rows = sorted(((row, readable_line(row)) for row in rows), key=lambda pair: pair[1])
        self.facts = facts_of(self.rows, zone=zone)

    def days(self, span: Period, *, sealed_at: datetime) -> tuple[SealedDay, ...]:
        """Return every day of the span, not sealed yet; a day without rows is a day on which nobody was active."""
        found = {day.date: day for day in self.facts.days}
        idle = DayOfRows(date=span.start, active_users=0, rows=0, root=merkle.root([]).hex())
        return tuple(
            SealedDay(
                date=day,
                sealed_at=sealed_at,
                active_users=(said := found.get(day, idle)).active_users,
                rows=said.rows,
                root=said.root,
                seal="",
            )
            for day in (span.start + timedelta(days=number) for number in range((span.end - span.start).days))
        )


class ReportWriter:
    """One run of the reporter over an open home."""

    def __init__(self, home: Home, host: Host, asked: Asked) -> None:
        self._home, self._host, self._asked = home, host, asked
        self._license = home.license()
        self._hidden = self._hiding()
        self._zone = asked.activity.zone
        if self._zone.name != self._license.timezone:
            raise HomeRefused(
                f"Days are those of {self._license.timezone}, as the licence says, not {self._zone.name}."
            )
        if self._keeps_rows and self._license.definitions:
            raise HomeRefused("The licence counts people by a definition and wants totals alone; ask for another one.")

    @property
    def _keeps_rows(self) -> bool:
        """Whether the rows stay here, and the report has totals alone."""
        return self._license.disclosure == TOTALS

    def write(self, state: State) -> Written:
        """Write what is due. Raises NothingToReport, HomeRefused."""
        state = self._started(state)
        late = self._late_days(state)
        paths = []
        if late and self._asked.reason:
            for span in _runs(late):
                path, state = self._write(state, span, corrects=True)
                paths.append(path)
            late = []
        start = state.next_day or self._asked.since
        if start is None:
            raise HomeRefused("Say the first day of the first report, as in --since 2026-06-01.")
        if start < self._asked.until:
            path, state = self._write(state, Period(start, self._asked.until), corrects=False)
            paths.append(path)
        elif not paths:
            raise NothingToReport(f"Every day before {self._asked.until} is reported already.")
        return Written(paths=tuple(paths), late=tuple(late))

    def _started(self, state: State) -> State:
        """Count another start of the machine."""
        if state.boots and state.boot_id == self._host.boot_id:
            return state
        return replace(state, boots=state.boots + 1, boot_id=self._host.boot_id)

    def _late_days(self, state: State) -> list[date]:
        """Return reported days of which the activity at hand says something else than was sealed.

        Only days with activity at hand are looked at: whoever gives the newest days alone has not taken back the rest.
        """
        given = {day for _, _, day in self._asked.activity.sums if day.isoformat() in state.days}
        spans = {day: Period(day, day + timedelta(days=1)) for day in sorted(given)}
        now = self._host.now
        return [
            day
            for day, span in spans.items()
            if self._table(span).days(span, sealed_at=now)[0].root != state.days[str(day)][0]
        ]

    def _table(self, span: Period) -> _Table:
        merged: dict[tuple[str, str, date], ReportRow] = {}
        for user, action, day, found in self._asked.activity.between(span.start, span.end):
            shown = user if self._hidden is None else self._hidden.name(user)
            if not shown:
                continue
            row = ReportRow(shown, action, moment(found.first), moment(found.last), found.events, found.quantity)
            known = merged.get((shown, action, day))
            merged[shown, action, day] = row if known is None else _together(known, row)
        return _Table(list(merged.values()), self._zone)

    def _write(self, state: State, span: Period, *, corrects: bool) -> tuple[Path, State]:
        table = self._table(span)
        days = with_seals(table.days(span, sealed_at=self._host.now), before=state.seal)
        corrections = tuple(self._correction(state, day) for day in days) if corrects else ()
        statement = self._statement(state, span, table, days, corrections)
        # The number first: an id may begin with a sign that commands take for an option.
        name = f"{statement.sequence:06d}-{span.start}-{span.end}-{statement.instance}{REPORT}"
        self._put_down(statement, table, name)
        if self._hidden is not None:
            keep_names(self._home.folder, self._hidden.names)
        following = replace(
            state,
            sequence=statement.sequence,
            previous=statement.digest,
            seal=statement.days[-1].seal,
            reported_to=state.reported_to if corrects else span.end.isoformat(),
            wall=statement.clock.wall.isoformat(),
            pending=name,
            days=state.days | {str(day.date): [day.root, statement.sequence] for day in statement.days},
        )
        self._home.save(following)
        path = self._home.publish(following)
        path.with_name(name.removesuffix(REPORT) + SUMMARY).write_text(summary_of(statement), encoding="utf-8")
        return path, replace(following, pending="")

    def _put_down(self, statement: Statement, table: _Table, name: str) -> None:
        """Write the file under the name that nobody sends; where totals alone leave the house, keep the rows here."""
        envelope, lines = sign_report(statement, sign=self._home.key()), [line for _, line in table.rows]
        if not self._keeps_rows:
            write_report_file(self._home.pending(), envelope=envelope, lines=lines)
            return
        write_totals_file(self._home.pending(), envelope=envelope, table=totals_of(statement.days))
        for left in self._home.kept().glob(f"{statement.sequence:06d}-*"):
            # Of a report that was never finished: its number is given anew.
            left.unlink()
        write_kept_rows(self._home.kept() / (name.removesuffix(REPORT) + ROWS_KEPT), lines)

    def _statement(
        self,
        state: State,
        span: Period,
        table: _Table,
        days: tuple[SealedDay, ...],
        corrections: tuple[Correction, ...],
    ) -> Statement:
        license, host, facts = self._license, self._host, table.facts
        shown = totals_of(days) if self._keeps_rows else facts
        return Statement(
            vendor_id=license.vendor_id,
            contract=license.contract,
            license_id=license.license_id,
            license_serial=license.serial,
            instance=self._instance(),
            sequence=state.sequence + 1,
            previous=state.previous,
            receipt=Receipt(sequence=state.receipt["seq"], digest=state.receipt["digest"]) if state.receipt else None,
            start=span.start,
            end=span.end,
            timezone=license.timezone,
            tzdata=TZDATA_VERSION,
            days=days,
            definitions={name: one.digest for name, one in license.definitions.items()},
            counts=self._counts(span, table),
            disclosure=license.disclosure,
            namespace=license.namespace,
            key_commitment="" if self._hidden is None else commitment(self._home.customer_key()),
            users=facts.users,
            users_root=facts.users_root,
            table_sha256=shown.sha256,
            table_bytes=shown.size,
            table_rows=shown.rows,
            provisioned=self._asked.provisioned,
            excluded={"by the customer's list": len(self._hidden.excluded)} if self._hidden else {},
            clock=Clock(wall=host.now, monotonic_seconds=host.monotonic_seconds, boots=state.boots),
            host=host.marks(contract=license.contract, home=self._home.folder),
            software=dict(self._asked.software),
            corrections=corrections,
            nonce=new_nonce(),
            program=program(),
        )

    def _counts(self, span: Period, table: _Table) -> dict[str, int]:
        return counts_of(
            (row for row, _ in table.rows),
            definitions=definitions_of(self._license),
            period=span,
            timezone=self._license.timezone,
        )

    def _correction(self, state: State, day: SealedDay) -> Correction:
        root, sequence = state.days[str(day.date)]
        return Correction(
            of_sequence=sequence, day=day.date, old_root=root, new_root=day.root, reason=self._asked.reason
        )

    def _instance(self) -> str:
        """Return which instance of the licence has this home's key."""
        public = bytes(self._home.key().verify_key)
        for one in self._license.instances:
            if one.key and one.key == fingerprint(public):
                return one.id
        raise HomeRefused(
            f"The licence does not name this instance's key, {fingerprint(public)}. Activate it in the portal, then "
            "get the new licence file."
        )

    def _hiding(self) -> Hidden | None:
        if self._license.namespace == "plain":
            return None
        definitions = list(definitions_of(self._license).values())
        own = self._home.people()
        rules = {definition.identity.rule for definition in definitions}
        if len(rules) != 1:
            raise HomeRefused("The definitions of the licence normalize ids in different ways.")
        aliases: dict[str, str] = dict(own["aliases"])
        for definition in definitions:
            aliases.update(definition.identity.alias_map)
        common = set.intersection(*({*definition.excluded_users} for definition in definitions))
        return Hidden(
            self._home.customer_key(),
            contract=self._license.contract,
            aliases=aliases,
            excluded=(*sorted(common), *own["excluded"]),
            rule=rules.pop(),
        )


def definitions_of(license: License) -> dict[str, ActivityDefinition]:
    """Return the definitions of a licence by the names of their metrics."""
    return {name: ActivityDefinition.from_json(dict(one.definition)) for name, one in license.definitions.items()}


def _together(one: ReportRow, other: ReportRow) -> ReportRow:
    """Add up what two ids of one person did by one action on one day."""
    both = [amount for amount in (one.quantity, other.quantity) if amount is not None]
    return one._replace(
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
        events=one.events + other.events,
        quantity=exact_sum(both) if both else None,
    )


def _runs(days: Sequence[date]) -> list[Period]:
    """Return days in order as spans without gaps."""
    spans: list[Period] = []
    for day in days:
        end = day + timedelta(days=1)
        if spans and spans[-1].end == day:
            spans[-1] = Period(spans[-1].start, end)
        else:
            spans.append(Period(day, end))
    return spans
