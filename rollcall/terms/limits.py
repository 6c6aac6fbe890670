"""Limits of a charge, or of the whole contract: the least and the most that is billed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rollcall.money import exact_product, exact_sum, exactly, in_words, plain, round_half_up
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, PriceModel, price_of_more

BY_TIERS = "tiers"


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The least that a cycle is billed: a number of users, or an amount before tax. One of the two is None.

    `shortfall_unit_price` prices the users that are missing to the floor; None prices them by the tiers in which they
    would have been.
    """

    minimum_users: int | None = None
    minimum_amount: Decimal | None = None
    per: str = "cycle"
    shortfall_unit_price: Decimal | None = None

    @classmethod
    def from_fields(cls, fields: Fields, currency: str, price: PriceModel | None) -> Floor:
        """Read `{"minimum_users": 400, "per": "cycle", "shortfall_priced_by": "tiers"}` or a `minimum_amount`.

        Without a price, as for the whole contract, only an amount can be meant.
        """
        if fields.has("minimum_users") == fields.has("minimum_amount"):
            raise TermsRefused(fields.path, "a floor is either minimum_users or minimum_amount, and only one of them.")
        per = read_per(fields)
        if fields.has("minimum_amount"):
            if fields.has("shortfall_priced_by"):
                raise fields.refuse("shortfall_priced_by", "belongs to a floor in users; an amount is lifted as it is.")
            floor = cls(minimum_amount=fields.amount("minimum_amount", currency), per=per)
        elif price is None:
            raise fields.refuse("minimum_users", "belongs to one charge; the whole contract has a minimum_amount.")
        else:
            users = fields.whole("minimum_users")
            floor = cls(minimum_users=users, per=per, shortfall_unit_price=_read_shortfall(fields, currency, price))
        fields.nothing_else("a floor")
        return floor

    def to_json(self) -> dict[str, object]:
        """Return the floor as terms write it, with its defaults."""
        if self.minimum_amount is not None:
            return {"minimum_amount": plain(self.minimum_amount), "per": self.per}
        priced_by = BY_TIERS if self.shortfall_unit_price is None else plain(self.shortfall_unit_price)
        return {"minimum_users": self.minimum_users, "per": self.per, "shortfall_priced_by": priced_by}

    def shortfall_of(self, users: Decimal, price: PriceModel, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price what is missing to a floor in numbers, next to what is there."""
        lacking = Decimal(self.minimum_users or 0) - users
        if lacking <= 0:
            return []
        if self.shortfall_unit_price is None:
            return price_of_more(price, users, lacking, noun)
        part = PricedQuantity(
            part="",
            quantity=lacking,
            unit_price=self.shortfall_unit_price,
            first=users + 1,
            last=users + lacking,
            words=f"at the agreed price of a missing {noun.short_one}",
        )
        return [part]

    def words(self, currency: str, cycle: str, price: PriceModel | None, noun: Noun = ACTIVE_USERS) -> str:
        """Say the floor in a sentence; only a floor in numbers needs the price."""
        if self.minimum_amount is not None or price is None:
            return (
                f"At least {in_words(self.minimum_amount or Decimal(0), currency)} before tax is billed each {cycle}."
            )
        users = noun.short_of(self.minimum_users or 0)
        least = f"At least {users} {'is' if self.minimum_users == 1 else 'are'} billed each {cycle}"
        if self.shortfall_unit_price is not None:
            price_of_one = in_words(self.shortfall_unit_price, currency)
            return f"{least}; a {noun.short_one} that is missing to it costs {price_of_one}."
        if price.has_one_price:
            return f"{least}; a {noun.short_one} that is missing to it costs as much as {noun.counted_one}."
        return (
            f"{least}; {noun.short_many} that are missing to it cost the price of the tiers in which they would have "
            "been counted."
        )


@dataclass(frozen=True, kw_only=True)
class Cap:
    """The most that a cycle costs, before tax."""

    amount: Decimal
    per: str = "cycle"

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> Cap:
        """Read `{"amount": "50000.00", "per": "cycle"}`."""
        cap = cls(amount=fields.amount("amount", currency), per=read_per(fields))
        fields.nothing_else("a cap")
        return cap

    def to_json(self) -> dict[str, object]:
        """Return the cap as terms write it, with its defaults."""
        return {"amount": plain(self.amount), "per": self.per}

    def words(self, currency: str, cycle: str) -> str:
        """Say the cap in a sentence."""
        return f"No {cycle} costs more than {in_words(self.amount, currency)} before tax."


def refuse_floor_above_cap(floor: Floor, cap: Cap, price: PriceModel | None, currency: str, path: str) -> None:
    """Refuse limits that contradict each other: what the floor asks for must be within the cap. Raises TermsRefused."""
    with exactly():
        least = floor.minimum_amount
        if least is None:
            least = _most_at_floor(floor, price, currency) if price else Decimal(0)
    if least > cap.amount:
        raise TermsRefused(
            path,
            f"the floor asks for {in_words(least, currency)} and the cap allows {in_words(cap.amount, currency)}; "
            "a floor cannot be above the cap.",
        )


def _most_at_floor(floor: Floor, price: PriceModel, currency: str) -> Decimal:
    """Return the most that a cycle with no more users than the floor costs.

    Between the ends of the tiers the cost changes evenly, so that the most is found at one of them.
    """
    parts = price.price(Decimal(floor.minimum_users or 0))
    ends = [Decimal(0), *(part.last for part in parts)]
    return max(_rounded_total([*price.price(end), *floor.shortfall_of(end, price)], currency) for end in ends)


def read_per(fields: Fields) -> str:
    """Read over which span a limit holds: each cycle."""
    per = fields.choice("per", ("cycle", "term"), default="cycle")
    if per == "term":
        raise fields.refuse("per", 'limits over the whole term are not rated yet; use "cycle".')
    return per


def _read_shortfall(fields: Fields, currency: str, price: PriceModel) -> Decimal | None:
    if not fields.has("shortfall_priced_by") and not price.has_one_price:
        fields.take(
            "shortfall_priced_by",
            'say how missing users are priced: "tiers", or the price of one such as "25.00"; it changes the bill.',
        )
    if not fields.has("shortfall_priced_by") or fields.document["shortfall_priced_by"] == BY_TIERS:
        fields.text("shortfall_priced_by", default=BY_TIERS)
        return None
    try:
        return fields.price("shortfall_priced_by", currency)
    except TermsRefused as error:
        raise fields.refuse(
            "shortfall_priced_by", f'is "tiers" or the price of one missing user; it {error.sentence}'
        ) from error


def _rounded_total(parts: list[PricedQuantity], currency: str) -> Decimal:
    return exact_sum(round_half_up(exact_product(part.quantity, part.unit_price), currency) for part in parts)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What lowers or lifts a bill after its price: of one charge, or of the whole contract."""

    floor: Floor | None = None
    cap: Cap | None = None

    @classmethod
    def from_fields(cls, fields: Fields, currency: str, price: PriceModel | None) -> Limits:
        """Take the limits that are written; the caller refuses the keys that are left. `price` is None for a contract.

        Raises TermsRefused.
        """
        floor = Floor.from_fields(fields.inner("floor"), currency, price) if fields.has("floor") else None
        cap = Cap.from_fields(fields.inner("cap"), currency) if fields.has("cap") else None
        if floor and cap:
            refuse_floor_above_cap(floor, cap, price, currency, fields.at("floor"))
        return cls(floor=floor, cap=cap)

    def to_json(self) -> dict[str, object]:
        """Return the limits that are stated, with their defaults."""
        stated = {"floor": self.floor, "cap": self.cap}
        return {key: limit.to_json() for key, limit in stated.items() if limit is not None}

    def stated_steps(self) -> frozenset[str]:
        """Return the steps of the bill that these limits ask for."""
        stated = {"floor": self.floor, "cap": self.cap}
        return frozenset(step for step, limit in stated.items() if limit is not None)

    def sentences(self, currency: str, cycle: str, price: PriceModel | None, noun: Noun) -> list[str]:
        """Say each limit in a sentence, in the order of the bill."""
        said = []
        if self.floor:
            said.append(self.floor.words(currency, cycle, price, noun))
        if self.cap:
            said.append(self.cap.words(currency, cycle))
        return said
