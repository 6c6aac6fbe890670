"""What every price model gives and takes: the walls between a price and the bill.

A model is a frozen dataclass in a file of its own under `prices/`. It reads its parameters, refuses what cannot be
meant, prices a number of users, and says in words what it does. It never rounds: lines are rounded by the bill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from rollcall.money import number_in_words
from rollcall.terms.fields import Fields


@dataclass(frozen=True, kw_only=True, slots=True)
class PricedQuantity:
    """One part of a priced quantity: this many users at this price each.

    `part` names the part within the price for as long as the terms live ("tier-1"; "" when there is only one).
    `first` and `last` number the users of the part, counting from 1.
    """

    part: str
    quantity: Decimal
    unit_price: Decimal
    first: Decimal
    last: Decimal
    words: str


class PriceModel(Protocol):
    """What the bill asks of a price."""

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> PriceModel:
        """Read the parameters. Raises TermsRefused."""
        ...

    def to_json(self) -> dict[str, object]:
        """Return the parameters, without the name of the model."""
        ...

    def price(self, users: Decimal) -> list[PricedQuantity]:
        """Price a number of users. Parts come in order and add up to the users; no users, no parts."""
        ...

    def words(self, currency: str) -> str:
        """Say the price in a sentence."""
        ...

    @property
    def has_one_price(self) -> bool:
        """Whether every user costs the same, so that it needs no word which users a shortfall is priced as."""
        ...


_MODELS: dict[str, type[PriceModel]] = {}
MODELS: Mapping[str, type[PriceModel]] = _MODELS

Model = TypeVar("Model", bound=type[PriceModel])


def price_model(name: str) -> Callable[[Model], Model]:
    """Register a price model under the name that terms use for it."""

    def register(model: Model) -> Model:
        _MODELS[name] = model
        return model

    return register


def numbered_users(first: Decimal, last: Decimal) -> str:
    """Name users by their numbers: "users 11 to 50", or "user 51"."""
    if first == last:
        return f"user {number_in_words(first)}"
    return f"users {number_in_words(first)} to {number_in_words(last)}"


def model_name(price: PriceModel) -> str:
    """Return the name under which terms write this price."""
    return next(name for name, model in MODELS.items() if type(price) is model)
