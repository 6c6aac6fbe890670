"""`make conformance`: the table of cases met and not met, by group. Status 1 when any is not met.

ONLY=samples|nasty runs one part; SAMPLES=DIR and NASTY=DIR run other folders of the same layout.
"""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rollcall.cli.table import Column, table
from tests.cases import FOLDER, write_large_files
from tests.conformance import nasty, samples
from tests.conformance.nasty import Result

PARTS: dict[str, Callable[[Path], Iterator[Result]]] = {"samples": samples.results, "nasty": nasty.results}


def main() -> int:
    only = os.environ.get("ONLY", "")
    if only and only not in PARTS:
        print(f"ONLY must be {' or '.join(PARTS)}, not {only}.", file=sys.stderr)
        return 2
    write_large_files()
    wanted = {
        part: Path(os.environ.get(part.upper()) or FOLDER / part).resolve() for part in PARTS if only in ("", part)
    }
    with ThreadPoolExecutor(len(wanted)) as pool:
        found = dict(zip(wanted, pool.map(lambda part: list(PARTS[part](wanted[part])), wanted), strict=True))
    rows = [row for part, results in found.items() for row in _rows(part, results)]
    columns = (Column("part"), Column("group"), *(Column(name, right=True) for name in ("cases", "met", "not met")))
    print(table(columns, rows), end="\n\n")
    for part, results in found.items():
        for result in results:
            for fault in result.faults:
                print(f"{part}/{result.name}: {fault}")
    for part, results in found.items():
        print(f"{part}: {sum(not result.faults for result in results)} of {len(results)}")
    return int(any(result.faults for results in found.values() for result in results))


def _rows(part: str, results: list[Result]) -> Iterator[list[str]]:
    for group in dict.fromkeys(result.group for result in results):
        cases = [result for result in results if result.group == group]
        met = sum(not result.faults for result in cases)
        yield [part, group, str(len(cases)), str(met), str(len(cases) - met)]


if __name__ == "__main__":
    sys.exit(main())
