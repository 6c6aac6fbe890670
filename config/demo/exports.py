"""Usage exports in the formats of the systems that write them, one writer per dialect.

product   the vendor's own export: event_id,user_id,occurred_at,action; ISO times with offset
packed    the same content, gzip, with other names in other order, as a directory-backed installation ships it
audit     the audit log of a code-hosting server: epoch milliseconds, actor and user columns
local     semicolons and naive local times, no event ids: the zone is a question to a person

Files that exist are left alone, so a person may change a line and run the demo on a new database.
"""

import csv
import gzip
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from pathlib import Path

from config.demo.activity import Event, last_day, month_events
from config.demo.companies import Company, Installation
from rollcall.period import zone

Rows = Iterable[tuple[str, ...]]


def _csv(header: tuple[str, ...], rows: Rows, *, delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _product(events: list[Event]) -> bytes:
    return _csv(
        ("event_id", "user_id", "occurred_at", "action"),
        ((event.event_id, event.user, event.at.isoformat(timespec="seconds"), event.action) for event in events),
    )


def _packed(events: list[Event]) -> bytes:
    plain = _csv(
        ("timestamp", "action", "user", "id"),
        (
            (event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), event.action, event.user, event.event_id)
            for event in events
        ),
    )
    return gzip.compress(plain, mtime=0)


def _audit(events: list[Event]) -> bytes:
    def row(event: Event) -> tuple[str, ...]:
        millis = str(int(event.at.timestamp()) * 1000)
        return (event.action, event.user, event.user, "works", "", millis, millis, "", event.event_id[:22])

    header = ("action", "actor", "user", "org", "repo", "created_at", "@timestamp", "actor_id", "_document_id")
    return _csv(header, map(row, events))


def _local(events: list[Event]) -> bytes:
    return _csv(
        ("user", "timestamp", "event"),
        ((event.user, event.at.strftime("%Y-%m-%d %H:%M:%S"), event.action) for event in events),
        delimiter=";",
    )


DIALECTS: dict[str, tuple[str, Callable[[list[Event]], bytes]]] = {
    "product": ("csv", _product),
    "packed": ("csv.gz", _packed),
    "audit": ("csv", _audit),
    "local": ("csv", _local),
}


def _damage(content: bytes, company: Company, month: date) -> bytes:
    """Break one row of one export, as happens: the time of line 58 is not a time."""
    if company.key != "korbinth" or month != date(2026, 6, 1):
        return content
    lines = content.split(b"\n")
    fields = lines[57].split(b",")
    lines[57] = b",".join([fields[0], fields[1], b"2026-06-31T09:15:00+02:00", fields[3]])
    return b"\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Export:
    """One file and the civil days it covers, both inclusive."""

    path: Path
    first: date
    last: date


def month_exports(
    *,
    folder: Path,
    company: Company,
    installation: Installation,
    month_index: int,
    month: date,
    until: date | None = None,
    extra: int = 0,
    label: str = "",
) -> list[Export]:
    """Write the exports of one installation for a month unless they exist; one file per span it was not silent."""
    suffix, writer = DIALECTS[installation.dialect]
    end = until or last_day(month)
    spans = reported_spans(installation, month, end)
    exports = []
    for first, last in spans:
        part = "" if len(spans) == 1 else f"-{first.day:02d}-to-{last.day:02d}"
        path = folder / company.key / f"{installation.name.lower()}-{month:%Y-%m}{part}{label}.{suffix}"
        if not path.exists():
            events = month_events(
                company=company,
                installation=installation,
                month_index=month_index,
                month=month,
                zone=zone(company.terms["timezone"]),
                until=until,
                extra=extra,
            )
            rows = sorted(event for event in events if first <= event.at.date() <= last)
            _write(path, _damage(writer(rows), company, month))
        exports.append(Export(path=path, first=first, last=last))
    return exports


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.rename(path)


def reported_spans(installation: Installation, month: date, end: date) -> list[tuple[date, date]]:
    """Return the civil days (first, last inclusive) that the installation exported, around its silent days."""
    silent = {month.replace(day=day) for day in installation.silent_days.get(month, ())}
    spans: list[tuple[date, date]] = []
    for offset in range((end - month).days + 1):
        day = month + timedelta(days=offset)
        if day in silent:
            continue
        if spans and spans[-1][1] == day - timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans
