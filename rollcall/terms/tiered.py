"""A price by tiers with a price and perhaps a flat amount each: what graduated and volume prices have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from rollcall.money import in_words, plain
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import Noun
from rollcall.terms.priced import PriceModel
from rollcall.terms.tiers import (
    ASKED_AT_ZERO,
    ASKED_BOUND,
    ASKED_FLAT,
    ASKED_UP_TO,
    AtZero,
    Bound,
    Bounds,
    at_zero_in_words,
    read_at_zero,
    read_bound,
    read_flat,
    read_tiers,
    refused_as_terms,
    written_up_to,
)


@dataclass(frozen=True, kw_only=True)
class Tier:
    """Users up to a number, or without an end (None), at a price each; `flat_amount` is due once for the tier."""

    up_to: Decimal | None = field(metadata=ASKED_UP_TO)
    unit_price: Decimal = field(metadata=asked("Price of one"))
    flat_amount: Decimal = field(default=Decimal(0), metadata=ASKED_FLAT)


@dataclass(frozen=True, kw_only=True)
class TieredPrice(PriceModel):
    """Tiers that rise, the last one without an end.

    `bound` says to which tier the user belongs whose number is the `up_to` of one. `at_zero` says whether a flat amount
    of the first tier is due without any user; None where there is no such amount.
    """

    bound: Bound = field(metadata=ASKED_BOUND)
    tiers: tuple[Tier, ...]
    at_zero: AtZero | None = field(default=None, metadata=ASKED_AT_ZERO)

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> Self:
        """Read `{"bound": "inclusive", "tiers": [{"up_to": 500, "unit_price": "29.00"}, ...]}`."""

        def read(tier: Fields, up_to: Decimal | None) -> Tier:
            price = tier.price("unit_price", currency)
            return Tier(up_to=up_to, unit_price=price, flat_amount=read_flat(tier, currency))

        bound, tiers = read_bound(fields), read_tiers(fields, read)
        at_zero = read_at_zero(fields, tiers[0].flat_amount if tiers else Decimal(0))
        try:
            return cls(bound=bound, tiers=tiers, at_zero=at_zero)
        except ValueError as error:
            raise refused_as_terms(fields, error) from error

    def to_json(self) -> dict[str, object]:
        """Return the parameters as terms write them."""
        tiers: list[dict[str, object]] = []
        for tier in self.tiers:
            flat = {"flat_amount": plain(tier.flat_amount)} if tier.flat_amount else {}
            tiers.append({"up_to": written_up_to(tier.up_to), "unit_price": plain(tier.unit_price), **flat})
        return {"bound": self.bound, "tiers": tiers} | ({"at_zero": self.at_zero} if self.at_zero else {})

    @property
    def bounds(self) -> Bounds:
        """The ends of the tiers."""
        return Bounds(self.bound, tuple(tier.up_to for tier in self.tiers))

    @property
    def has_one_price(self) -> bool:
        """Only when all tiers cost the same, and nothing is due once."""
        return len({tier.unit_price for tier in self.tiers}) == 1 and not any(tier.flat_amount for tier in self.tiers)

    @property
    def has_flat_amounts(self) -> bool:
        """Whether any tier has one."""
        return any(tier.flat_amount for tier in self.tiers)

    def zero_in_words(self, currency: str, noun: Noun) -> str:
        """Say what no users cost, with a blank before it; "" where that needs no word."""
        return at_zero_in_words(self.at_zero, self.tiers[0].flat_amount, currency, noun)

    def flat_in_words(self, tier: Tier, currency: str) -> str:
        """Say the flat amount of a tier after its price; "" where there is none."""
        return f" and {in_words(tier.flat_amount, currency)} once" if tier.flat_amount else ""
