"""A percentage that changes from tier to tier, each for the part of the quantity that lies in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from rollcall.money import in_words, number_in_words, plain, shortest
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, PriceModel, price_model
from rollcall.terms.prices.graduated import Graduated
from rollcall.terms.tiered import Tier
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
class PercentTier:
    """The percentage of what lies in a tier, up to a number or without an end (None), and what is due once for it."""

    up_to: Decimal | None = field(metadata=ASKED_UP_TO)
    percent: Decimal = field(metadata=asked("Percent"))
    flat_amount: Decimal = field(default=Decimal(0), metadata=ASKED_FLAT)


@price_model("graduated_percentage")
@dataclass(frozen=True, kw_only=True)
class GraduatedPercentage(PriceModel):
    """The quantity is cut at the ends of the tiers, and each part of it pays the percentage of its tier.

    `bound` and `at_zero` are those of a graduated price.
    """

    bound: Bound = field(metadata=ASKED_BOUND)
    tiers: tuple[PercentTier, ...]
    at_zero: AtZero | None = field(default=None, metadata=ASKED_AT_ZERO)

    def __post_init__(self) -> None:
        self.bounds.refuse(numbers_users=True)

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> GraduatedPercentage:
        """Read `{"bound": "inclusive", "tiers": [{"up_to": 10, "percent": "1", "flat_amount": "200.00"}, ...]}`."""

        def read(tier: Fields, up_to: Decimal | None) -> PercentTier:
            percent = Decimal(shortest(tier.decimal("percent")))
            return PercentTier(up_to=up_to, percent=percent, flat_amount=read_flat(tier, currency))

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
            tiers.append({"up_to": written_up_to(tier.up_to), "percent": shortest(tier.percent), **flat})
        return {"bound": self.bound, "tiers": tiers} | ({"at_zero": self.at_zero} if self.at_zero else {})

    @property
    def bounds(self) -> Bounds:
        """The ends of the tiers."""
        return Bounds(self.bound, tuple(tier.up_to for tier in self.tiers))

    @property
    def is_marginal(self) -> bool:
        """Always: a tier never changes what the tiers before it cost."""
        return True

    @property
    def has_flat_amounts(self) -> bool:
        """Whether any tier has one."""
        return any(tier.flat_amount for tier in self.tiers)

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price the quantity tier by tier."""
        tiers = tuple(
            Tier(up_to=tier.up_to, unit_price=tier.percent.scaleb(-2), flat_amount=tier.flat_amount)
            for tier in self.tiers
        )
        parts = Graduated(bound=self.bound, tiers=tiers, at_zero=self.at_zero).price(quantity, noun)
        percents = {f"tier-{number}": tier.percent for number, tier in enumerate(self.tiers, start=1)}
        return [
            replace(part, words=f"{part.words}, {number_in_words(percents[part.part])} %")
            if part.part in percents
            else part
            for part in parts
        ]

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the price in sentences: each tier by what lies in it."""
        said = []
        for tier, part in zip(self.tiers, self.bounds.numbers(noun), strict=True):
            flat = f" and {in_words(tier.flat_amount, currency)} once" if tier.flat_amount else ""
            said.append(f"{part}: {number_in_words(tier.percent)} %{flat}")
        edge = self.bounds.last_of_first(noun)
        return (
            f"The price is a percentage of the {noun.many} that changes from tier to tier: {'; '.join(said)}"
            f"{f'; {edge}' if edge else ''}."
            f"{at_zero_in_words(self.at_zero, self.tiers[0].flat_amount, currency, noun)}"
        )
