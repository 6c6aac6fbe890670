"""One amount, whatever is used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rollcall.money import in_words, plain
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, PriceModel, once, price_model


@price_model("fixed")
@dataclass(frozen=True, kw_only=True)
class Fixed(PriceModel):
    """An amount that is due in every cycle, also when nothing was used."""

    amount: Decimal

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> Fixed:
        """Read `{"amount": "999.00"}`."""
        return cls(amount=fields.price("amount", currency))

    def to_json(self) -> dict[str, object]:
        """Return the parameters as terms write them."""
        return {"amount": plain(self.amount)}

    @property
    def is_marginal(self) -> bool:
        """Always: one more costs nothing more."""
        return True

    @property
    def needs_quantity(self) -> bool:
        """Never."""
        return False

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Return the amount once, whatever the quantity is."""
        return [once("", self.amount, "fixed amount", first=Decimal(0))]

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the price in a sentence."""
        return f"The price is a fixed amount of {in_words(self.amount, currency)}, whatever is used."
