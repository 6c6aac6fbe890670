"""Changing named fields of a row that is no term: what may change, and that nothing is written without a difference.

Owns: the rule. Does not own: who may change what, locks and the reason, which stand in the operation of each row.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model


class NotChangeable(Exception):
    """This of a row never changes."""


def require_changeable(changes: Collection[str], *, changeable: frozenset[str], what: str) -> None:
    """Raise NotChangeable for names outside of those that may change; `what` names the row, such as "a contract"."""
    if never := set(changes) - changeable:
        raise NotChangeable(f"Of {what}, {', '.join(sorted(never))} never changes.")


def set_fields(row: Model, changes: Mapping[str, Any]) -> bool:
    """Set the fields of a locked row; return whether any of them is different now."""
    is_changed = any(getattr(row, name) != value for name, value in changes.items())
    for name, value in changes.items():
        setattr(row, name, value)
    return is_changed
