"""What the tests of counting share: evidence on disk, the three counters in one shape, and hard inputs."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import strategies as st

from rollcall import recount
from rollcall.counting import columnar, plain
from rollcall.counting.aggregates import reduce_daily
from rollcall.counting.answer import CountResult
from rollcall.intake.evidence import write_evidence
from rollcall.period import Period
from rollcall.rows import EvidenceRow, canonical_line
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution
from rollcall.terms.quantities.highest import Highest

# `make test` takes a sample of examples; `make campaign` this many times as many.
CAMPAIGN = 25 if os.environ.get("ROLLCALL_CAMPAIGN") else 1

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))


def ref(name: str) -> str:
    """Return a reference as evidence has them."""
    return hashlib.sha256(name.encode()).hexdigest()


def row(
    user: str, day: date | int, action: str = "login", events: int = 1, instance: str = "eu", minute: int = 600
) -> EvidenceRow:
    """Return an evidence row; a whole number is a day of June 2026."""
    on = day if isinstance(day, date) else date(2026, 6, day)
    return EvidenceRow(ref(user), instance, action, on, events, None, minute, min(1439, minute + events))


def define(**keys: Any) -> ActivityDefinition:
    """Return a definition; every action counts unless the keys say otherwise."""
    return ActivityDefinition.from_json({"actions": ["*"], **keys})


def one_row_per_key(rows: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    """Drop rows that repeat a user, instance, action and day: one evidence file never has two of them."""
    return list({found[:4]: found for found in rows}.values())


def store(rows: Iterable[EvidenceRow], folder: Path) -> Path:
    """Write rows as an evidence file into a new folder and return the file."""
    folder.mkdir(parents=True)
    _, _, name = write_evidence(rows, folder)
    return folder / name


def rows_of(path: Path) -> list[EvidenceRow]:
    """Read the rows of an evidence file."""
    with duckdb.connect() as connection:
        return [EvidenceRow(*found) for found in connection.execute("FROM read_parquet($1)", [str(path)]).fetchall()]


def write_canonical(rows: Iterable[EvidenceRow], path: Path) -> Path:
    """Write rows as canonical evidence text."""
    path.write_bytes(b"".join(sorted(map(canonical_line, rows))))
    return path


def count_plainly(
    rows: Iterable[EvidenceRow], definition: ActivityDefinition, period: Period, resolution: Resolution = NO_RESOLUTION
) -> CountResult:
    """Count rows with the plain counter."""
    return plain.count(rows=rows, definition=definition, period=period, resolution=resolution)


def count_by_columns(
    paths: Sequence[Path], definition: ActivityDefinition, period: Period, resolution: Resolution = NO_RESOLUTION
) -> CountResult:
    """Count evidence files with the fast counter."""
    return columnar.count(parquet_paths=paths, definition=definition, period=period, resolution=resolution)


def peak(result: CountResult) -> Decimal:
    """Return the highest day of a count."""
    return reduce_daily(calculation=Highest(), daily=result.daily_active_users, period=result.period).quantity


@dataclass(frozen=True)
class Figures:
    """What the independent program says of one period."""

    active_users: int
    daily_active_users: dict[date, int]


def run_recount(arguments: Sequence[str]) -> dict[str, Any]:
    """Run the recount program in this process and return its JSON."""
    output, before = io.StringIO(), sys.argv
    sys.argv = ["recount.py", *arguments, "--json"]
    try:
        with contextlib.redirect_stdout(output):
            recount.main()
    finally:
        sys.argv = before
    answer: dict[str, Any] = json.loads(output.getvalue())
    return answer


def recount_files(
    files: Sequence[str],
    definition: ActivityDefinition,
    period: Period,
    *,
    folder: Path,
    names: Path | None = None,
    timezone: str = "UTC",
    more: Sequence[str] = (),
) -> Figures:
    """Recount files over one period."""
    document = folder / "definition.json"
    document.write_text(json.dumps(definition.to_json()))
    span = ["--from", str(period.start), "--to", str(period.end), "--whole", "--timezone", timezone]
    known = ["--names", str(names)] if names else []
    answer = run_recount(["--definition", str(document), *span, *known, *more, *files])
    assert len(answer["periods"]) == 1
    figures = answer["periods"][0]
    daily = {date.fromisoformat(day): users for day, users in figures["daily_active_users"].items()}
    return Figures(figures["active_users"], daily)


def recount_evidence(
    rows: Iterable[EvidenceRow],
    definition: ActivityDefinition,
    period: Period,
    resolution: Resolution = NO_RESOLUTION,
    *,
    folder: Path,
) -> Figures:
    """Recount canonical evidence, with aliases and exclusions as references."""
    evidence, known = write_canonical(rows, folder / "evidence.tsv"), folder / "resolution.json"
    known.write_text(json.dumps({"aliases": dict(resolution.aliases), "excluded": sorted(resolution.excluded)}))
    return recount_files([str(evidence)], definition, period, folder=folder, names=known)


def difference(left: CountResult, right: CountResult) -> str:
    """Return in words where two counts differ, the empty text when they agree in everything."""
    if left.active_users != right.active_users:
        return f"{left.active_users} active users against {right.active_users}"
    if left.daily_active_users != right.daily_active_users:
        return f"daily {left.daily_active_users} against {right.daily_active_users}"
    mine, others = list(left.verdicts), list(right.verdicts)
    if mine != others:
        return f"verdicts {sorted(set(mine) ^ set(others))[:4]}"
    if left.verdicts.digest != right.verdicts.digest or left.digest != right.digest:
        return "equal verdicts in different text"
    return ""


# Names with everything in which two counters might differ: quotes, separators, globs, case, other scripts, blanks.
# What is marked as no activity stands beside the same action without the mark, and names that only look marked.
ACTIONS = ("login", "LOGIN", "Report.Open", "report.close", "file.read", "файл", "a,b", 'say "x"', "it's", "[x]", "")
ACTIONS += ("login !failed", "Report.Open !automatic", " !idle", "file.read!", "!login")
INSTANCES = ("eu", "us", "", 'q"uote', "comma,tab\tline\n", "Ünïcode", "=1+1")
PEOPLE = tuple(f"person {number}" for number in range(6))
ACTION_CHOICES = (
    ["*"],
    ["login"],
    ["report.*", "FILE.?ead"],
    ["*,*", "файл"],
    ["[[]x]"],
    ["no.such"],
    ["[!l]*", "it's"],
    ["login !failed"],
    ["report.open !*", "login"],
    ["* !*"],
)

days = st.dates(date(2026, 5, 29), date(2026, 7, 3))
evidence_rows = st.builds(
    EvidenceRow,
    user_ref=st.sampled_from([ref(name) for name in PEOPLE]),
    instance=st.sampled_from(INSTANCES),
    action=st.sampled_from(ACTIONS),
    day=days,
    events=st.integers(1, 4),
    quantity=st.none(),
    first_minute=st.integers(0, 700),
    last_minute=st.integers(700, 1439),
)
evidence = st.lists(evidence_rows, max_size=40).map(one_row_per_key)
definitions = st.builds(
    lambda actions, min_events, min_days, per_instance: define(
        actions=actions, min_events=min_events, min_days=min_days, per_instance=per_instance
    ),
    st.sampled_from(ACTION_CHOICES),
    st.integers(1, 6),
    st.integers(1, 4),
    st.booleans(),
)
periods = st.builds(
    lambda start, length: Period(start, date.fromordinal(start.toordinal() + length)),
    st.dates(date(2026, 5, 30), date(2026, 7, 1)),
    st.integers(1, 34),
)
_refs = st.sampled_from([*(ref(name) for name in PEOPLE), ref("a person without rows")])


@st.composite
def resolutions(draw: st.DrawFn) -> Resolution:
    """Draw aliases (of one step, as `resolve` gives them) and excluded people."""
    people = draw(st.lists(_refs, max_size=3, unique=True))
    others = [one for one in (ref(name) for name in PEOPLE) if one not in people]
    aliases = draw(st.dictionaries(st.sampled_from(others), st.sampled_from(people), max_size=3)) if people else {}
    return Resolution(aliases=aliases, excluded=frozenset(draw(st.lists(_refs, max_size=2))))
