"""Commitments: what a customer promises to use, what above it costs, and whether what is missing to it is billed.

What is above a commitment is its overage, what is missing to it its shortfall; a cycle has one of the two at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from rollcall.money import in_words, plain, priced, shortest
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.floors import read_shortfall, shortfall_words, written_shortfall
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PriceModel
from rollcall.terms.spans import (
    IN_PART_PERIODS,
    PER,
    InPartPeriods,
    Per,
    read_in_part_periods,
    read_per,
    said_of_parts,
    written,
)

Shortfall = Literal["billed_at_end", "none"]
SHORTFALLS: tuple[Shortfall, ...] = ("billed_at_end", "none")


@dataclass(frozen=True, kw_only=True)
class Overage:
    """What is above the commitment: so many times its price, or an agreed price of one. One of the two is None."""

    factor: Decimal | None = field(default=None, metadata=asked(help="1.5 costs half as much again"))
    unit_price: Decimal | None = None

    @classmethod
    def from_fields(cls, fields: Fields, currency: str, *, is_in_users: bool) -> Overage:
        """Read `{"factor": "1.5"}` or, of a commitment in users, `{"unit_price": "40.00"}`. Raises TermsRefused."""
        if fields.has("factor") == fields.has("unit_price"):
            raise TermsRefused(
                fields.path, 'is either a factor, where "1" is the ordinary price, or a unit_price, and only one.'
            )
        if fields.has("unit_price"):
            if not is_in_users:
                raise fields.refuse("unit_price", "belongs to a commitment in users; for an amount write a factor.")
            overage = cls(unit_price=fields.price("unit_price", currency))
        else:
            overage = cls(factor=Decimal(shortest(fields.decimal("factor"))))
        fields.nothing_else("the overage of a commitment")
        return overage

    def to_json(self) -> dict[str, object]:
        """Return the overage as terms write it."""
        if self.unit_price is not None:
            return {"unit_price": plain(self.unit_price)}
        return {"factor": shortest(self.factor or Decimal(0))}

    def words(self, currency: str, noun: Noun) -> str:
        """Say what is above costs, as the end of a sentence."""
        if self.unit_price is not None:
            return f"{in_words(priced(self.unit_price, currency), currency)} for each {noun.short_one}"
        if self.factor == 1:
            return "its ordinary price"
        return f"{shortest(self.factor or Decimal(0))} times its price"


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """An amount before tax, or a number of users, that is promised. One of the two is None.

    `carry_over` keeps what a cycle leaves of an amount for the cycles after it; without it nothing is carried. Where
    the shortfall was billed, what is drawn from there is paid already.
    """

    overage: Overage
    amount: Decimal | None = field(default=None, metadata=asked(help="or a quantity below, and only one of them"))
    quantity: int | None = None
    per: Per = field(default="cycle", metadata=asked(choices=PER))
    shortfall: Shortfall = field(metadata=asked(choices=SHORTFALLS))
    shortfall_unit_price: Decimal | None = field(
        default=None,
        metadata=asked("Missing users are priced by", key="shortfall_priced_by", kind="text", help="as of a floor"),
    )
    in_part_periods: InPartPeriods = field(default="whole", metadata=asked(choices=IN_PART_PERIODS))
    carry_over: bool = field(default=False, metadata=asked("What a cycle leaves is carried to the next ones"))

    @classmethod
    def from_fields(cls, fields: Fields, currency: str, price: PriceModel | None) -> Commitment:
        """Read `{"amount": "12000.00", "per": "term", "overage": {"factor": "1.5"}, "shortfall": "billed_at_end"}`.

        Without a price, as for the whole contract, only an amount can be meant. Raises TermsRefused.
        """
        if fields.has("amount") == fields.has("quantity"):
            raise TermsRefused(fields.path, "a commitment is either an amount or a quantity, and only one of them.")
        per = read_per(fields)
        is_in_users = fields.has("quantity")
        if is_in_users and price is None:
            raise fields.refuse("quantity", "belongs to one charge; the whole contract commits to an amount.")
        is_billed = fields.choice("shortfall", SHORTFALLS, why=_WHY) == "billed_at_end"
        unit_price = None
        if is_in_users and is_billed and price is not None:
            unit_price = read_shortfall(fields, currency, price, per)
        elif fields.has("shortfall_priced_by"):
            raise fields.refuse("shortfall_priced_by", "belongs to a quantity of which the shortfall is billed.")
        commitment = cls(
            amount=fields.amount("amount", currency) if not is_in_users else None,
            quantity=fields.whole("quantity", least=1) if is_in_users else None,
            per=per,
            overage=Overage.from_fields(
                fields.inner("overage", "say what is above the commitment costs."), currency, is_in_users=is_in_users
            ),
            shortfall="billed_at_end" if is_billed else "none",
            shortfall_unit_price=unit_price,
            in_part_periods=read_in_part_periods(fields, per),
            carry_over=fields.has("carry_over") and _read_carry_over(fields, per, is_in_users=is_in_users),
        )
        if commitment.amount == 0:
            raise fields.refuse("amount", "promises nothing; leave the commitment out.")
        fields.nothing_else("a commitment")
        return commitment

    def to_json(self) -> dict[str, object]:
        """Return the commitment as terms write it."""
        what: dict[str, object] = {"quantity": self.quantity}
        if self.amount is not None:
            what = {"amount": plain(self.amount)}
        document = {**what, "overage": self.overage.to_json(), "shortfall": self.shortfall}
        if self.per == "term":
            document["per"] = self.per
        if self.shortfall_unit_price is not None:
            document["shortfall_priced_by"] = written_shortfall(self.shortfall_unit_price)
        elif self.is_in_users and self.shortfall == "billed_at_end":
            document["shortfall_priced_by"] = written_shortfall(None)
        carried = {"carry_over": True} if self.carry_over else {}
        return {**document, **written(self.in_part_periods), **carried}

    @property
    def is_in_users(self) -> bool:
        """Whether a number of users is promised, not an amount."""
        return self.quantity is not None

    def promised(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Write what is promised: "EUR 12,000.00", "1,200 users"."""
        return (
            noun.short_of(self.quantity) if self.quantity is not None else in_words(self.amount or Decimal(0), currency)
        )

    def words(self, currency: str, cycle: str, price: PriceModel | None, noun: Noun = ACTIVE_USERS) -> str:
        """Say the commitment in a sentence."""
        span = f"in each {cycle}" if self.per == "cycle" else "over the term"
        said = f"The commitment is {self.promised(currency, noun)} {span}{said_of_parts(self.in_part_periods, cycle)}"
        above = f"what is above it costs {self.overage.words(currency, noun)}"
        end = f"with each {cycle}" if self.per == "cycle" else f"with the last {cycle}"
        if self.shortfall == "none":
            missing = "what is missing to it is not billed"
        elif self.is_in_users and price is not None:
            missing = f"{shortfall_words(self.shortfall_unit_price, currency, price, noun)}, billed {end}"
        else:
            missing = f"what is missing to it is billed {end}"
        carried = f", and nothing is carried to the next {cycle}" if self.per == "cycle" else ""
        if self.carry_over:
            paid = ", where it is paid already" if self.shortfall == "billed_at_end" else ""
            carried = f", and what a {cycle} leaves is there for the {cycle}s after it{paid}"
        return f"{said}; {above}; {missing}{carried}."


def _read_carry_over(fields: Fields, per: Per, *, is_in_users: bool) -> bool:
    value = fields.take("carry_over")
    if not isinstance(value, bool):
        raise fields.refuse("carry_over", "must be true or false.")
    if value and (per == "term" or is_in_users):
        raise fields.refuse("carry_over", "belongs to an amount for each cycle.")
    return value


_WHY = 'say whether what is missing to the commitment is billed: "billed_at_end" or "none".'
