"""The number of all users decides what each of them costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rollcall.money import in_words
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, once_whole, price_model
from rollcall.terms.tiered import TieredPrice
from rollcall.terms.tiers import falls, falls_after


@price_model("volume")
@dataclass(frozen=True, kw_only=True)
class Volume(TieredPrice):
    """All users cost the price of the tier that their number reaches; the total may fall as usage rises."""

    def __post_init__(self) -> None:
        self.bounds.refuse(numbers_users=False)

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price the whole quantity by the tier that it reaches."""
        if not quantity:
            return [self._flat(0, Decimal(0))] if self.at_zero == "first_flat" else []
        index = self.bounds.tier_of(quantity) or 0
        tier = self.tiers[index]
        all_of_them = PricedQuantity(
            part="",
            quantity=quantity,
            unit_price=tier.unit_price,
            first=Decimal(1),
            last=quantity,
            words=f"{noun.many}, all at the price of tier {index + 1} ({self.bounds.sizes(noun)[index]})",
        )
        return [all_of_them, self._flat(index, Decimal(1))] if tier.flat_amount else [all_of_them]

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the price in sentences: each tier by the numbers that belong to it."""
        said = []
        for tier, size in zip(self.tiers, self.bounds.sizes(noun), strict=True):
            flat = self.flat_in_words(tier, currency)
            said.append(f"{size}: {in_words(tier.unit_price, currency)} each{flat}")
        edge = self.bounds.edge(noun)
        return (
            f"The price is by volume, the number of all {noun.many} decides what each of them costs: {'; '.join(said)}"
            f"{edge}.{self.zero_in_words(currency, noun)}"
        )

    def warnings(self, currency: str, noun: Noun = ACTIVE_USERS) -> list[str]:
        """Tell every number of users after which the total falls."""
        return falls(self, self.bounds, currency, noun)

    def falls_after(self, quantity: Decimal) -> bool:
        """Whether a tier above begins below what this quantity costs."""
        return falls_after(self, self.bounds, quantity)

    def _flat(self, index: int, first: Decimal) -> PricedQuantity:
        return once_whole("flat", self.tiers[index].flat_amount, f"once in tier {index + 1}", first=first)
