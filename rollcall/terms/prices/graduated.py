"""Each user costs the price of the tier in which that user is counted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rollcall.money import in_words
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, once_whole, price_model
from rollcall.terms.tiered import TieredPrice


@price_model("graduated")
@dataclass(frozen=True, kw_only=True)
class Graduated(TieredPrice):
    """Each user is priced by the tier in which that user falls; a flat amount is due once its tier is reached."""

    def __post_init__(self) -> None:
        self.bounds.refuse(numbers_users=True)

    @property
    def is_marginal(self) -> bool:
        """Always: a tier never changes what the tiers before it cost."""
        return True

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price the quantity tier by tier."""
        parts: list[PricedQuantity] = []
        for index, start, end in self.bounds.spans(quantity):
            tier = self.tiers[index]
            parts.append(
                PricedQuantity(
                    part=f"tier-{index + 1}",
                    quantity=end - start,
                    unit_price=tier.unit_price,
                    first=start + 1,
                    last=end,
                    words=f"{noun.span(start, end)}, tier {index + 1}",
                )
            )
            if tier.flat_amount:
                parts.append(self._flat(index, Decimal(0) if self._is_due_at_zero(index) else start + 1))
        return parts or ([self._flat(0, Decimal(0))] if self._is_due_at_zero(0) else [])

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the price in sentences: each tier by its first and last user."""
        said = []
        for tier, users in zip(self.tiers, self.bounds.numbers(noun), strict=True):
            price, flat = in_words(tier.unit_price, currency), self.flat_in_words(tier, currency)
            every = users.startswith("every ")
            said.append(f"{users} {'costs' if every else 'cost'} {price}{'' if every else ' each'}{flat}")
        zero = self.zero_in_words(currency, noun)
        edge = self.bounds.last_of_first(noun)
        if not edge:
            return f"The price is graduated with one tier: {said[0]}.{zero}"
        return (
            f"The price is graduated, each {noun.short_one} costs the price of their tier: {'; '.join(said)}; {edge}."
            f"{zero}"
        )

    def _flat(self, index: int, first: Decimal) -> PricedQuantity:
        words = f"once for tier {index + 1}"
        return once_whole(f"tier-{index + 1}/flat", self.tiers[index].flat_amount, words, first=first)

    def _is_due_at_zero(self, index: int) -> bool:
        return index == 0 and self.at_zero == "first_flat"
