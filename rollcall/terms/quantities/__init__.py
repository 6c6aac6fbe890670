"""The calculations, one per file: how the daily series of a period becomes one quantity. This folder is the registry.

Owns: reading a calculation from terms, and every calculation's parameters, refusals, arithmetic and words.
Does not own: where the series comes from, missing days, prices. A new calculation is a new file here with its
`@calculation` name, and a test; nothing else changes.
Invariants: a day that the series lacks is never read as zero; the quantity depends on the series and the number of days
alone; nothing is rounded that the terms do not say.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import fields as fields_of_dataclass

from rollcall.terms.calculations import CALCULATIONS, Calculation, NoDailyCount, Reduced, name_of
from rollcall.terms.fields import Fields

for _file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_file.name}")


def read_calculation(fields: Fields, *, besides: Sequence[str] = (), why: str = "") -> Calculation | None:
    """Read the calculation of a metric; None when it is one of those named in `besides`. Raises TermsRefused.

    A parameter of another calculation is refused by the name of the one to which it belongs.
    """
    names = (*besides, *sorted(CALCULATIONS))
    name = fields.choice("calculation", names, default=besides[0] if besides else None, why=why)
    found = None if name in besides else CALCULATIONS[name].from_fields(fields)
    mine = parameters_of(name)
    for other in CALCULATIONS:
        for key in parameters_of(other):
            if key not in mine and fields.has(key):
                raise fields.refuse(key, f'belongs to the calculation "{other}".')
    return found


def write_calculation(found: Calculation) -> dict[str, object]:
    """Return the calculation as terms write it, beside the other keys of the metric."""
    return {"calculation": name_of(found), **found.to_json()}


def parameters_of(name: str) -> tuple[str, ...]:
    """Return the keys that belong to a calculation; none for one that is not reduced from a series."""
    kind: object = CALCULATIONS.get(name)
    return tuple(field.name for field in fields_of_dataclass(kind)) if kind is not None else ()  # type: ignore[arg-type]


__all__ = [
    "CALCULATIONS",
    "Calculation",
    "NoDailyCount",
    "Reduced",
    "name_of",
    "parameters_of",
    "read_calculation",
    "write_calculation",
]
