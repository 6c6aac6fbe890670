"""Every number of users up to a step costs the same amount."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from rollcall.money import in_words, plain
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, PriceModel, once, price_model
from rollcall.terms.tiers import (
    ASKED_AT_ZERO,
    ASKED_BOUND,
    ASKED_UP_TO,
    AtZero,
    Bound,
    Bounds,
    at_zero_in_words,
    falls,
    falls_after,
    read_at_zero,
    read_bound,
    read_tiers,
    refused_as_terms,
    written_up_to,
)

Stairs = Literal["highest", "all"]
_STAIRS = {
    "highest": "only the highest step that is reached is billed",
    "all": "every step that is reached is billed, the lower ones too",
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is due when the number of users is up to a number, or without an end (None)."""

    up_to: Decimal | None = field(metadata=ASKED_UP_TO)
    amount: Decimal


@price_model("stairstep")
@dataclass(frozen=True, kw_only=True)
class Stairstep(PriceModel):
    """An amount for each step; `stairs` says whether the highest step that is reached is billed, or all up to it.

    `bound` says to which step a number belongs that is the `up_to` of one; `at_zero` whether the first step is due
    without any user, None where it costs nothing.
    """

    bound: Bound = field(metadata=ASKED_BOUND)
    stairs: Stairs = field(metadata=asked("Which steps are billed", help="the highest that is reached, or all of them"))
    steps: tuple[Step, ...]
    at_zero: AtZero | None = field(default=None, metadata=ASKED_AT_ZERO)

    def __post_init__(self) -> None:
        self.bounds.refuse(numbers_users=False)

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> Stairstep:
        """Read `{"bound": "inclusive", "stairs": "highest", "steps": [{"up_to": 100, "amount": "10.00"}, ...]}`."""

        def read(step: Fields, up_to: Decimal | None) -> Step:
            return Step(up_to=up_to, amount=step.price("amount", currency))

        stairs = fields.choice(
            "stairs", get_args(Stairs), why='say whether only the "highest" step is billed or "all" that are reached.'
        )
        bound, steps = read_bound(fields), read_tiers(fields, read, key="steps")
        at_zero = read_at_zero(fields, steps[0].amount if steps else Decimal(0))
        try:
            return cls(bound=bound, stairs="all" if stairs == "all" else "highest", steps=steps, at_zero=at_zero)
        except ValueError as error:
            raise refused_as_terms(fields, error, key="steps") from error

    def to_json(self) -> dict[str, object]:
        """Return the parameters as terms write them."""
        steps = [{"up_to": written_up_to(step.up_to), "amount": plain(step.amount)} for step in self.steps]
        written: dict[str, object] = {"bound": self.bound, "stairs": self.stairs, "steps": steps}
        return written | ({"at_zero": self.at_zero} if self.at_zero else {})

    @property
    def bounds(self) -> Bounds:
        """The ends of the steps."""
        return Bounds(self.bound, tuple(step.up_to for step in self.steps))

    @property
    def is_marginal(self) -> bool:
        """Whether a further step leaves the amounts of those before it due."""
        return self.stairs == "all"

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price the step that is reached, or all up to it."""
        if not quantity and self.at_zero != "first_flat":
            return []
        reached = self.bounds.tier_of(quantity) or 0
        sizes = self.bounds.sizes(noun)
        if self.stairs == "highest":
            return [self._step("", reached, sizes[reached])]
        return [self._step(f"step-{index + 1}", index, sizes[index]) for index in range(reached + 1)]

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the price in sentences: each step by the numbers that belong to it."""
        sizes = self.bounds.sizes(noun)
        said = [f"{size}: {in_words(step.amount, currency)}" for step, size in zip(self.steps, sizes, strict=True)]
        zero = at_zero_in_words(self.at_zero, self.steps[0].amount, currency, noun)
        return (
            f"The price goes by steps of the number of {noun.many}, {_STAIRS[self.stairs]}: {'; '.join(said)}"
            f"{self.bounds.edge(noun, 'step')}.{zero}"
        )

    def warnings(self, currency: str, noun: Noun = ACTIVE_USERS) -> list[str]:
        """Tell every number of users after which the total falls."""
        return falls(self, self.bounds, currency, noun)

    def falls_after(self, quantity: Decimal) -> bool:
        """Whether a tier above begins below what this quantity costs."""
        return falls_after(self, self.bounds, quantity)

    def _step(self, part: str, index: int, size: str) -> PricedQuantity:
        before = self.steps[index - 1].up_to if index else None
        first = Decimal(self.at_zero != "first_flat") if before is None else self.bounds.last_of(before) + 1
        return once(part, self.steps[index].amount, f"step {index + 1}: {size}", first=first)
