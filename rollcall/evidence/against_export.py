"""A bundle against the customer's own export: the same reading, the same rule, and who makes the difference.

The export is read as a report is. Names become references by the salt of a downloaded bundle, or by its names; people
whom the bundle does not know stay under the name that the export has for them.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rollcall.evidence.archive import Archive, BundleRefused
from rollcall.evidence.contents import evidence_member
from rollcall.evidence.counted import StoredCount, read_count
from rollcall.evidence.findings import DIFFERENT, EQUAL, Difference, Findings, Verification
from rollcall.evidence.people import People, read_people
from rollcall.evidence.rated import read_rated
from rollcall.evidence.read import Bundle, open_bundle
from rollcall.evidence.recount import Rows
from rollcall.evidence.rows_csv import ReadRows, RowRefused, batches_of
from rollcall.intake.engine import duckdb
from rollcall.intake.evidence import PARQUET_FILE, read_names
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.intake.result import ReadResult
from rollcall.money import count_in_words
from rollcall.rows import FIELDS, EvidenceRow, parse_line
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import RULE, Resolution, resolve

# {person: {day: qualifying actions}}
Deeds = dict[str, dict[date, int]]
_DAYS_SHOWN = 5


class ExportRefused(ValueError):
    """The export cannot be compared; the message says what it needs."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file of the customer, and from which instance it comes; empty where that does not matter."""

    path: Path
    instance: str = ""


def compare_export(path: Path, exports: Sequence[Export], *, source_timezone: str | None = None) -> Verification:
    """Count the customer's own export by the definitions of a bundle and say whose rows differ.

    `source_timezone` is the zone of times in the export that name none. A row that differs and changes nobody's verdict
    is a note. Raises ExportRefused for an export that cannot be read or a bundle without salt and names, BundleRefused,
    and OSError.
    """
    found = Findings()
    with Archive(path) as archive, tempfile.TemporaryDirectory(prefix="rollcall-") as folder:
        bundle, people = open_bundle(archive), read_people(archive)
        if people.salt is None and not people.keys:
            raise ExportRefused("The bundle has neither SALT.txt nor names.csv; download it again with your names.")
        wanted = {read_rated(bundle, name).count for name in bundle.folders("rated")}
        counts = [read_count(bundle, name) for name in bundle.folders("counts") if name in wanted]
        for number, count in enumerate(each for each in counts if each.definition is not None):
            own = Path(folder) / str(number)
            rows, names = _export_rows(exports, count, people, own, source_timezone, found)
            _compare(bundle, count, rows, {**names, **people.keys}, people, own, found)
        return Verification(
            number=bundle.invoice["number"],
            signer=bundle.envelope.signer,
            key_checked=True,
            steps=tuple(found.steps),
            differences=tuple(found.differences),
            notes=tuple(dict.fromkeys(found.notes)),
        )


def _export_rows(
    exports: Sequence[Export],
    count: StoredCount,
    people: People,
    folder: Path,
    source_timezone: str | None,
    found: Findings,
) -> tuple[list[EvidenceRow], dict[str, str]]:
    """Return the rows of the export under the references of the bundle, and the ids behind them."""
    known = {key: ref for ref, key in people.keys.items()}
    rows: list[EvidenceRow] = []
    names: dict[str, str] = {}
    by_instance: dict[str, list[Path]] = defaultdict(list)
    for export in exports:
        by_instance[export.instance].append(export.path)
    for number, (instance, files) in enumerate(by_instance.items()):
        out = folder / f"read{number}"
        result = read(
            ReadRequest(
                files=tuple(map(str, files)),
                filenames=tuple(file.name for file in files),
                out_dir=str(out),
                timezone=count.said["timezone"],
                source_timezone=source_timezone,
                salt_hex="" if people.salt is None else people.salt.hex(),
                identity_rule=RULE,
                instance=instance,
            )
        )
        _say_what_was_kept_apart(result, found)
        if result.evidence_file is None or result.names_file is None:
            raise ExportRefused(f"{files[0].name} cannot be counted: {result.message}")
        keys = read_names(out / result.names_file)
        refs = {ref: ref if people.salt is not None else known.get(key, ref) for ref, key in keys.items()}
        rows += [row._replace(user_ref=refs[row.user_ref]) for row in _stored_rows(out / result.evidence_file)]
        names |= {refs[ref]: key for ref, key in keys.items()}
    return rows, names


def _say_what_was_kept_apart(result: ReadResult, found: Findings) -> None:
    for finding in result.findings[:_DAYS_SHOWN]:
        found.notes.append(f"{finding.file}, line {finding.line:,}: {finding.message}")
    if result.rows.quarantined:
        apart = count_in_words(result.rows.quarantined, "row of the export was", "rows of the export were")
        found.notes.append(f"{apart} kept apart and {'does' if result.rows.quarantined == 1 else 'do'} not count.")


def _stored_rows(path: Path) -> Iterator[EvidenceRow]:
    if path.name == PARQUET_FILE and duckdb is not None:
        with duckdb.connect() as connection:
            connection.execute(f"SELECT {', '.join(FIELDS)} FROM read_parquet($1)", [str(path)])
            while batch := connection.fetchmany(10_000):
                yield from map(EvidenceRow._make, batch)
        return
    with path.open("rb") as lines:
        yield from map(parse_line, lines)


def _compare(
    bundle: Bundle,
    count: StoredCount,
    rows: list[EvidenceRow],
    names: Mapping[str, str],
    people: People,
    folder: Path,
    found: Findings,
) -> None:
    definition = count.definition
    if definition is None:
        return
    resolution = count.resolution if people.salt is None else resolve(names, definition, people.salt)
    held = Rows(folder)
    held.add("export", batches_of(rows))
    made = held.count(replace(count, resolution=resolution), ["export"])
    stated = Rows(folder)
    for digest in dict.fromkeys(count.said["evidence"]):
        stated.add(digest, batches_of(_bundle_rows(bundle, [digest])))
    own = stated.count(count, count.said["evidence"])
    theirs, ours = ({one[0] for one in each.result.verdicts if one.counted} for each in (own, made))
    days_theirs = _deeds(_bundle_rows(bundle, count.said["evidence"]), count, definition, count.resolution)
    days_ours = _deeds(rows, count, definition, resolution)
    differences = [
        Difference(
            code="export.user",
            place=count.verdicts,
            sentence=_why(user in theirs, days_theirs.get(user, {}), days_ours.get(user, {})),
            user_ref=user,
            user=names.get(user, ""),
        )
        for user in sorted(theirs ^ ours)
    ]
    found.take(differences)
    others = sorted({*days_theirs, *days_ours} - (theirs ^ ours))
    for user in others:
        if days_theirs.get(user, {}) != days_ours.get(user, {}):
            why = _rows_in_words(days_theirs.get(user, {}), days_ours.get(user, {}))
            found.notes.append(f"{names.get(user, user)}: {why}; nobody's verdict changes.")
    words = f"{made.result.active_users:,} active users by the export, {own.result.active_users:,} by the bundle"
    found.step("export", f"{words}, {count.period.words()}", DIFFERENT if differences else EQUAL)


def _bundle_rows(bundle: Bundle, digests: Iterable[str]) -> Iterator[EvidenceRow]:
    for digest in dict.fromkeys(digests):
        try:
            yield from ReadRows(lines=bundle.archive.lines(evidence_member(digest)))
        except (RowRefused, KeyError) as error:
            raise BundleRefused(f"{evidence_member(digest)}: {error}") from error


def _deeds(
    rows: Iterable[EvidenceRow], count: StoredCount, definition: ActivityDefinition, resolution: Resolution
) -> Deeds:
    """Return on which days of the windows each person did how much that counts."""
    windows = definition.windows(count.period, count.since)
    first, end = windows[0].start, windows[-1].end
    counts: dict[str, bool] = {}
    found: Deeds = {}
    for row in rows:
        if first <= row.day < end:
            if row.action not in counts:
                counts[row.action] = definition.counts_action(row.action)
            if counts[row.action]:
                days = found.setdefault(resolution.person(row.user_ref), {})
                days[row.day] = days.get(row.day, 0) + row.events
    return found


def _why(is_in_bundle: bool, theirs: Mapping[date, int], ours: Mapping[date, int]) -> str:
    verdict = "counted by the bundle, not by the export" if is_in_bundle else "counted by the export, not by the bundle"
    return f"{verdict}: {_rows_in_words(theirs, ours)}."


def _rows_in_words(theirs: Mapping[date, int], ours: Mapping[date, int]) -> str:
    days = [day for day in sorted({*theirs, *ours}) if theirs.get(day, 0) != ours.get(day, 0)]
    if not days:
        return "the same qualifying actions on the same days; aliases, excluded people or instances differ"
    told = [f"{day}: {theirs.get(day, 0)} in the bundle, {ours.get(day, 0)} in the export" for day in days]
    more = f", and {len(days) - _DAYS_SHOWN} more days" if len(days) > _DAYS_SHOWN else ""
    return f"qualifying actions on {'; '.join(told[:_DAYS_SHOWN])}{more}"
