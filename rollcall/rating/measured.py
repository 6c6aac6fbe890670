"""What a metric came to in one period: the quantity that is priced, and how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """The quantity of a metric in one period. `words` say what it was made of, "" where it was simply counted.

    `by_user` is a histogram of one user's quantity and how many users had it; `by_event` lists single quantities. Both
    are empty where the metric does not give them.
    """

    quantity: Decimal
    words: str = ""
    by_user: tuple[tuple[Decimal, int], ...] = ()
    by_event: tuple[Decimal, ...] = ()
