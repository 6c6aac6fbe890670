"""Every user costs the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from rollcall.money import in_words, plain
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, PriceModel, price_model


@price_model("per_user")
@dataclass(frozen=True, kw_only=True)
class PerUser(PriceModel):
    """Each user is billed at one price."""

    unit_price: Decimal = field(metadata=asked("Price of one user"))

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> PerUser:
        """Read `{"unit_price": "29.00"}`."""
        return cls(unit_price=fields.price("unit_price", currency))

    def to_json(self) -> dict[str, object]:
        """Return the parameters as terms write them."""
        return {"unit_price": plain(self.unit_price)}

    @property
    def has_one_price(self) -> bool:
        """Always."""
        return True

    @property
    def is_marginal(self) -> bool:
        """Always."""
        return True

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price all at once."""
        if not quantity:
            return []
        return [
            PricedQuantity(
                part="",
                quantity=quantity,
                unit_price=self.unit_price,
                first=Decimal(1),
                last=quantity,
                words=noun.many,
            )
        ]

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the price in a sentence."""
        return f"Each {noun.one} costs {in_words(self.unit_price, currency)}."
