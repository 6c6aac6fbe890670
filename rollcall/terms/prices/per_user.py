"""Every user costs the same."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rollcall.money import in_words, plain
from rollcall.terms.fields import Fields
from rollcall.terms.priced import PricedQuantity, price_model


@price_model("per_user")
@dataclass(frozen=True, kw_only=True)
class PerUser:
    """Each user is billed at one price."""

    unit_price: Decimal

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

    def price(self, users: Decimal) -> list[PricedQuantity]:
        """Price all users at once."""
        if not users:
            return []
        return [
            PricedQuantity(
                part="", quantity=users, unit_price=self.unit_price, first=Decimal(1), last=users, words="active users"
            )
        ]

    def words(self, currency: str) -> str:
        """Say the price in a sentence."""
        return f"Each active user costs {in_words(self.unit_price, currency)}."
