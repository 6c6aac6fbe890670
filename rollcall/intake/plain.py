"""The plain reader: one row after the other, in pure Python. Slow, and the definition of what is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from rollcall.intake.checks import Activity, Names, checker
from rollcall.intake.findings import SHOWN_CHARACTERS, FileRefused, Finding
from rollcall.intake.limits import Limits
from rollcall.intake.records import Fault, Record, shown
from rollcall.intake.request import Bounds, ReadRequest
from rollcall.intake.result import RowCounts
from rollcall.intake.source import Source
from rollcall.intake.tally import Tally
from rollcall.safe_csv import SafeWriter
from rollcall.zones import zone_table

Progress = Callable[[int, int, str], None]

_PROGRESS_ROWS = 50_000
FINDINGS_FILE = "findings.csv"
_FINDING_FIELDS = ("file", "line", "column", "code", "value", "message")


class Ledger:
    """What became of every row: counts, and findings, all of them in a file and the first in memory."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._limits = limits
        self._file = open(folder / FINDINGS_FILE, "w", newline="", encoding="utf-8")  # noqa: SIM115 - closed by close()
        self._writer = SafeWriter(self._file)
        self.clear()

    def clear(self) -> None:
        """Begin again, with nothing read and nothing found."""
        self._file.seek(0)
        self._file.truncate()
        self._writer.writerow(_FINDING_FIELDS)
        self.findings: list[Finding] = []
        self.finding_counts: Counter[str] = Counter()
        # Rows read before the file that is being read.
        self.before = 0
        self.read = self.accepted = self.quarantined = self.duplicate = self.not_owned = self.equal = 0

    def rows(self) -> RowCounts:
        """Return what became of the rows read so far."""
        return RowCounts(
            read=self.read,
            accepted=self.accepted,
            quarantined=self.quarantined,
            duplicate=self.duplicate,
            not_owned=self.not_owned,
        )

    def quarantine(self, source: Source, line: int, fault: Fault) -> None:
        """Keep one row apart, with the reason."""
        column = None if fault.place is None else shown(source.header[fault.place])
        finding = Finding(
            file=source.filename,
            line=line,
            column=column,
            code=fault.code,
            value=shown(fault.value[:SHOWN_CHARACTERS]),
            message=shown(f"Row {self.read - self.before}: {fault.message}" if source.shares_lines else fault.message),
        )
        self.quarantined += 1
        self.finding_counts[fault.code] += 1
        if len(self.findings) < self._limits.findings:
            self.findings.append(finding)
        self._writer.writerow([getattr(finding, name) for name in _FINDING_FIELDS])

    def close(self) -> None:
        """Close the file of findings."""
        self._file.close()


class PlainReading:
    """One reading of all files of a request, row by row."""

    def __init__(self, request: ReadRequest, *, bounds: Bounds, ledger: Ledger) -> None:
        self._request = request
        self._bounds = bounds
        self.ledger = ledger
        self.tally = Tally(zone_table(request.timezone))
        self._names = Names(rule=request.identity_rule, id_characters=request.limits.id_characters)
        self._by_id: dict[str, tuple[Activity, str, int]] = {}
        self._without_id: set[int] = set()
        self._closed_rows: Counter[str] = Counter()
        self.ids_by_file: list[set[str]] = []

    def add(self, source: Source, on_progress: Progress) -> None:
        """Read one file. Raises FileRefused."""
        ledger, spans = self.ledger, self._bounds.spans
        check = checker(source, self._bounds, self._names, self._request.instance)
        self.ids_by_file.append(set())
        ledger.before = ledger.read
        for record in source.records():
            ledger.read += 1
            if ledger.read % _PROGRESS_ROWS == 0:
                refuse_too_many_rows(ledger.read, self._request.limits)
                on_progress(ledger.read, 0, "rows read")
            if record.fault is not None:
                ledger.quarantine(source, record.line, record.fault)
                continue
            row = check(record.fields)
            if type(row) is Fault:
                ledger.quarantine(source, record.line, row)
            elif spans is not None and not self._bounds.owns(row.instant):  # type: ignore[union-attr]
                ledger.not_owned += 1
            else:
                self._take(source, record, row)  # type: ignore[arg-type]
        refuse_too_many_rows(ledger.read, self._request.limits)

    def rows_in_closed_months(self) -> dict[str, int]:
        """Return {month: rows accepted} for months that are closed."""
        return dict(sorted(self._closed_rows.items()))

    def _take(self, source: Source, record: Record, row: Activity) -> None:
        ledger = self.ledger
        if row.event_id:
            self.ids_by_file[-1].add(row.event_id)
            entry = (row, source.filename, record.line)
            known = self._by_id.setdefault(row.event_id, entry)
            if known is not entry:
                self._repeat(source, record.line, row, known)
                return
        else:
            self._note_equal(source, record)
        ledger.accepted += 1
        self.tally.add(row, record.fields[source.positions["user"]])
        for month, start, end in self._bounds.closed:
            if start <= row.instant < end:
                self._closed_rows[month] += 1

    def _note_equal(self, source: Source, record: Record) -> None:
        """Count a row that is written like another: the same time, user, action, instance and quantity."""
        number = hash(tuple(record.fields[place] for place in source.positions.values()))
        if number in self._without_id:
            self.ledger.equal += 1
        self._without_id.add(number)

    def _repeat(self, source: Source, line: int, row: Activity, known: tuple[Activity, str, int]) -> None:
        first, filename, first_line = known
        if first == row:
            self.ledger.duplicate += 1
            return
        where = f"line {first_line}" if filename == source.filename else f"line {first_line} of {filename}"
        words = f"The event id '{row.event_id[:80]}' occurs on {where} with other content."
        self.ledger.quarantine(
            source, line, Fault("event_id.conflict", words, source.positions["event_id"], row.event_id)
        )


def refuse_too_many_rows(rows: int, limits: Limits) -> None:
    """Refuse a report with more rows than the limit. Raises FileRefused."""
    if rows > limits.rows:
        raise FileRefused("size.rows", f"The file has more than {limits.rows:,} rows.")


class Locating(PlainReading):
    """A plain reading that names what is wrong and keeps few rows: for a file that the fast reader has added up.

    It settles the rows of the event ids in `repeated`: `kept` are those that count, each with its user as written.
    `checksum` is (rows, sum of their instants, bytes of their users' ids) of all other good rows, to be compared.
    """

    def __init__(self, request: ReadRequest, *, bounds: Bounds, ledger: Ledger, repeated: Iterable[str] = ()) -> None:
        super().__init__(request, bounds=bounds, ledger=ledger)
        self._repeated = frozenset(repeated)
        self.kept: list[tuple[Activity, str]] = []
        self.checksum = (0, 0, 0)

    def _take(self, source: Source, record: Record, row: Activity) -> None:
        user = record.fields[source.positions["user"]]
        if row.event_id and row.event_id in self._repeated:
            entry = (row, source.filename, record.line)
            known = self._by_id.setdefault(row.event_id, entry)
            if known is not entry:
                self._repeat(source, record.line, row, known)
                return
            self.kept.append((row, user))
        else:
            rows, instants, characters = self.checksum
            self.checksum = (rows + 1, instants + row.instant, characters + len(user.encode()))
        self.ledger.accepted += 1
