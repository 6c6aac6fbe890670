"""The table of a report that discloses totals alone: one line a day, `day,users_with_activity`.

The statement says the same numbers, so the table follows from it and is there for people and for whoever reads numbers
of days. Roots and seals of the statement cover the rows behind the numbers, which stay with the customer: they are
fixed by the signature, so one day or one user can be shown from them later, and no others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from rollcall.formats.rollcall_totals import COLUMNS

HEADER = (",".join(COLUMNS) + "\n").encode()


class _Day(Protocol):
    @property
    def date(self) -> date: ...

    @property
    def active_users(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class TotalsTable:
    """The lines below the header, and what a statement says of header and lines together."""

    lines: tuple[bytes, ...]

    @property
    def content(self) -> bytes:
        """Header and lines, as they stand in the file."""
        return HEADER + b"".join(self.lines)

    @property
    def rows(self) -> int:
        """How many lines there are, one a day."""
        return len(self.lines)

    @property
    def size(self) -> int:
        """How many bytes that is."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """The hash of it, 64 hex digits."""
        return hashlib.sha256(self.content).hexdigest()


def totals_of(days: Iterable[_Day]) -> TotalsTable:
    """Return the table of the days of a statement."""
    return TotalsTable(lines=tuple(f"{day.date.isoformat()},{day.active_users}\n".encode() for day in days))
