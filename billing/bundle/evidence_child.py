"""The child process that turns stored evidence into text: DuckDB over our own files, never in a web or worker process.

Started by `evidence_sandbox` with one JSON document on its standard input, answers with one on its standard output.
It imports the engine alone: no Django, no database, no settings, no secret but the salt of the one contract.
"""

import csv
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rollcall.counting.connection import opened, see_only
from rollcall.evidence import write_evidence_csv
from rollcall.rows import EvidenceRow, canonical_line
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import resolve

ROWS_AT_ONCE = 20_000


class OutOfOrder(ValueError):
    """The rows of an evidence file do not stand in the order of their canonical text."""


def main() -> None:
    """Write every evidence file, and work out who is an alias or excluded, as references."""
    document = json.load(sys.stdin)
    answer = {
        "evidence": [_write(Path(one["parquet"]), Path(one["csv"])) for one in document["evidence"]],
        "resolutions": [_resolution(one, bytes.fromhex(document["salt_hex"])) for one in document["resolutions"]],
    }
    json.dump(answer, sys.stdout)


def _write(parquet: Path, target: Path) -> dict[str, Any]:
    """Write one evidence file as CSV; return its number of rows and the digest of what was written."""
    digest, rows = hashlib.sha256(), 0

    def watched() -> Iterator[EvidenceRow]:
        nonlocal rows
        before = b""
        for row in _rows(parquet):
            line = canonical_line(row)
            if line < before:
                raise OutOfOrder(f"{parquet.name} is not in the order of its canonical text.")
            digest.update(line)
            before, rows = line, rows + 1
            yield row

    write_evidence_csv(watched(), target)
    return {"rows": rows, "digest": f"sha256:{digest.hexdigest()}"}


def _rows(parquet: Path) -> Iterator[EvidenceRow]:
    with opened() as connection:
        see_only(connection, [parquet])
        found = connection.execute("SELECT * FROM evidence")
        while batch := found.fetchmany(ROWS_AT_ONCE):
            yield from map(EvidenceRow._make, batch)


def _resolution(asked: dict[str, Any], salt: bytes) -> dict[str, Any]:
    definition = ActivityDefinition.from_json(asked["definition"])
    found = resolve(dict(_names(asked["names"])), definition, salt)
    return {"aliases": dict(sorted(found.aliases.items())), "excluded": sorted(found.excluded)}


def _names(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        with Path(path).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield row["user_ref"], row["user_key"]
