"""Floors: the least that a cycle, or the whole term, is billed."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from rollcall.money import exact_sum, in_words, part_of_product, plain
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, PriceModel, price_of_more
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

BY_TIERS = "tiers"


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The least that is billed: a number of users, or an amount before tax. One of the two is None.

    A floor over the term is settled with the last period. `shortfall_unit_price` prices the users that are missing to
    the floor; None prices them by the tiers in which they would have been.
    """

    minimum_users: int | None = field(default=None, metadata=asked(help="or an amount below, and only one of them"))
    minimum_amount: Decimal | None = None
    per: Per = field(default="cycle", metadata=asked(choices=PER))
    shortfall_unit_price: Decimal | None = field(
        default=None,
        metadata=asked(
            "Missing users are priced by",
            key="shortfall_priced_by",
            kind="text",
            help='"tiers", or the price of one, such as 25.00; left out where all users cost the same',
        ),
    )
    in_part_periods: InPartPeriods = field(default="whole", metadata=asked(choices=IN_PART_PERIODS))

    @classmethod
    def from_fields(cls, fields: Fields, currency: str, price: PriceModel | None) -> Floor:
        """Read `{"minimum_users": 400, "per": "cycle", "shortfall_priced_by": "tiers"}` or a `minimum_amount`.

        Without a price, as for the whole contract, only an amount can be meant.
        """
        if fields.has("minimum_users") == fields.has("minimum_amount"):
            raise TermsRefused(fields.path, "a floor is either minimum_users or minimum_amount, and only one of them.")
        per = read_per(fields)
        parts = read_in_part_periods(fields, per)
        if fields.has("minimum_amount"):
            if fields.has("shortfall_priced_by"):
                raise fields.refuse("shortfall_priced_by", "belongs to a floor in users; an amount is lifted as it is.")
            amount = fields.amount("minimum_amount", currency)
            floor = cls(minimum_amount=amount, per=per, in_part_periods=parts)
        elif price is None:
            raise fields.refuse("minimum_users", "belongs to one charge; the whole contract has a minimum_amount.")
        else:
            floor = cls(
                minimum_users=fields.whole("minimum_users"),
                per=per,
                shortfall_unit_price=read_shortfall(fields, currency, price, per),
                in_part_periods=parts,
            )
        fields.nothing_else("a floor")
        return floor

    def to_json(self) -> dict[str, object]:
        """Return the floor as terms write it, with its defaults."""
        if self.minimum_amount is not None:
            return {"minimum_amount": plain(self.minimum_amount), "per": self.per, **written(self.in_part_periods)}
        return {
            "minimum_users": self.minimum_users,
            "per": self.per,
            "shortfall_priced_by": written_shortfall(self.shortfall_unit_price),
            **written(self.in_part_periods),
        }

    def words(self, currency: str, cycle: str, price: PriceModel | None, noun: Noun = ACTIVE_USERS) -> str:
        """Say the floor in a sentence; only a floor in numbers needs the price."""
        over = f"each {cycle}" if self.per == "cycle" else f"over the term; what is missing comes with its last {cycle}"
        parts = said_of_parts(self.in_part_periods, cycle)
        if self.minimum_amount is not None or price is None:
            least = in_words(self.minimum_amount or Decimal(0), currency)
            return f"At least {least} before tax is billed {over}{parts}."
        users = noun.short_of(self.minimum_users or 0)
        are = "is" if self.minimum_users == 1 else "are"
        missing = shortfall_words(self.shortfall_unit_price, currency, price, noun)
        return f"At least {users} {are} billed {over}{parts}; {missing}."


def read_shortfall(fields: Fields, currency: str, price: PriceModel, per: Per = "cycle") -> Decimal | None:
    """Read how missing users are priced: by their tiers (None), or at the price of one. Raises TermsRefused."""
    key = "shortfall_priced_by"
    if not fields.has(key) and not price.has_one_price:
        fields.take(
            key, 'say how missing users are priced: "tiers", or the price of one such as "25.00"; it changes the bill.'
        )
    if not fields.has(key) or fields.document[key] == BY_TIERS:
        fields.text(key, default=BY_TIERS)
        if per == "term" and not price.has_one_price:
            raise fields.refuse(
                key,
                'must be the price of one such as "25.00": over a whole term nobody can say the tier of a missing one.',
            )
        return None
    try:
        return fields.price(key, currency)
    except TermsRefused as error:
        raise fields.refuse(key, f'is "tiers" or the price of one missing user; it {error.sentence}') from error


def written_shortfall(unit_price: Decimal | None) -> str:
    """Return how missing users are priced, as terms write it."""
    return BY_TIERS if unit_price is None else plain(unit_price)


def shortfall_words(unit_price: Decimal | None, currency: str, price: PriceModel, noun: Noun) -> str:
    """Say how missing users are priced, as the end of a sentence."""
    if unit_price is not None:
        return f"a {noun.short_one} that is missing to it costs {in_words(unit_price, currency)}"
    if price.has_one_price:
        return f"a {noun.short_one} that is missing to it costs as much as {noun.counted_one}"
    return f"{noun.short_many} that are missing to it cost the price of the tiers in which they would have been counted"


def shortfall_of(
    *, there: Decimal, least: Decimal, unit_price: Decimal | None, price: PriceModel, noun: Noun = ACTIVE_USERS
) -> list[PricedQuantity]:
    """Price what is missing from what is there to the least; nothing where nothing is missing."""
    lacking = least - there
    if lacking <= 0:
        return []
    if unit_price is None:
        return price_of_more(price, there, lacking, noun)
    part = PricedQuantity(
        part="",
        quantity=lacking,
        unit_price=unit_price,
        first=there + 1,
        last=there + lacking,
        words=f"at the agreed price of a missing {noun.short_one}",
    )
    return [part]


def most_at_floor(floor: Floor, users: int, price: PriceModel, currency: str, share: Fraction = Fraction(1)) -> Decimal:
    """Return the most that a cycle with no more users than the floor costs, at a share of the price.

    Between the ends of the tiers the cost changes evenly, so that the most is found at one of them.
    """
    least = Decimal(users)
    ends = {Decimal(0), *(part.last for part in price.price(least) if not part.is_flat), least}
    return max(
        rounded_total(
            [
                *price.price(end),
                *shortfall_of(there=end, least=least, unit_price=floor.shortfall_unit_price, price=price),
            ],
            currency,
            share,
        )
        for end in ends
    )


def rounded_total(parts: list[PricedQuantity], currency: str, share: Fraction = Fraction(1)) -> Decimal:
    """Return what parts come to, each rounded as its line is; what is due once has no share."""
    return exact_sum(
        part_of_product(part.quantity, part.unit_price, Fraction(1) if part.stays_whole else share, currency)
        for part in parts
    )
