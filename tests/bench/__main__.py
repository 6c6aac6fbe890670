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

ROOT = Path(__file__).resolve().parents[2]
QUESTION = {
    "timezone": "Europe/Berlin",
    "start": FIRST_DAY.isoformat(),
    "end": (FIRST_DAY + timedelta(days=DAYS)).isoformat(),
    "definition": {"actions": ["login", "query", "publish", "api_call"]},
}
COUNTS = 7


@dataclass
class Figures:
    """What was measured, of every round; a figure is its best round, the one that other work disturbed least."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    resident: dict[str, float] = field(default_factory=dict)
    found: dict[str, tuple[int, dict[str, int]]] = field(default_factory=dict)
    evidence_rows: int = 0

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
    figures.evidence_rows = answer["rows"]
    figures.resident["intake"] = max(figures.resident.get("intake", 0), answer["resident_gb"])
    return out / answer["evidence"]


def measure_count(evidence: Path, figures: Figures, folder: Path) -> None:
    """Count the month of a stored evidence file."""
    request = QUESTION | {"evidence": [str(evidence)], "times": COUNTS, "verdicts": str(folder / "verdicts.csv")}
    answer = child("count", request, folder)
    for seconds in answer["seconds"]:
        figures.add("count", seconds)
    figures.add("verdicts", answer["listed"])
    figures.resident["count"] = max(figures.resident.get("count", 0), answer["resident_gb"])
    figures.found["Rollcall"] = answer["users"], answer["daily"]


def measure(options: argparse.Namespace, folder: Path) -> tuple[Figures, str]:
    """Let every system do its work in turns, so that a disturbance meets all of them."""
    figures = Figures()
    exports = {"without ids": folder / "plain.csv", "with ids": folder / "ids.csv"}
    for name, path in exports.items():
        write_export(path, events=options.events, users=options.users, seed=options.seed, event_ids=name == "with ids")
    with server(folder / "server") as address, Postgres(address) as postgres:
        for _ in range(options.rounds):
            for name, path in exports.items():
                evidence = measure_intake(name, path, figures, folder)
                figures.add(f"COPY {name}", postgres.copy(path))
                measure_count(evidence, figures, folder)
                seconds, *found = postgres.count(QUESTION)
                figures.add("SQL", seconds)
                figures.found["PostgreSQL"] = found[0], found[1]
        answer = child("rows", QUESTION | {"file": str(exports["without ids"])}, folder)
        figures.add("rows", answer["seconds"])
        figures.found["Python csv"] = answer["users"], answer["daily"]
        return figures, postgres.version


def bars(figures: Figures) -> list[Bar]:
    """Return the promises."""
    best = figures.best
    return [
        Bar("evidence, of an unlogged COPY", best("evidence without ids") / best("COPY without ids"), 0.65),
        Bar("the same with event ids", best("evidence with ids") / best("COPY with ids"), 1.0),
        Bar("count of a stored month", best("count"), 0.1, " s"),
        Bar("resident, reading", figures.resident["intake"], 0.8, " GB"),
        Bar("resident, counting", figures.resident["count"], 0.8, " GB"),
    ]


def report(options: argparse.Namespace, figures: Figures, version: str) -> int:
    """Print times, ratios and bars; return the exit status."""
    best = figures.best
    users, daily = figures.found["Rollcall"]
    print(f"{options.events:,} events, {options.users:,} accounts, seed {options.seed}; PostgreSQL {version},", end=" ")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; best of {options.rounds} rounds in turns")
    for what in ("evidence without ids", "COPY without ids", "evidence with ids", "COPY with ids"):
        print(f"  {what:<34}{best(what):8.2f} s{options.events / best(what) / 1e6:8.2f} million events/s")
    print(f"  {'count (figure and daily series)':<34}{best('count'):8.3f} s")
    print(f"  {'list of all verdicts':<34}{best('verdicts'):8.3f} s")
    print(f"  {'the same figures in SQL':<34}{best('SQL'):8.2f} s")
    print(f"  {'row by row in Python, to the count':<34}{best('rows'):8.2f} s")
    whole = best("evidence without ids") + best("count")
    print(
        f"From file to count, Rollcall takes {whole / (best('COPY without ids') + best('SQL')):.2f} of COPY and SQL,",
        end=" ",
    )
    print(f"{whole / best('rows'):.2f} of the row-by-row reader.")
    if any(found != (users, daily) for found in figures.found.values()):
        print(f"MISSED: the systems do not agree: { {name: found[0] for name, found in figures.found.items()} }")
        return 1
    rows = f"{figures.evidence_rows:,} rows of evidence"
    print(f"All three find the same {users:,} active users and the same {len(daily)} days; {rows}.\n")
    promises = bars(figures)
    for bar in promises:
        kept = "ok" if bar.holds else "MISSED"
        print(f"  {bar.words:<34}{bar.figure:8.2f}{bar.unit:<3}  bar {bar.most}{bar.unit:<3}  {kept}")
    return 0 if all(bar.holds for bar in promises) else 1


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        figures, version = measure(options, Path(folder))
    return report(options, figures, version)


if __name__ == "__main__":
    sys.exit(main())
