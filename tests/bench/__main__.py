"""`python -m tests.bench`: run the bench, print the table, end with status 1 when a bar is missed."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.bench.export import DAYS, FIRST_DAY, write_export
from tests.bench.postgres import Postgres, server
from tests.bench.scale import packed
from tests.bench.sheet import ROWS, write_sheet

ROOT = Path(__file__).resolve().parents[2]
QUESTION = {
    "timezone": "Europe/Berlin",
    "start": FIRST_DAY.isoformat(),
    "end": (FIRST_DAY + timedelta(days=DAYS)).isoformat(),
    "definition": {"actions": ["login", "query", "publish", "api_call"]},
}
COUNTS = 7

# The bars are for a month as large customers have it: of 100,000 accounts about 6,400 people are active. The thin month,
# in which nine times as many do a little each, has nearly as much evidence as events: it is the worst case.
PLAIN, WITH_IDS, THIN = "without event ids", "with event ids", "thin month"
PACKED = "gzip"
# The sizes that can be asked for: events, and rounds.
SIZES = {"1m": (1_000_000, 3), "10m": (10_000_000, 1)}


@dataclass
class Figures:
    """What was measured, of every round; a figure is its best round, the one that other work disturbed least."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    resident: dict[str, float] = field(default_factory=dict)
    found: dict[str, tuple[int, dict[str, int]]] = field(default_factory=dict)
    evidence_rows: dict[str, int] = field(default_factory=dict)
    stored_mb: dict[str, float] = field(default_factory=dict)
    # Every count of the stored month in other ways: as twelve months, with late data, in shares of its people.
    counts: list[int] = field(default_factory=list)

    def add(self, what: str, seconds: float) -> None:
        """Keep one measurement."""
        self.seconds.setdefault(what, []).append(seconds)

    def best(self, what: str) -> float:
        """Return the best time of one job."""
        return min(self.seconds[what])


@dataclass(frozen=True)
class Bar:
    """One promise: a figure and the most that it may be."""

    words: str
    figure: float
    most: float
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.figure <= self.most


def child(job: str, request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run one job in a process of its own."""
    document = folder / "request.json"
    document.write_text(json.dumps(request))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.child", job, str(document)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"The job '{job}' failed:\n{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def measure_intake(name: str, export: Path, figures: Figures, folder: Path) -> Path:
    """Read an export to evidence and return the evidence file."""
    out = folder / f"evidence {name}"
    request = {"files": [str(export)], "filenames": [export.name], "out_dir": str(out)}
    answer = child("intake", request | {"timezone": QUESTION["timezone"], "salt_hex": "5a17"}, folder)
    figures.add(f"evidence {name}", answer["seconds"])
    figures.add(f"evidence cpu {name}", answer["cpu"])
    figures.evidence_rows[name] = answer["rows"]
    figures.stored_mb[name] = (out / answer["evidence"]).stat().st_size / 1e6
    figures.resident["intake"] = max(figures.resident.get("intake", 0), answer["resident_gb"])
    return out / answer["evidence"]


def measure_count(name: str, evidence: Path, figures: Figures, folder: Path) -> None:
    """Count the month of a stored evidence file."""
    request = QUESTION | {"evidence": [str(evidence)], "times": COUNTS, "verdicts": str(folder / "verdicts.csv")}
    answer = child("count", request, folder)
    for seconds in answer["seconds"]:
        figures.add(f"count {name}", seconds)
    figures.add(f"verdicts {name}", answer["listed"])
    figures.resident["count"] = max(figures.resident.get("count", 0), answer["resident_gb"])
    figures.found[f"Rollcall {name}"] = answer["users"], answer["daily"]


def measure_scale(export: Path, evidence: Path, figures: Figures, folder: Path) -> None:
    """Read the export packed, beside zcat, and count its evidence as a year, with late data and in shares."""
    small, seconds = packed(export)
    figures.add("zcat", seconds)
    measure_intake(PACKED, small, figures, folder)
    small.unlink()
    answer = child("year", QUESTION | {"evidence": str(evidence), "folder": str(folder)}, folder)
    figures.add("recount", answer["recount"])
    figures.add("merge", answer["merge"])
    figures.counts += answer["counts"]
    figures.resident["count"] = max(figures.resident.get("count", 0), answer["resident_gb"])


def measure_sheet(seed: int, figures: Figures, folder: Path) -> None:
    """Take in a spreadsheet, and let calamine read its cells."""
    path = folder / "usage.xlsx"
    write_sheet(path, seed=seed)
    request = {"file": str(path), "out_dir": str(folder / "sheet"), "timezone": QUESTION["timezone"]}
    taken, alone = child("sheet", request, folder), child("cells", request, folder)
    for name, answer in (("sheet", taken), ("cells", alone)):
        figures.add(name, answer["seconds"])
        figures.add(f"{name} cpu", answer["cpu"])
    figures.resident["sheet"] = taken["children_gb"]


def measure(options: argparse.Namespace, folder: Path) -> tuple[Figures, str]:
    """Let every system do its work in turns, so that a disturbance meets all of them."""
    figures = Figures()
    exports = {name: folder / f"{name.replace(' ', '-')}.csv" for name in (PLAIN, WITH_IDS, THIN)}
    for name, path in exports.items():
        people = options.thin if name == THIN else options.people
        write_export(path, events=options.events, people=people, seed=options.seed, event_ids=name == WITH_IDS)
    with server(folder / "server") as address, Postgres(address) as postgres:
        for _ in range(options.rounds):
            for name, path in exports.items():
                evidence = measure_intake(name, path, figures, folder)
                seconds, cpu = postgres.copy(path)
                figures.add(f"COPY {name}", seconds)
                figures.add(f"COPY cpu {name}", cpu)
                measure_count(name, evidence, figures, folder)
                seconds, users, daily = postgres.count(QUESTION)
                figures.add(f"SQL {name}", seconds)
                figures.found[f"PostgreSQL {name}"] = users, daily
                if name == PLAIN and options.size != "1m":
                    measure_scale(path, evidence, figures, folder)
        for name in (PLAIN, THIN):
            answer = child("rows", QUESTION | {"file": str(exports[name])}, folder)
            figures.add(f"rows {name}", answer["seconds"])
            figures.found[f"Python csv {name}"] = answer["users"], answer["daily"]
        measure_sheet(options.seed, figures, folder)
        return figures, postgres.version


def bars(figures: Figures) -> list[Bar]:
    """Return the promises."""
    best = figures.best
    always = [
        Bar("evidence, of an unlogged COPY", best(f"evidence {PLAIN}") / best(f"COPY {PLAIN}"), 0.65),
        Bar("the same with event ids", best(f"evidence {WITH_IDS}") / best(f"COPY {WITH_IDS}"), 1.0),
        Bar("count of a stored month", best(f"count {PLAIN}"), 0.1, " s"),
        Bar("resident, reading", figures.resident["intake"], 0.8, " GB"),
        Bar("resident, counting", figures.resident["count"], 0.8, " GB"),
        Bar("stored, 100,000 users a month", figures.stored_mb[PLAIN], 12, " MB"),
        Bar("spreadsheet of 250,000 rows", best("sheet"), 20, " s"),
        Bar("resident, reading it", figures.resident["sheet"], 1, " GB"),
    ]
    if not figures.counts:
        return always
    users, _ = figures.found[f"Rollcall {PLAIN}"]
    return [
        *always,
        Bar("gzip, of zcat", best(f"evidence {PACKED}") / best("zcat"), 1.5),
        Bar("recount of 12 months", best("recount"), 0.5, " s"),
        Bar("count with late data", best("merge"), 0.5, " s"),
        Bar("users too many or few in shares", max(abs(count - users) for count in figures.counts), 0),
    ]


def disagreement(figures: Figures) -> str:
    """Return who does not agree with Rollcall on an export, the empty text when all agree."""
    wrong = [
        who
        for name in (PLAIN, WITH_IDS, THIN)
        for who, found in figures.found.items()
        if who.endswith(name) and found != figures.found[f"Rollcall {name}"]
    ]
    return ", ".join(wrong)


def report(options: argparse.Namespace, figures: Figures, version: str) -> int:
    """Print times, ratios and bars; return the exit status."""
    best, events = figures.best, options.events
    print(f"{events:,} events, seed {options.seed}; PostgreSQL {version}, {os.cpu_count()} cores,", end=" ")
    print(f"load {os.getloadavg()[0]:.1f}; best of {options.rounds} rounds in turns. Seconds, and of COPY:\n")
    print(f"  {'':<24}{'evidence':>9}{'COPY':>8}{'ratio':>7}{'count':>8}{'list':>7}{'SQL':>7}{'rows':>12}{'users':>9}")
    for name in (PLAIN, WITH_IDS, THIN):
        evidence, copy = best(f"evidence {name}"), best(f"COPY {name}")
        told = f"  {name:<24}{evidence:>9.2f}{copy:>8.2f}{evidence / copy:>7.2f}{best(f'count {name}'):>8.3f}"
        told += f"{best(f'verdicts {name}'):>7.3f}{best(f'SQL {name}'):>7.2f}{figures.evidence_rows[name]:>12,}"
        print(f"{told}{figures.found[f'Rollcall {name}'][0]:>9,}")
    for name in (PLAIN, WITH_IDS, THIN):
        cpu = best(f"evidence cpu {name}"), best(f"COPY cpu {name}")
        print(f"  Processor seconds, {name}: evidence {cpu[0]:.2f} on two threads, COPY {cpu[1]:.2f} on one.")
    for name in (PLAIN, THIN):
        whole = best(f"evidence {name}") + best(f"count {name}")
        peers = whole / (best(f"COPY {name}") + best(f"SQL {name}")), whole / best(f"rows {name}")
        print(f"  From file to count, {name}: {peers[0]:.2f} of COPY and SQL, {peers[1]:.2f} of a row-by-row reader.")
    ratios = best("sheet") / best("cells"), best("sheet cpu") / best("cells cpu")
    print(
        f"  Spreadsheet of {ROWS:,} rows: {best('sheet'):.1f} s, {ratios[0]:.1f} of calamine, which reads cells alone;",
        end=" ",
    )
    print(f"processor {best('sheet cpu'):.1f} s, {ratios[1]:.1f} of it.")
    wrong = disagreement(figures)
    print(f"  MISSED: another answer from {wrong}.\n" if wrong else "  All systems find the same users and days.\n")
    promises = bars(figures)
    for bar in promises:
        kept = "ok" if bar.holds else "MISSED"
        print(f"  {bar.words:<32}{bar.figure:8.2f}{bar.unit:<3}  bar {bar.most}{bar.unit:<3}  {kept}")
    return 0 if not wrong and all(bar.holds for bar in promises) else 1


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="1m", help="10m adds packed files, a year, late data, shares")
    parser.add_argument("--events", type=int, help="in place of the size's")
    parser.add_argument("--people", type=int, default=6_400, help="active people of the month that has the bars")
    parser.add_argument("--thin", type=int, default=55_000, help="active people of the thin month")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args()
    events, rounds = SIZES[options.size]
    options.events, options.rounds = options.events or events, options.rounds or rounds
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        figures, version = measure(options, Path(folder))
    return report(options, figures, version)


if __name__ == "__main__":
    sys.exit(main())
