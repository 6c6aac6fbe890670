"""`rollcall count FILE...`: how many people were active, and what of the files could not be counted."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rollcall.cli.evidence_counter import count_evidence
from rollcall.cli.table import Column, table
from rollcall.counting.answer import CountResult
from rollcall.formats.mapping import ColumnMapping, MappingRefused
from rollcall.formats.registry import PROFILES
from rollcall.intake.evidence import read_names
from rollcall.intake.findings import Remark
from rollcall.intake.read import read
from rollcall.intake.request import ADDS, REPLACES, ReadRequest, RequestRefused
from rollcall.intake.result import ACCEPTED, NEEDS_ANSWER, QUARANTINED, REJECTED, ReadResult
from rollcall.money import count_in_words
from rollcall.period import BadCycle, BillingCycle, EmptyPeriod, Period, UnknownZone, zone
from rollcall.strict_json import NotStrictJson, read_json
from rollcall.terms.activity import ANY_ACTION_ONCE, ActivityDefinition, DefinitionRefused
from rollcall.terms.identity import resolve

STATUSES = {ACCEPTED: 0, QUARANTINED: 0, REJECTED: 3, NEEDS_ANSWER: 4}
WRONG_USE = 2

# Without a database there is no contract's salt; these references never leave the machine.
_SALT_HEX = ""

_PERIODS = (Column("period"), Column("active users", right=True), Column("busiest day"), Column("users", right=True))
_FINDINGS = (Column("file"), Column("line", right=True), Column("column"), Column("code"), Column("what", widest=72))
_SHOWN_FINDINGS = 20


class WrongUse(ValueError):
    """An argument of the command cannot be used; the message says which and why."""


def add_to(subcommands: Any) -> None:
    """Add the subcommand `count` with its arguments."""
    parser = subcommands.add_parser(
        "count",
        help="count the active users in exports of usage",
        description="Count the active users in exports of usage: nothing is guessed, nothing dropped silently.",
        epilog="Exit status: 0 counted (perhaps with rows kept apart), 2 wrong use, 3 refused, 4 a question is open.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="exports, read together as one report")
    parser.add_argument(
        "--definition", type=Path, metavar="DEF.json", help="who is active; without it: any action, once"
    )
    parser.add_argument("--timezone", metavar="ZONE", help="zone of the bill; without it the definition's")
    parser.add_argument("--source-timezone", metavar="ZONE", help="zone of times in the files that name none")
    parser.add_argument(
        "--cycle",
        default="calendar-month",
        metavar="CYCLE",
        help="calendar-month (default), anniversary:YYYY-MM-DD or days:N:YYYY-MM-DD",
    )
    parser.add_argument("--from", dest="first", metavar="DATE", help="first day of the periods shown")
    parser.add_argument("--to", dest="end", metavar="DATE", help="day after the last of the periods shown")
    parser.add_argument("--contract-from", metavar="DATE", help="rows before are kept apart")
    parser.add_argument("--contract-to", metavar="DATE", help="rows on this day and later are kept apart")
    parser.add_argument("--now", metavar="INSTANT", help="rows later than this instant are kept apart")
    parser.add_argument(
        "--closed", action="append", default=[], metavar="YYYY-MM", help="late rows there are a question"
    )
    parser.add_argument(
        "--format",
        default="auto",
        choices=["auto", "csv", "json", *sorted(PROFILES)],
        metavar="NAME",
        help="format of the files, where auto takes them for another",
    )
    parser.add_argument(
        "--repeated-files",
        choices=[REPLACES, ADDS],
        help="what a file does that repeats a part of another one; without it such files are a question",
    )
    parser.add_argument("--mapping", type=Path, metavar="MAP.json", help="which column means what")
    parser.add_argument("--json", action="store_true", help="print JSON for programs instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, count and print; return the exit status."""
    try:
        with tempfile.TemporaryDirectory(prefix="rollcall-") as folder:
            definition = _definition(arguments)
            cycle = _cycle(arguments.cycle)
            shown = (_day(arguments.first, "--from"), _day(arguments.end, "--to"))
            result = read(_request(arguments, definition, folder))
            since = _day(arguments.contract_from, "--contract-from")
            counts, remarks = _counts(result, Path(folder), definition, cycle, shown, since)
    except (WrongUse, RequestRefused, EmptyPeriod) as error:
        print(f"rollcall count: {error}", file=sys.stderr)
        return WRONG_USE
    result = replace(result, remarks=(*result.remarks, *remarks))
    if arguments.json:
        print(json.dumps(_as_json(result, counts, definition, arguments), indent=1, ensure_ascii=False))
    else:
        _print_for_people(result, counts, definition)
    return STATUSES[result.outcome]


def _definition(arguments: argparse.Namespace) -> ActivityDefinition:
    definition = ANY_ACTION_ONCE
    if arguments.definition is not None:
        try:
            definition = ActivityDefinition.from_json(_json(arguments.definition))
        except DefinitionRefused as error:
            raise WrongUse(f"{arguments.definition}: {error}") from error
    if arguments.timezone is None:
        return definition
    return replace(definition, timezone=_zone(arguments.timezone))


def _request(arguments: argparse.Namespace, definition: ActivityDefinition, folder: str) -> ReadRequest:
    files = _files(arguments.files)
    mapping = None
    if arguments.mapping is not None:
        try:
            mapping = ColumnMapping.from_json(_json(arguments.mapping))
        except MappingRefused as error:
            raise WrongUse(f"{arguments.mapping}: {error}") from error
    return ReadRequest(
        files=tuple(map(str, files)),
        filenames=tuple(file.name for file in files),
        out_dir=folder,
        timezone=definition.timezone,
        mapping=mapping,
        format=None if arguments.format == "auto" else arguments.format,
        source_timezone=None if arguments.source_timezone is None else _zone(arguments.source_timezone),
        contract_from=arguments.contract_from,
        contract_to=arguments.contract_to,
        now=arguments.now,
        closed=tuple(arguments.closed),
        repeated_files=arguments.repeated_files,
        salt_hex=_SALT_HEX,
        identity_rule=definition.identity.rule,
    )


def _files(named: Sequence[Path]) -> list[Path]:
    """Return the files that were named; a folder stands for the files in it."""
    files = [file for path in named for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    for file in files:
        if not file.is_file():
            raise WrongUse(f"{file} is not a file that can be read.")
    if not files:
        raise WrongUse(f"There is no file in {named[0]}.")
    return files


def _counts(
    result: ReadResult,
    folder: Path,
    definition: ActivityDefinition,
    cycle: BillingCycle,
    shown: tuple[date | None, date | None],
    since: date | None,
) -> tuple[list[CountResult], list[Remark]]:
    """Return the count of every period shown, and what the definition makes worth a look."""
    if result.evidence_file is None or result.names_file is None or not result.days:
        return [], []
    first, last = date.fromisoformat(result.days[0]), date.fromisoformat(result.days[-1])
    start = shown[0] or min(cycle.period_of(first).start, shown[1] or date.max)
    end = shown[1] or max(cycle.period_of(last).end, start + timedelta(days=1))
    if end <= start:
        raise WrongUse(f"--to {end} is not after --from {start}.")
    resolution = resolve(read_names(folder / result.names_file), definition, bytes.fromhex(_SALT_HEX))
    counts = count_evidence(
        folder / result.evidence_file,
        rows=result.evidence_rows,
        definition=definition,
        periods=cycle.periods(Period(start, end)),
        resolution=resolution,
        since=since,
    )
    return counts, list(_remarks(result, definition))


def _remarks(result: ReadResult, definition: ActivityDefinition) -> list[Remark]:
    counted = definition.counted_actions(result.actions)
    if not counted:
        words = "no row has a counted action, so nobody is active under this definition."
        return [Remark(code="actions.none_counted", message=words)]
    others = [
        f"{action or '(none)'} ({count_in_words(rows, 'row')})"
        for action, (rows, _) in result.actions.items()
        if action not in counted
    ]
    if not others:
        return []
    listed = ", ".join(others[:20]) + (f" and {len(others) - 20:,} more" if len(others) > 20 else "")
    return [Remark(code="actions.not_counted", message=f"Actions that the definition does not count: {listed}.")]


def _as_json(
    result: ReadResult, counts: Sequence[CountResult], definition: ActivityDefinition, arguments: argparse.Namespace
) -> dict[str, Any]:
    rows = result.rows.to_json()
    findings = [finding.to_json() for finding in result.findings]
    for finding in findings:
        del finding["value"]
    if result.outcome == REJECTED:
        name = arguments.files[0].name if len(arguments.files) == 1 else None
        findings.append({"file": name, "line": None, "column": None, "code": result.code, "message": result.message})
    return {
        "outcome": result.outcome,
        "kind": result.kind,
        "format": result.format,
        "rows": {name: rows[name] for name in ("read", "accepted", "quarantined", "duplicate")},
        "periods": [
            {
                "start": count.period.start.isoformat(),
                "end": count.period.end.isoformat(),
                "timezone": definition.timezone,
                "active_users": count.active_users,
                "daily_active_users": {
                    day.isoformat(): users for day, users in sorted(count.daily_active_users.items())
                },
            }
            for count in counts
        ],
        "actions": {action: {"rows": rows, "users": users} for action, (rows, users) in result.actions.items()},
        "reported": [count.to_json() for count in result.reported],
        "user_list": None if result.user_list is None else result.user_list.to_json(),
        "findings": findings,
        "questions": [question.to_json() for question in result.questions],
        "remarks": [remark.to_json() for remark in result.remarks],
        "message": result.message,
        "digest": result.digest,
    }


def _print_for_people(result: ReadResult, counts: Sequence[CountResult], definition: ActivityDefinition) -> None:
    rows = result.rows
    if result.outcome == REJECTED:
        print(f"Refused: {result.message}")
    for question in result.questions:
        choices = f" ({', '.join(question.choices)})" if question.choices else ""
        print(f"Question: {question.message}{choices}")
    if counts:
        print(definition.words(), end="\n\n")
        print(table(_PERIODS, [_period_row(count, definition.timezone) for count in counts]), end="\n\n")
    print(
        f"Rows: {rows.read:,} read, {rows.accepted:,} accepted, {rows.quarantined:,} kept apart, "
        f"{rows.duplicate:,} repeated."
    )
    if result.reported:
        days = [count.users for count in result.reported]
        span = count_in_words(len(days), "day")
        print(f"Daily numbers of {span}, as reported: lowest {min(days):,}, highest {max(days):,}.")
    if result.user_list is not None:
        print(
            f"A list of {count_in_words(result.user_list.users, 'account')}; nobody's activity can be counted from it."
        )
    for remark in result.remarks:
        print(f"Note: {remark.message}")
    if result.findings:
        print("\n" + table(_FINDINGS, [_finding_row(finding) for finding in result.findings[:_SHOWN_FINDINGS]]))
    left = rows.quarantined - _SHOWN_FINDINGS
    if left > 0:
        print(f"and {left:,} more; --json lists {len(result.findings):,} of them.")
    if result.digest:
        print(f"Evidence {result.digest}")


def _period_row(count: CountResult, timezone: str) -> list[str]:
    busiest = max(count.daily_active_users.items(), key=lambda item: (item[1], item[0]), default=None)
    day, users = ("", "") if busiest is None else (busiest[0].isoformat(), f"{busiest[1]:,}")
    return [count.period.words(timezone), f"{count.active_users:,}", day, users]


def _finding_row(finding: Any) -> list[str]:
    return [finding.file, f"{finding.line:,}", finding.column or "", finding.code, finding.message]


def _cycle(text: str) -> BillingCycle:
    kind, _, rest = text.partition(":")
    try:
        if text == "calendar-month":
            return BillingCycle("month", date(2000, 1, 1))
        if kind == "anniversary":
            return BillingCycle("month", date.fromisoformat(rest))
        if kind == "days":
            length, _, anchor = rest.partition(":")
            return BillingCycle("days", date.fromisoformat(anchor), int(length))
    except (ValueError, BadCycle) as error:
        raise WrongUse(f"--cycle {text} cannot be used: {error}") from error
    raise WrongUse(f"--cycle must be calendar-month, anniversary:YYYY-MM-DD or days:N:YYYY-MM-DD, not {text}.")


def _day(text: str | None, flag: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(f"{flag} must be a date such as 2026-06-01, not {text}.") from error


def _zone(name: str) -> str:
    try:
        return zone(name).key
    except UnknownZone as error:
        raise WrongUse(str(error)) from error


def _json(path: Path) -> Any:
    try:
        return read_json(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise WrongUse(f"cannot read {path}: {error.strerror}.") from error
    except (UnicodeDecodeError, NotStrictJson) as error:
        raise WrongUse(f"{path}: {error}") from error
