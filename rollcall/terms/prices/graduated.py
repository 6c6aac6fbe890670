"""Each user costs the price of the tier in which that user is counted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rollcall.money import in_words, plain
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, price_model

BOUNDS = ("inclusive", "exclusive")


@dataclass(frozen=True, kw_only=True)
class Tier:
    """Users up to a number, or all further users (None), at a price each."""

    up_to: int | None
    unit_price: Decimal


@price_model("graduated")
@dataclass(frozen=True, kw_only=True)
class Graduated:
    """Each user is priced by the tier in which that user falls.

    `bound` says where the user falls whose number is the `up_to` of a tier: "inclusive" in that tier, "exclusive" in
    the next one.
    """

    bound: str
    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        ends = [tier.up_to for tier in self.tiers]
        bounded = [end for end in ends if end is not None]
        if self.bound not in BOUNDS:
            raise ValueError("The bound of a tier is inclusive or exclusive.")
        if not ends or ends[-1] is not None or len(bounded) != len(ends) - 1:
            raise ValueError("Only the last tier may be open-ended (up_to: null), and it must be.")
        if bounded != sorted(set(bounded)):
            raise ValueError("Tiers must rise: each up_to is higher than the one before.")
        if bounded and self._last_user(bounded[0]) < 1:
            raise ValueError("The first tier holds no user; its up_to is too low.")

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> Graduated:
        """Read `{"bound": "inclusive", "tiers": [{"up_to": 500, "unit_price": "29.00"}, ...]}`."""
        bound = fields.choice(
            "bound",
            BOUNDS,
            why='say whether the user number up_to is in the tier ("inclusive") or '
            'in the next one ("exclusive"); the two cost different money.',
        )
        tiers = []
        for number, row in enumerate(fields.listed("tiers")):
            tier = Fields.of(row, f"{fields.at('tiers')}[{number}]")
            open_ended = tier.take("up_to", "give the last user of the tier, or null for the last tier.") is None
            up_to = None if open_ended else tier.whole("up_to", least=1)
            tiers.append(Tier(up_to=up_to, unit_price=tier.price("unit_price", currency)))
            tier.nothing_else("a tier")
        try:
            return cls(bound=bound, tiers=tuple(tiers))
        except ValueError as error:
            raise TermsRefused(fields.at("tiers"), str(error)) from error

    def to_json(self) -> dict[str, object]:
        """Return the parameters as terms write them."""
        tiers = [{"up_to": tier.up_to, "unit_price": plain(tier.unit_price)} for tier in self.tiers]
        return {"bound": self.bound, "tiers": tiers}

    @property
    def has_one_price(self) -> bool:
        """Only when all tiers cost the same."""
        return len({tier.unit_price for tier in self.tiers}) == 1

    @property
    def is_marginal(self) -> bool:
        """Always: a tier never changes what the tiers before it cost."""
        return True

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price the quantity tier by tier."""
        priced, start = [], Decimal(0)
        for number, tier in enumerate(self.tiers, start=1):
            end = quantity if tier.up_to is None else min(quantity, Decimal(self._last_user(tier.up_to)))
            if end > start:
                words = f"{noun.numbered(start + 1, end)}, tier {number}"
                priced.append(
                    PricedQuantity(
                        part=f"tier-{number}",
                        quantity=end - start,
                        unit_price=tier.unit_price,
                        first=start + 1,
                        last=end,
                        words=words,
                    )
                )
                start = end
        return priced

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the price in a sentence: each tier by its first and last user."""
        said, first = [], 1
        for tier in self.tiers:
            price = in_words(tier.unit_price, currency)
            if tier.up_to is None:
                said.append(
                    f"{noun.short_many} from {first:,} on cost {price} each"
                    if first > 1
                    else f"every {noun.short_one} costs {price}"
                )
                break
            last = self._last_user(tier.up_to)
            said.append(f"{noun.short_many} {first:,} to {last:,} cost {price} each")
            first = last + 1
        if len(self.tiers) == 1:
            return f"The price is graduated with one tier: {said[0]}."
        last = self._last_user(self.tiers[0].up_to or 0)
        edge = f"{noun.short_one} number {last:,} is the last one in the first tier"
        return (
            f"The price is graduated, each {noun.short_one} costs the price of their tier: {'; '.join(said)}; {edge}."
        )

    def _last_user(self, up_to: int) -> int:
        return up_to if self.bound == "inclusive" else up_to - 1
