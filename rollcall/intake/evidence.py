"""Writes evidence: the canonical text, its digest, the Parquet cache of it, and the names that live apart."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

from rollcall.intake.engine import duckdb
from rollcall.rows import FIELDS, PARQUET_COLUMNS, EvidenceRow, canonical_line, quantity_text

PARQUET_FILE = "evidence.parquet"
TEXT_FILE = "evidence.tsv"
NAMES_FILE = "names.csv"
NAMES_FIELDS = ("user_ref", "user_key", "raw")


def write_evidence(rows: Iterable[EvidenceRow], folder: Path) -> tuple[str, int, str]:
    """Write the rows into a folder and return (digest, number of rows, file name).

    With DuckDB the file is Parquet, without it the canonical text; the digest is the same.
    """
    pairs = sorted((canonical_line(row), row) for row in rows)
    digest = hashlib.sha256()
    for line, _ in pairs:
        digest.update(line)
    if duckdb is None:
        with open(folder / TEXT_FILE, "wb") as file:
            file.writelines(line for line, _ in pairs)
        name = TEXT_FILE
    else:
        _write_parquet(duckdb, (row for _, row in pairs), folder)
        name = PARQUET_FILE
    return f"sha256:{digest.hexdigest()}", len(pairs), name


def forget_evidence(folder: Path) -> None:
    """Remove what was written for a file that is refused after all."""
    for name in (PARQUET_FILE, TEXT_FILE, NAMES_FILE):
        (folder / name).unlink(missing_ok=True)


def write_names(names: Mapping[str, tuple[str, str]], folder: Path) -> str:
    """Write {user_ref: (user_key, spelling)} sorted by reference and return the file's name."""
    with open(folder / NAMES_FILE, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(NAMES_FIELDS)
        writer.writerows((ref, *names[ref]) for ref in sorted(names))
    return NAMES_FILE


def read_names(path: Path) -> dict[str, str]:
    """Return {user_ref: user_key} from a file of names."""
    with open(path, newline="", encoding="utf-8") as file:
        return {row["user_ref"]: row["user_key"] for row in csv.DictReader(file)}


def _write_parquet(duckdb: ModuleType, rows: Iterable[EvidenceRow], folder: Path) -> None:
    """Turn rows, already sorted, into Parquet by way of a quoted file that DuckDB reads with exact types."""
    between = folder / "evidence.between.csv"
    with open(between, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for row in rows:
            writer.writerow([*row[:3], row.day.isoformat(), row.events, quantity_text(row.quantity), *row[6:]])
    columns = ", ".join(f"'{name}': '{'VARCHAR' if name == 'quantity' else PARQUET_COLUMNS[name]}'" for name in FIELDS)
    fields = ", ".join(
        f"try_cast(nullif(quantity, '') AS {PARQUET_COLUMNS['quantity']}) AS quantity"
        if name == "quantity"
        else f"coalesce({name}, '') AS {name}"
        if PARQUET_COLUMNS[name] == "VARCHAR"
        else name
        for name in FIELDS
    )
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(
        f"COPY (SELECT {fields} FROM read_csv($1, header = false, auto_detect = false, delim = ',', quote = '\"',"
        f" escape = '\"', columns = {{{columns}}}, max_line_size = 8000000)) TO '{_sql(folder / PARQUET_FILE)}'"
        " (FORMAT parquet, COMPRESSION zstd)",
        [str(between)],
    )
    connection.close()
    between.unlink()


def _sql(path: Path) -> str:
    return str(path).replace("'", "''")
