"""How the tests of intake read a file, and what they look at afterwards."""

import csv
from pathlib import Path

import duckdb

from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.rows import FIELDS, EvidenceRow, digest_of_rows

HEADER = "event_id,user_id,occurred_at,action\n"


def reading(folder: Path, *texts: bytes | str, engine: str = "columnar", names: tuple[str, ...] = (), **asked):
    """Write texts as files, read them as one report, and return the result."""
    out = folder / engine
    out.mkdir(parents=True, exist_ok=True)
    names = names or tuple(f"part{number}.csv" for number in range(len(texts)))
    files = []
    for name, text in zip(names, texts, strict=True):
        file = folder / name
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        files.append(str(file))
    request = ReadRequest(
        files=tuple(files), filenames=names, out_dir=str(out), engine=engine, salt_hex="5a" * 32, **asked
    )
    return read(request)


def evidence_of(folder: Path, engine: str = "columnar") -> list[EvidenceRow]:
    """Return the evidence rows that a reading left, in their order."""
    path = folder / engine / "evidence.parquet"
    return [EvidenceRow(*row) for row in duckdb.sql(f"SELECT {', '.join(FIELDS)} FROM '{path}'").fetchall()]


def names_of(folder: Path, engine: str = "columnar") -> list[dict[str, str]]:
    """Return the names that a reading left."""
    with open(folder / engine / "names.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def lines_of(result) -> list[tuple[int, str]]:
    """Return (line, code) of every finding."""
    return [(finding.line, finding.code) for finding in result.findings]


def assert_sound(folder: Path, result, engine: str = "columnar") -> None:
    """Assert what holds for every reading that left evidence."""
    rows = result.rows
    assert rows.read == rows.accepted + rows.quarantined + rows.duplicate + rows.not_owned
    evidence = evidence_of(folder, engine)
    assert digest_of_rows(evidence) == result.digest
    assert len(evidence) == result.evidence_rows
    assert sum(row.events for row in evidence) == rows.accepted
    assert [name["user_ref"] for name in names_of(folder, engine)] == sorted({row.user_ref for row in evidence})
    assert result.users == len({row.user_ref for row in evidence})
    assert result.days == tuple(sorted({row.day.isoformat() for row in evidence}))
