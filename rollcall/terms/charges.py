"""One thing that a contract bills: a metric, its price and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.limits import Cap, Floor, Limits
from rollcall.terms.nouns import Noun
from rollcall.terms.prices import PriceModel, read_price, write_price

# The key under which lines of the whole contract stand; no charge may have it.
CONTRACT = "contract"


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A price for the users of one metric, with included users, a floor and a cap."""

    key: str
    metric: str
    price: PriceModel
    bill: str = "in_arrears"
    included: int = 0
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_fields(cls, key: str, fields: Fields, currency: str) -> Charge:
        """Read one charge. Raises TermsRefused for what cannot be meant, and for what is not rated yet."""
        if key == CONTRACT:
            raise TermsRefused(fields.path, "is the name of the whole contract; give the charge another one.")
        for later in ("discount", "credits", "commitment"):
            if fields.has(later):
                raise fields.refuse(later, "is not rated by this version; leave it out, nothing is ignored silently.")
        metric = fields.text("metric")
        bill = fields.choice("bill", ("in_arrears", "in_advance"), default="in_arrears")
        if bill == "in_advance":
            raise fields.refuse("bill", 'active users are known when the cycle is over; use "in_arrears".')
        included = fields.whole("included", default=0)
        price = read_price(fields.inner("price", "say what one user costs."), currency)
        limits = Limits.from_fields(fields, currency, price)
        fields.nothing_else("a charge")
        if included and limits.floor and limits.floor.minimum_users is not None:
            raise fields.refuse(
                "included",
                "together with a floor in users is not rated yet: it would have to say whether included users count "
                "towards the floor. Use a floor in money, or no included users.",
            )
        return cls(key=key, metric=metric, price=price, bill=bill, included=included, limits=limits)

    def to_json(self) -> dict[str, object]:
        """Return the charge as terms write it, with its defaults."""
        return {
            "metric": self.metric,
            "bill": self.bill,
            "included": self.included,
            "price": write_price(self.price),
            **self.limits.to_json(),
        }

    @property
    def floor(self) -> Floor | None:
        """The least that is billed, where it is agreed."""
        return self.limits.floor

    @property
    def cap(self) -> Cap | None:
        """The most that is billed, where it is agreed."""
        return self.limits.cap

    def defaults(self) -> dict[str, object]:
        """Return the values that this charge has where terms leave them out."""
        floor = {"per": "cycle", "shortfall_priced_by": "tiers"} if self.price.has_one_price else {"per": "cycle"}
        return {"bill": "in_arrears", "included": 0, "floor": floor, "cap": {"per": "cycle"}}

    def stated_steps(self) -> frozenset[str]:
        """Return the steps that this charge asks for."""
        return frozenset({"price"} | ({"included"} if self.included else set())) | self.limits.stated_steps()

    def sentences(self, currency: str, cycle: str, noun: Noun) -> list[str]:
        """Say price and limits in sentences."""
        said = [self.price.words(currency, noun)]
        if self.included:
            first = f"first {noun.short_one}" if self.included == 1 else f"first {noun.short_of(self.included)}"
            are = "is" if self.included == 1 else "are"
            said.append(
                f"The {first} of each {cycle} {are} included; the price counts from the {noun.short_one} after that."
            )
        return said + self.limits.sentences(currency, cycle, self.price, noun)
