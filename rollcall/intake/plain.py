"""The plain reader: one row after the other, in pure Python. Slow, and the definition of what is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rollcall.intake.checks import Activity, Names, checker
from rollcall.intake.findings import SHOWN_CHARACTERS, FileRefused, Finding
from rollcall.intake.limits import Limits
from rollcall.intake.records import Fault, shown
from rollcall.intake.request import Bounds, ReadRequest
from rollcall.intake.safe_csv import SafeWriter
from rollcall.intake.source import Source
from rollcall.intake.tally import Tally
from rollcall.zones import zone_table

Progress = Callable[[int, int, str], None]

_PROGRESS_ROWS = 50_000
FINDINGS_FILE = "findings.csv"
_FINDING_FIELDS = ("file", "line", "column", "code", "value", "message")


class Ledger:
    """What became of every row: counts, findings (all in a file, the first in memory), and ids seen."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._limits = limits
        self._file = open(folder / FINDINGS_FILE, "w", newline="", encoding="utf-8")  # noqa: SIM115 - closed by close()
        self._writer = SafeWriter(self._file)
        self._writer.writerow(_FINDING_FIELDS)
        self.findings: list[Finding] = []
        self.finding_counts: Counter[str] = Counter()
        self.read = self.accepted = self.quarantined = self.duplicate = self.not_owned = self.equal = 0

    def quarantine(self, source: Source, line: int, fault: Fault) -> None:
        """Keep one row apart, with the reason."""
        column = None if fault.place is None else shown(source.header[fault.place])
        finding = Finding(
            file=source.filename,
            line=line,
            column=column,
            code=fault.code,
            value=shown(fault.value[:SHOWN_CHARACTERS]),
            message=shown(fault.message),
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
        self._without_id: set[Activity] = set()
        self._closed_rows: Counter[str] = Counter()
        self.ids_by_file: list[set[str]] = []

    def add(self, source: Source, on_progress: Progress) -> None:
        """Read one file. Raises FileRefused."""
        ledger, spans = self.ledger, self._bounds.spans
        check = checker(source, self._bounds, self._names, self._request.instance)
        user = source.positions["user"]
        self.ids_by_file.append(set())
        for record in source.records():
            ledger.read += 1
            if ledger.read % _PROGRESS_ROWS == 0:
                self._within_rows(ledger.read)
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
                self._take(source, record.line, row, record.fields[user])  # type: ignore[arg-type]
        self._within_rows(ledger.read)

    def rows_in_closed_months(self) -> dict[str, int]:
        """Return {month: rows accepted} for months that are closed."""
        return dict(sorted(self._closed_rows.items()))

    def _take(self, source: Source, line: int, row: Activity, raw_user: str) -> None:
        ledger = self.ledger
        if row.event_id:
            self.ids_by_file[-1].add(row.event_id)
            entry = (row, source.filename, line)
            known = self._by_id.setdefault(row.event_id, entry)
            if known is not entry:
                self._repeat(source, line, row, known)
                return
        elif row in self._without_id:
            ledger.equal += 1
        else:
            self._without_id.add(row)
        ledger.accepted += 1
        self.tally.add(row, raw_user)
        for month, start, end in self._bounds.closed:
            if start <= row.instant < end:
                self._closed_rows[month] += 1

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

    def _within_rows(self, rows: int) -> None:
        if rows > self._request.limits.rows:
            raise FileRefused("size.rows", f"The file has more than {self._request.limits.rows:,} rows.")
