"""What every price model gives and takes: the walls between a price and the bill.

A model is a frozen dataclass in a file of its own under `prices/`. It reads its parameters, refuses what cannot be
meant, prices a number of users, and says in words what it does. It never rounds: lines are rounded by the bill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from rollcall.money import exact_difference, exact_product, exact_sum
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, Noun


@dataclass(frozen=True, kw_only=True, slots=True)
class PricedQuantity:
    """One part of a priced quantity: this many users at this price each.

    `part` names the part within the price for as long as the terms live ("tier-1"; "" when there is only one).
    `first` and `last` number the users of the part, counting from 1. A flat amount (`is_flat`) is one times its price
    and numbers nobody.
    """

    part: str
    quantity: Decimal
    unit_price: Decimal
    first: Decimal
    last: Decimal
    words: str
    is_flat: bool = False


class PriceModel(Protocol):
    """What the bill asks of a price."""

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> PriceModel:
        """Read the parameters. Raises TermsRefused."""
        ...

    def to_json(self) -> dict[str, object]:
        """Return the parameters, without the name of the model."""
        ...

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price a quantity. Parts come in order; those that are not flat add up to the quantity."""
        ...

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the price in a sentence."""
        ...

    @property
    def is_marginal(self) -> bool:
        """Whether one more never changes what those before it cost, so that a further quantity has parts of its own."""
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


def price_of_more(
    price: PriceModel, quantity: Decimal, more: Decimal, noun: Noun = ACTIVE_USERS
) -> list[PricedQuantity]:
    """Price a further quantity next to what is there, as what it would have been.

    Where one more changes the price of all, the further quantity is the difference of the two totals, on one part, and
    never below zero.
    """
    if price.is_marginal:
        return [part for part in _without_first(price.price(quantity + more, noun), quantity, noun) if part.quantity]
    there, wanted = (_total(price.price(number, noun)) for number in (quantity, quantity + more))
    if wanted <= there or not more:
        return []
    words = f"the price of {noun.short_of(quantity + more)} less that of {noun.short_of(quantity)}"
    return [
        PricedQuantity(
            part="",
            quantity=Decimal(1),
            unit_price=exact_difference(wanted, there),
            first=quantity + 1,
            last=quantity + more,
            words=words,
            is_flat=True,
        )
    ]


def _total(parts: list[PricedQuantity]) -> Decimal:
    return exact_sum(exact_product(part.quantity, part.unit_price) for part in parts)


def _without_first(parts: list[PricedQuantity], quantity: Decimal, noun: Noun) -> list[PricedQuantity]:
    """Return the parts without the first ones: what those after them add."""
    rest = []
    for part in parts:
        first = max(part.first, quantity + 1)
        if first <= part.last:
            rest.append(
                PricedQuantity(
                    part=part.part,
                    quantity=part.last - first + 1,
                    unit_price=part.unit_price,
                    first=first,
                    last=part.last,
                    words=f"priced as {noun.short_numbered(first, part.last)}",
                )
            )
    return rest


def model_name(price: PriceModel) -> str:
    """Return the name under which terms write this price."""
    return next(name for name, model in MODELS.items() if type(price) is model)
