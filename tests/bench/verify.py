"""How long a bundle of 100,000 people takes to check: `python -m tests.bench.verify [PEOPLE]`.

`measure_verify` makes a bundle of June 2026 with ten days of activity for each of so many people and checks it in this
process; another program calls it with a folder and gets the seconds. The promise is 60 seconds for 100,000 people.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from rollcall.evidence import write_bundle
from rollcall.evidence.verify import verify_bundle
from rollcall.rows import EvidenceRow
from tests.rollcall.evidence import bundles
from tests.rollcall.evidence.bundles import KEY, Case, row

PEOPLE = 100_000
DAYS = 10
PROMISED_SECONDS = 60.0


def large_case(people: int) -> Case:
    """Return a month of so many people on two instances: some do too little, some are excluded."""
    parts: list[list[EvidenceRow]] = [[], []]
    first = [row("template", day) for day in range(1, 31)]
    for number in range(people):
        user = bundles.ref(f"user{number}")
        for step in range(1 if number % 50 == 0 else DAYS):
            template = first[(number * 7 + step * 3) % 30]
            parts[number % 2].append(template._replace(user_ref=user, events=1 + number % 4, first_minute=number % 600))
    definition = {**bundles.LOGIN, "min_days": 2}
    return Case(
        reports={f"part{number}": rows for number, rows in enumerate(parts)}, terms=bundles.terms_document(definition)
    )


def measure_verify(folder: Path, *, people: int = PEOPLE, engine: str = "auto") -> dict[str, float]:
    """Make a bundle and check it; return seconds, those of the processor, rows and megabytes. Raises AssertionError."""
    case, path = large_case(people), folder / "large.zip"
    write_bundle(bundles.contents_of(case, folder), path, sign=KEY)
    started, worked = time.perf_counter(), time.process_time()
    found = verify_bundle(path, key=bytes(KEY.verify_key), engine=engine)
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    assert found.status == 0, [one.words() for one in found.differences[:3]]
    rows = sum(len(report) for report in case.reports.values())
    return {"seconds": seconds, "processor": processor, "rows": float(rows), "megabytes": path.stat().st_size / 1e6}


def main() -> None:
    """Measure and print; the exit status is 1 where the promise is not kept."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        for engine in ("auto", "plain"):
            found = measure_verify(Path(folder), people=people, engine=engine)
            kept = found["seconds"] <= PROMISED_SECONDS
            print(
                f"verify {people:,} people, {found['rows']:,.0f} rows, {found['megabytes']:.1f} MB, {engine}: "
                f"{found['seconds']:.1f} s, {found['processor']:.1f} s of the processor (at most {PROMISED_SECONDS:.0f} s)"
            )
            if not kept:
                sys.exit(1)


if __name__ == "__main__":
    main()
