"""`make conformance`: the table of cases met and not met, by group. Status 1 when any is not met.

ONLY=samples|nasty|worked|rating runs one part; SAMPLES=DIR, NASTY=DIR, WORKED=DIR and CASES=DIR (of rating) run other
folders of the same layout.
"""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rollcall.cli.table import Column, table
from tests.cases import FOLDER, write_large_files
from tests.conformance import nasty, samples, worked
from tests.conformance.nasty import Result
from tests.conformance.rating import results as rating

PARTS: dict[str, Callable[[Path], Iterator[Result]]] = {
    "samples": samples.results,
    "nasty": nasty.results,
    "worked": worked.results,
    "rating": rating.results,
}
# Under which name another folder is given, where that is not the name of the part.
_GIVEN_AS = {"rating": "CASES"}
NOT_COMPARED = {"samples": samples.NOT_COMPARED, "nasty": nasty.NOT_COMPARED, "worked": worked.NOT_COMPARED}


def main() -> int:
    only = os.environ.get("ONLY", "")
    if only and only not in PARTS:
        print(f"ONLY must be {' or '.join(PARTS)}, not {only}.", file=sys.stderr)
        return 2
    wanted = {part: _folder(part) for part in PARTS if only in ("", part)}
    if "nasty" in wanted:
        write_large_files()
    try:
        with ThreadPoolExecutor(len(wanted)) as pool:
            found = dict(zip(wanted, pool.map(lambda part: list(PARTS[part](wanted[part])), wanted), strict=True))
    except rating.NoCases as error:
        print(error, file=sys.stderr)
        return 2
    rows = [row for part, results in found.items() for row in _rows(part, results)]
    columns = (Column("part"), Column("group"), *(Column(name, right=True) for name in ("cases", "met", "not met")))
    print(table(columns, rows), end="\n\n")
    for part, results in found.items():
        for result in results:
            for said in (*result.faults, *result.remarks):
                print(f"{part}/{result.name}: {said}")
    for part in found:
        for key, reason in NOT_COMPARED.get(part, {}).items():
            print(f"{part}: not compared: {key}, because {reason}.")
    for part, results in found.items():
        print(f"{part}: {sum(not result.faults for result in results)} of {len(results)}")
    return int(any(result.faults for results in found.values() for result in results))


def _folder(part: str) -> Path:
    given = os.environ.get(_GIVEN_AS.get(part, part.upper()))
    return Path(given or FOLDER / part).resolve()


def _rows(part: str, results: list[Result]) -> Iterator[list[str]]:
    for group in dict.fromkeys(result.group for result in results):
        cases = [result for result in results if result.group == group]
        met = sum(not result.faults for result in cases)
        yield [part, group, str(len(cases)), str(met), str(len(cases) - met)]


if __name__ == "__main__":
    sys.exit(main())
