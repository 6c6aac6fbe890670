"""What is worth a look before the evidence of a file is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from rollcall.intake.findings import Remark

# Ids that many systems write where there is no person; only the customer knows whether one of them is.
_PLACEHOLDERS = frozenset(
    ("null", "(null)", "none", "nil", "n/a", "na", "nan", "-", "--", "undefined", "unknown", "anonymous", "guest")
)


def remarks_of(days: Sequence[str], keys: Iterable[str], equal: int) -> Iterator[Remark]:
    """Yield what is worth a look before the evidence is used."""
    if equal:
        rows = "1 row without an event id repeats" if equal == 1 else f"{equal:,} rows without an event id repeat"
        yield Remark(code="rows.equal", message=f"{rows} another row; all are kept.")
    yield from gap_remarks(days)
    placeholders = sorted(_PLACEHOLDERS.intersection(keys))
    if placeholders:
        words = f"These ids look as if nobody stood behind them: {', '.join(placeholders)}."
        yield Remark(code="user.placeholder", message=f"{words} They count until the terms exclude them.")


def gap_remarks(days: Sequence[str]) -> Iterator[Remark]:
    """Yield which days between the first and the last have no rows."""
    gaps = list(_gaps(days))
    if gaps:
        shown = ", ".join(gaps[:10]) + (f" and {len(gaps) - 10:,} more days" if len(gaps) > 10 else "")
        yield Remark(code="days.missing", message=f"There are no rows on {shown}; the export may be incomplete.")


def _gaps(days: Sequence[str]) -> Iterator[str]:
    for before, after in pairwise(days):
        day = date.fromisoformat(before) + timedelta(days=1)
        while day < date.fromisoformat(after):
            yield day.isoformat()
            day += timedelta(days=1)
