"""Limits of a charge, or of the whole contract: what lowers or lifts a bill after its price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rollcall.money import exactly, in_words, users_in_words
from rollcall.terms.caps import Cap
from rollcall.terms.commitments import Commitment
from rollcall.terms.credits import Credit, read_credits
from rollcall.terms.credits import order_words as order_of_credits
from rollcall.terms.discounts import Discount, read_discounts
from rollcall.terms.discounts import order_words as order_of_discounts
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.floors import BY_TIERS, Floor, most_at_floor, rounded_total
from rollcall.terms.greater_of import groups_in_words, read_groups
from rollcall.terms.nouns import Noun
from rollcall.terms.per_user_cap import PerUserCap
from rollcall.terms.priced import PriceModel

__all__ = ["BY_TIERS", "Cap", "Floor", "Limits"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What lowers or lifts a bill after its price: of one charge, or of the whole contract.

    `per_user_cap` belongs to charges only. `greater_of`, groups of charges of which the greatest alone is billed,
    belongs to the whole contract only.
    """

    per_user_cap: PerUserCap | None = None
    discounts: tuple[Discount, ...] = ()
    commitment: Commitment | None = None
    floor: Floor | None = None
    cap: Cap | None = None
    credits: tuple[Credit, ...] = ()
    greater_of: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def from_fields(
        cls, fields: Fields, currency: str, price: PriceModel | None, *, metric: str = "", has_included: bool = False
    ) -> Limits:
        """Take the limits that are written; the caller refuses the keys that are left. `price` is None for a contract.

        Raises TermsRefused.
        """
        per_user_cap = None
        if fields.has("per_user_cap") and price is not None:
            inner = fields.inner("per_user_cap")
            per_user_cap = PerUserCap.from_fields(inner, currency, price, has_included=has_included)
        limits = cls(
            per_user_cap=per_user_cap,
            discounts=read_discounts(fields, currency, is_of_charge=price is not None),
            commitment=_read_commitment(fields, currency, price),
            floor=Floor.from_fields(fields.inner("floor"), currency, price) if fields.has("floor") else None,
            cap=_read_cap(fields, currency, price),
            credits=read_credits(fields, currency, metric=metric, is_of_contract=price is None),
            greater_of=read_groups(fields) if price is None else (),
        )
        limits.refuse_contradictions(fields, currency, price)
        return limits

    def refuse_contradictions(self, fields: Fields, currency: str, price: PriceModel | None) -> None:
        """Refuse limits that cannot both hold, and such that count what a price does not. Raises TermsRefused."""
        counting = sorted(self.counting_users)
        if counting and price is not None and not price.needs_quantity:
            raise fields.refuse(counting[0], "counts users, and this price counts none; write an amount.")
        others = [key for key in ("per_user_cap", "commitment") if getattr(self, key) is not None]
        if self.cap and self.cap.amount is None and others:
            raise fields.refuse("cap", f'in users cannot stand beside "{others[0]}"; hold the amount to a cap instead.')
        if self.per_user_cap and self.commitment and self.commitment.is_in_users:
            raise fields.refuse("commitment", 'in users cannot stand beside "per_user_cap"; commit to an amount.')
        if self.floor and self.cap:
            refuse_floor_above_cap(self.floor, self.cap, price, currency, fields.at("floor"))
        commitment = self.commitment
        if not commitment or commitment.shortfall == "none":
            return
        most = self.cap.amount if self.cap and self.cap.per == commitment.per else None
        if most is not None and commitment.amount is not None and commitment.amount > most:
            raise fields.refuse(
                "commitment",
                f"asks for {in_words(commitment.amount, currency)} and the cap allows {in_words(most, currency)}; "
                "a commitment of which the shortfall is billed cannot be above the cap.",
            )
        if not self.floor:
            return
        if commitment.is_in_users == (self.floor.minimum_users is not None):
            raise fields.refuse(
                "floor",
                f"and the commitment both lift the bill by {'users' if commitment.is_in_users else 'an amount'}; "
                'leave one of them out, or write "shortfall": "none" in the commitment.',
            )

    def to_json(self) -> dict[str, object]:
        """Return the limits that are stated, with their defaults."""
        single = {
            "per_user_cap": self.per_user_cap,
            "commitment": self.commitment,
            "floor": self.floor,
            "cap": self.cap,
        }
        document: dict[str, object] = {key: limit.to_json() for key, limit in single.items() if limit is not None}
        if self.discounts:
            document["discounts"] = [discount.to_json() for discount in self.discounts]
        if self.credits:
            document["credits"] = [credit.to_json() for credit in self.credits]
        if self.greater_of:
            document["greater_of"] = [list(group) for group in self.greater_of]
        return document

    @property
    def is_stated(self) -> bool:
        """Whether there is any limit."""
        return self != Limits()

    @property
    def metrics(self) -> frozenset[str]:
        """The metrics that limits look up, beside the one that is priced."""
        pooled = {self.per_user_cap.of} if self.per_user_cap else set()
        return frozenset(pooled | {credit.metric for credit in self.credits}) - {""}

    @property
    def counting_users(self) -> frozenset[str]:
        """The limits that count users, not money."""
        counting = {
            "commitment": self.commitment is not None and self.commitment.is_in_users,
            "floor": self.floor is not None and self.floor.minimum_amount is None,
            "cap": self.cap is not None and self.cap.amount is None,
        }
        return frozenset(key for key, counts in counting.items() if counts)

    @property
    def over_term(self) -> tuple[str, ...]:
        """The limits that hold for the whole term together."""
        single = {"commitment": self.commitment, "floor": self.floor, "cap": self.cap}
        return tuple(key for key, limit in single.items() if limit is not None and limit.per == "term")

    @property
    def has_reduced_parts(self) -> bool:
        """Whether a part of a cycle has less of any limit."""
        several = (self.per_user_cap, self.commitment, self.floor, self.cap, *self.discounts, *self.credits)
        return any(limit is not None and limit.in_part_periods == "reduced" for limit in several)

    def sentences_of_parts(self, cycle: str, noun: Noun) -> list[str]:
        """Say what users cost who are missing or above, in a part of a cycle that costs its share of the price."""
        lifting = [limit for limit in (self.floor, self.commitment) if limit is not None]
        agreed = any(limit.shortfall_unit_price is not None and limit.per == "cycle" for limit in lifting)
        above = self.commitment is not None and self.commitment.overage.unit_price is not None
        which = " or ".join(["missing"] * agreed + ["above the commitment"] * above)
        said = [f"So does a {noun.short_one} that is {which}."] if which else []
        bills_term = [
            (self.floor is not None and self.floor.minimum_users is not None and self.floor.per == "term"),
            (
                self.commitment is not None
                and self.commitment.is_in_users
                and self.commitment.per == "term"
                and self.commitment.shortfall == "billed_at_end"
            ),
        ]
        if any(bills_term):
            said.append(f"A {noun.short_one} that is missing over the term costs the price of a whole {cycle}.")
        return said

    def stated_steps(self) -> frozenset[str]:
        """Return the steps of the bill that these limits ask for."""
        stated = {
            "per_user_cap": self.per_user_cap,
            "discount": self.discounts,
            "commitment": self.commitment,
            "floor": self.floor,
            "cap": self.cap,
            "credits": [credit for credit in self.credits if credit.applies == "before_tax"],
        }
        return frozenset(step for step, limit in stated.items() if limit)

    def sentences(self, currency: str, cycle: str, price: PriceModel | None, noun: Noun) -> list[str]:
        """Say each limit in a sentence, in the order of the bill where terms choose no other."""
        said = groups_in_words(self.greater_of)
        if self.per_user_cap:
            said.append(self.per_user_cap.words(currency, cycle, noun))
        said += [discount.words(currency, cycle) for discount in self.discounts] + order_of_discounts(self.discounts)
        if self.commitment:
            said.append(self.commitment.words(currency, cycle, price, noun))
        if self.floor:
            said.append(self.floor.words(currency, cycle, price, noun))
        if self.cap:
            said.append(self.cap.words(currency, cycle, noun))
        said += [credit.words(currency, cycle) for credit in self.credits] + order_of_credits(self.credits)
        return said


def refuse_floor_above_cap(floor: Floor, cap: Cap, price: PriceModel | None, currency: str, path: str) -> None:
    """Refuse limits that contradict each other: what the floor asks for must be within the cap. Raises TermsRefused.

    Limits over different spans are compared where the periods of the term are known.
    """
    if floor.per != cap.per:
        return
    if floor.minimum_users is not None and cap.maximum_users is not None:
        if floor.minimum_users > cap.maximum_users:
            raise TermsRefused(
                path,
                f"the floor asks for {users_in_words(floor.minimum_users)} and the cap allows {cap.maximum_users:,}; "
                "a floor cannot be above the cap.",
            )
        return
    with exactly():
        least = least_amount(floor, price, currency)
        most = most_amount(cap, price, currency)
    if least > most:
        raise TermsRefused(
            path,
            f"the floor asks for {in_words(least, currency)} and the cap allows {in_words(most, currency)}; "
            "a floor cannot be above the cap.",
        )


def read_limits(fields: Fields, currency: str) -> Limits:
    """Read the limits over all charges of a contract together; terms without them have none."""
    if not fields.has("limits"):
        return Limits()
    inner = fields.inner("limits")
    limits = Limits.from_fields(inner, currency, None)
    inner.nothing_else("the limits of a contract")
    return limits


def least_amount(floor: Floor, price: PriceModel | None, currency: str, share: Fraction = Fraction(1)) -> Decimal:
    """Return what a floor can come to in one cycle, or in a part of it that costs a share of the price."""
    if floor.minimum_amount is not None or price is None:
        return floor.minimum_amount or Decimal(0)
    return most_at_floor(floor, floor.minimum_users or 0, price, currency, share)


def most_amount(cap: Cap, price: PriceModel | None, currency: str, share: Fraction = Fraction(1)) -> Decimal:
    """Return what a cap lets a cycle come to, or a part of it that costs a share of the price."""
    if cap.amount is not None or price is None:
        return cap.amount or Decimal(0)
    return rounded_total(price.price(Decimal(cap.maximum_users or 0)), currency, share)


def _read_commitment(fields: Fields, currency: str, price: PriceModel | None) -> Commitment | None:
    return Commitment.from_fields(fields.inner("commitment"), currency, price) if fields.has("commitment") else None


def _read_cap(fields: Fields, currency: str, price: PriceModel | None) -> Cap | None:
    return Cap.from_fields(fields.inner("cap"), currency, is_of_charge=price is not None) if fields.has("cap") else None
