"""Reading the cases: the stated ones, and the ones that are not stated with the reason."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cases import FOLDER

WORKED = FOLDER / "worked"
NOT_STATED = "not_stated.json"

# How many worked cases there are of each kind; what is not stated is counted against this.
KINDS = {
    "allocation": 14,
    "cap": 11,
    "commitment_overage": 4,
    "counting": 6,
    "credit_note": 2,
    "credits_drawdown": 7,
    "credits_grant_proration": 4,
    "currency_rounding": 10,
    "day_count": 5,
    "discount_order": 10,
    "floor_true_up": 17,
    "graduated": 4,
    "included_usage": 13,
    "invoice_totals": 1,
    "multi_meter": 2,
    "per_unit": 1,
    "period_boundaries": 3,
    "progressive_billing": 4,
    "proration_fixed": 25,
    "proration_seat": 18,
    "quantity_rounding": 4,
    "reconciliation": 4,
    "rolling_window": 1,
    "seat_daily_series": 14,
    "tax_rounding": 13,
    "volume": 7,
}


@dataclass(frozen=True)
class Case:
    """One case of a source, as the product states it.

    `stated_as` says how its facts are read into terms. `asks` is what the product is asked: some of "rate" (terms, their
    amendments and usage; several where a period is rated again), "split", "total", "cycle", "count". `figures` name for each figure
    of `expected`, by its path, where the answer has it.
    """

    id: str
    kind: str
    source: str
    stated_as: str
    expected: Any
    asks: dict[str, Any]
    figures: dict[str, str]
    not_compared: dict[str, str] = field(default_factory=dict)


def all_cases(folder: Path = WORKED) -> list[Case]:
    """Return the stated cases of all families, in the order of the files."""
    files = sorted(path for path in folder.glob("*.json") if path.name != NOT_STATED)
    return [_case(row) for path in files for row in json.loads(path.read_text(encoding="utf-8"))]


def not_stated(folder: Path = WORKED) -> list[dict[str, str]]:
    """Return the cases that no terms can state: id, kind and reason."""
    return list(json.loads((folder / NOT_STATED).read_text(encoding="utf-8")))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every single figure under its path, as in ("lines.0.tax", "1.60")."""
    if isinstance(value, dict | list):
        rows = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in rows:
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, str(value)


def _case(row: dict[str, Any]) -> Case:
    asks = {key: row.pop(key) for key in ("rate", "split", "total", "cycle", "count") if key in row}
    return Case(asks=asks, **row)
