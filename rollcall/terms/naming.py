"""Names that people give to a discount or a credit, and the part of a line's key that is made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rollcall.terms.fields import Fields, TermsRefused

_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
_LONGEST = 60


def read_name(fields: Fields) -> str:
    """Take the name under which something stands on the bill. Raises TermsRefused."""
    name = fields.text("name").strip()
    if len(name) > _LONGEST or not key_of(name):
        raise fields.refuse("name", f"needs letters or digits, and at most {_LONGEST} signs; it stands on the bill.")
    return name


def key_of(name: str) -> str:
    """Return the part of a line's key that is made of a name: "Non-profit, 2026" is "non-profit-2026"."""
    return _NOT_IN_KEYS.sub("-", name.lower()).strip("-")


def refuse_same_names(names: Iterable[str], fields: Fields, key: str) -> None:
    """Refuse two names that lines could not tell apart. Raises TermsRefused."""
    seen: dict[str, str] = {}
    for position, name in enumerate(names):
        if key_of(name) in seen:
            raise TermsRefused(
                f"{fields.at(key)}[{position}].name",
                f'"{name}" and "{seen[key_of(name)]}" cannot be told apart on the bill; give one another name.',
            )
        seen[key_of(name)] = name


def read_rows(fields: Fields, key: str) -> list[Fields]:
    """Open the objects in a list, each with its place. Raises TermsRefused."""
    if not fields.has(key):
        return []
    return [Fields.of(row, f"{fields.at(key)}[{position}]") for position, row in enumerate(fields.listed(key))]
