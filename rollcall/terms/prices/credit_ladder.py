"""How much free credit a number of users brings. It prices no charge: a credit of the contract looks it up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from rollcall.money import in_words, number_in_words, plain
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, PriceModel, price_model
from rollcall.terms.tiers import Bound, Bounds, falls, read_bound, read_tiers, refused_as_terms, written_up_to

Reading = Literal["graduated", "whole_size"]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """The credit of each user, up to a number of users."""

    up_to: Decimal
    credit: Decimal


@price_model("credit_ladder", gives_credit=True)
@dataclass(frozen=True, kw_only=True)
class CreditLadder(PriceModel):
    """Free credit by the number of users; beyond the last rung there is none.

    `reading` says whether each user brings the credit of the rung in which that user is counted ("graduated"), or all
    of them that of the rung which their number reaches ("whole_size"). `price` gives the credit.
    """

    reading: Reading
    bound: Bound
    tiers: tuple[Rung, ...]

    def __post_init__(self) -> None:
        self.bounds.refuse(numbers_users=self.reading == "graduated", has_open_end=False)

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> CreditLadder:
        """Read `{"reading": "graduated", "bound": "inclusive", "tiers": [{"up_to": 10, "credit": "5.00"}, ...]}`."""

        def read(rung: Fields, up_to: Decimal | None) -> Rung:
            if up_to is None:
                raise rung.refuse("up_to", "is a number: beyond the last rung of a ladder there is no credit.")
            return Rung(up_to=up_to, credit=rung.price("credit", currency))

        why = (
            'say whether each user brings the credit of that user\'s own rung ("graduated"), or all of them that of '
            'the rung which their number reaches ("whole_size"); 60 users bring 140.00 or 60.00 by one and the same '
            "ladder."
        )
        is_whole = fields.choice("reading", get_args(Reading), why=why) == "whole_size"
        bound, tiers = read_bound(fields), read_tiers(fields, read)
        try:
            return cls(reading="whole_size" if is_whole else "graduated", bound=bound, tiers=tiers)
        except ValueError as error:
            raise refused_as_terms(fields, error) from error

    def to_json(self) -> dict[str, object]:
        """Return the parameters as terms write them."""
        tiers = [{"up_to": written_up_to(rung.up_to), "credit": plain(rung.credit)} for rung in self.tiers]
        return {"reading": self.reading, "bound": self.bound, "tiers": tiers}

    @property
    def bounds(self) -> Bounds:
        """The ends of the rungs."""
        return Bounds(self.bound, tuple(rung.up_to for rung in self.tiers))

    @property
    def is_marginal(self) -> bool:
        """Whether a further user leaves the credit of the others as it is."""
        return self.reading == "graduated"

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Return the credit of a quantity in parts: what is beyond the last rung has none."""
        if self.reading == "graduated":
            return [
                self._part(f"tier-{index + 1}", index, start, end, f"{noun.span(start, end)}, rung {index + 1}")
                for index, start, end in self.bounds.spans(quantity)
            ]
        index = self.bounds.tier_of(quantity)
        if index is None or not quantity:
            return []
        words = f"{noun.many}, all by rung {index + 1} ({self.bounds.sizes(noun)[index]})"
        return [self._part("", index, Decimal(0), quantity, words)]

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the ladder in a sentence."""
        is_graduated = self.reading == "graduated"
        users = self.bounds.numbers(noun) if is_graduated else self.bounds.sizes(noun)
        said = "; ".join(
            f"{these}: {in_words(rung.credit, currency)} each" for rung, these in zip(self.tiers, users, strict=True)
        )
        last = self.tiers[-1].up_to
        if is_graduated:
            beyond = f"{noun.short_many} after number {number_in_words(self.bounds.last_of(last))} bring none"
            return f"Each {noun.one} brings the free credit of their own rung: {said}; {beyond}."
        over = "more than" if self.bound == "inclusive" else "at least"
        return (
            f"The number of all {noun.many} decides how much free credit each of them brings: {said}; "
            f"{over} {noun.short_of(last)} bring none."
        )

    def warnings(self, currency: str, noun: Noun = ACTIVE_USERS) -> list[str]:
        """Tell every number of users after which the credit falls."""
        return falls(self, self.bounds, currency, noun, total="credit", cost="bring")

    def _part(self, name: str, index: int, start: Decimal, end: Decimal, words: str) -> PricedQuantity:
        return PricedQuantity(
            part=name,
            quantity=end - start,
            unit_price=self.tiers[index].credit,
            first=start + 1,
            last=end,
            words=words,
        )
