"""What every price model gives and takes: the walls between a price and the bill.

A model is a frozen dataclass in a file of its own under `prices/`. It reads its parameters, refuses what cannot be
meant, prices a quantity, and says in words what it does. It never rounds: lines are rounded by the bill. Terms write a
parameter under the name of its field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol, TypeVar

from rollcall.money import exact_difference, exact_product, exact_sum
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, Noun


@dataclass(frozen=True, kw_only=True, slots=True)
class PricedQuantity:
    """One part of a priced quantity: this many users at this price each.

    `part` names the part within the price for as long as the terms live ("tier-1"; "" when there is only one).
    `first` and `last` number the users of the part, counting from 1. A flat amount (`is_flat`) is so many times its
    price and numbers nobody: its `first` is the user with whom it fell due, 0 where it is due without any. What is due
    once beside a price per unit (`stays_whole`) has no share in a part of a cycle. What lowers the price has its sign
    in the quantity.
    """

    part: str
    quantity: Decimal
    unit_price: Decimal
    first: Decimal
    last: Decimal
    words: str
    is_flat: bool = False
    stays_whole: bool = False


class PriceModel(Protocol):
    """What the bill asks of a price. A model says what differs from the answers given here."""

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
        """Say the price in sentences."""
        ...

    def price_events(self, events: Sequence[Decimal], noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price single events in their order; their sum, where a model does not look at single ones."""
        return self.price(exact_sum(events), noun)

    def warnings(self, currency: str, noun: Noun = ACTIVE_USERS) -> list[str]:
        """Return sentences about what is allowed and may surprise, such as a total that falls as usage rises."""
        return []

    def falls_after(self, quantity: Decimal) -> bool:
        """Whether any greater quantity costs less than this one."""
        return False

    @property
    def is_marginal(self) -> bool:
        """Whether one more never changes what those before it cost, so that a further quantity has parts of its own."""
        return False

    @property
    def has_one_price(self) -> bool:
        """Whether every user costs the same, so that it needs no word which users a shortfall is priced as."""
        return False

    @property
    def has_flat_amounts(self) -> bool:
        """Whether anything is due once beside the price of a unit, and so due whole in a part of a cycle."""
        return False

    @property
    def needs_quantity(self) -> bool:
        """Whether anything has to be counted for this price."""
        return True

    @property
    def needs_events(self) -> bool:
        """Whether single events have to be known for this price, not only their sum."""
        return False


_MODELS: dict[str, type[PriceModel]] = {}
MODELS: Mapping[str, type[PriceModel]] = _MODELS

# Models that say how much credit is given for a quantity; no charge can be priced by them.
_LADDERS: dict[str, type[PriceModel]] = {}
LADDERS: Mapping[str, type[PriceModel]] = _LADDERS

Model = TypeVar("Model", bound=type[PriceModel])


def price_model(name: str, *, gives_credit: bool = False) -> Callable[[Model], Model]:
    """Register a price model under the name that terms use for it."""

    def register(model: Model) -> Model:
        (_LADDERS if gives_credit else _MODELS)[name] = model
        return model

    return register


def model_name(price: PriceModel) -> str:
    """Return the name under which terms write this price."""
    return next(name for name, model in (*MODELS.items(), *LADDERS.items()) if type(price) is model)


def once(part: str, amount: Decimal, words: str, *, first: Decimal, times: Decimal = Decimal(1)) -> PricedQuantity:
    """Make a flat part: an amount that is due once, or so many times, from the `first` user on."""
    return PricedQuantity(
        part=part, quantity=times, unit_price=amount, first=first, last=first, words=words, is_flat=True
    )


def once_whole(part: str, amount: Decimal, words: str, *, first: Decimal) -> PricedQuantity:
    """Make the flat amount of a tier: due once beside the price of a unit, whole also in a part of a cycle."""
    return replace(once(part, amount, words, first=first), stays_whole=True)


def total_of(parts: Iterable[PricedQuantity]) -> Decimal:
    """Return what parts come to, before anything is rounded."""
    return exact_sum(exact_product(part.quantity, part.unit_price) for part in parts)


def price_of_more(
    price: PriceModel, quantity: Decimal, more: Decimal, noun: Noun = ACTIVE_USERS
) -> list[PricedQuantity]:
    """Price a further quantity next to what is there, as what it would have been.

    Where one more changes the price of all, the further quantity is the difference of the two totals, on one part, and
    never below zero.
    """
    if price.is_marginal:
        due = {part.part for part in price.price(quantity, noun) if part.is_flat}
        return _without_first(price.price(quantity + more, noun), quantity, due, noun)
    there, wanted = (total_of(price.price(number, noun)) for number in (quantity, quantity + more))
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


def _without_first(parts: list[PricedQuantity], quantity: Decimal, due: set[str], noun: Noun) -> list[PricedQuantity]:
    """Return the parts without the first users and without the flat amounts that are due already."""
    rest = []
    for part in parts:
        start = max(part.first - 1, quantity)
        if part.is_flat:
            rest += [part] if part.part not in due else []
        elif start < part.last:
            rest.append(
                PricedQuantity(
                    part=part.part,
                    quantity=part.last - start,
                    unit_price=part.unit_price,
                    first=start + 1,
                    last=part.last,
                    words=f"priced as {noun.short_span(start, part.last)}",
                )
            )
    return rest
