"""What a kind of difference gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Found:
    """One difference: what it says, with its users (counted less expected) and the money that hangs on it.

    `detail` tells it from others of its kind in the period. `facts` is what its page shows, JSON without names of
    people. `amount` is before tax and never negative; None where nobody can say.
    """

    words: str
    detail: str = ""
    users: int | None = None
    amount: Decimal | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def at_stake(effect: Decimal | None) -> Decimal | None:
    """Return what hangs on a change, whichever way it goes."""
    return None if effect is None else abs(effect)
