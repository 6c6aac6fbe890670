"""What one upload may cost. Every limit is a setting; a limit reached is a refusal with a reason, never a cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


class LimitRefused(ValueError):
    """A limit is unknown or not a whole number."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes in bytes or characters, times in seconds, memory in bytes."""

    plain_bytes: int = 5_000_000_000
    # A compressed file may be this many times larger inside; tested only beyond the size below.
    ratio: int = 200
    ratio_from_bytes: int = 50_000_000
    # Files in one archive.
    members: int = 1_000
    # The dictionary or window that a compressed file may ask for.
    window_bytes: int = 134_217_728
    # A spreadsheet is held in memory as a whole: the bytes of its files unpacked, the
    # texts of its cells each written out, and the rectangle around its cells.
    workbook_bytes: int = 1_000_000_000
    workbook_text_bytes: int = 300_000_000
    cells: int = 20_000_000
    rows: int = 100_000_000
    columns: int = 32_768
    line_characters: int = 1_048_576
    record_lines: int = 1_000
    # One JSON record, or what has to be passed over to reach the next.
    record_characters: int = 4_194_304
    field_characters: int = 65_536
    # Ids and actions; a longer one is quarantined whole, never cut.
    id_characters: int = 512
    # A file with more quarantined rows than this share is refused, once that many rows are quarantined.
    quarantined_percent: int = 50
    quarantined_rows: int = 100
    # So many findings are handed over; the full list is a file.
    findings: int = 1_000
    head_bytes: int = 1_048_576
    sniff_seconds: int = 60
    sniff_memory_bytes: int = 300_000_000
    # The same for what begins as a zip does: a sheet of a quarter of a million rows does not fit into less.
    sniff_workbook_memory_bytes: int = 1_000_000_000
    read_seconds: int = 3_600
    read_memory_bytes: int = 1_500_000_000
    duckdb_memory_megabytes: int = 512
    threads: int = 2
    written_bytes: int = 20_000_000_000

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Limits:
        """Read limits; what is left out keeps its default. Raises LimitRefused."""
        known = {limit.name for limit in fields(cls)}
        for name, value in document.items():
            if name not in known:
                raise LimitRefused(f"'{name}' is not a limit of intake.")
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise LimitRefused(f"The limit '{name}' must be a whole number, not {value!r}.")
        return cls(**document)

    def to_json(self) -> dict[str, int]:
        """Return every limit by name."""
        return asdict(self)


DEFAULT_LIMITS = Limits()
