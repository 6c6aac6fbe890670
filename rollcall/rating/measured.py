"""What a metric came to in one period: the quantity that is priced, and how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rollcall.period import Period


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Some days of the period with a quantity of their own, priced alone: at this share of what a whole cycle costs.

    `key` names the part in the keys of its lines; `words` are its days.
    """

    key: str
    span: Period
    quantity: Decimal
    share: Fraction
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """The quantity of a metric in one period. `words` say what it was made of, "" where it was simply counted.

    `by_user` is a histogram of one user's quantity and how many users had it; `by_event` lists single quantities. Both
    are empty where the metric does not give them. `counted` is the quantity before a rule over the periods of the term,
    None where there is none. `tier_at` is the number that chooses the tier where it is another than the quantity.
    `parts` and `alone` say that the quantity is not priced as one: seats that changed inside the period, by their days;
    and numbers of days each of which is priced for itself.
    """

    quantity: Decimal
    words: str = ""
    by_user: tuple[tuple[Decimal, int], ...] = ()
    by_event: tuple[Decimal, ...] = ()
    counted: Decimal | None = None
    tier_at: Decimal | None = None
    parts: tuple[Part, ...] = ()
    alone: tuple[Decimal, ...] = ()

    @property
    def first_stage(self) -> Decimal:
        """The quantity of the period itself."""
        return self.quantity if self.counted is None else self.counted
