"""One thing that a contract bills: a metric, its price and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.included import Included
from rollcall.terms.limits import Cap, Floor, Limits
from rollcall.terms.nouns import Noun
from rollcall.terms.part_periods import Timing
from rollcall.terms.prices import PriceModel, read_price, write_price

# The key under which lines of the whole contract stand; no charge may have it.
CONTRACT = "contract"

BILLED = ("in_arrears", "in_advance")


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A price for the users of one metric, with included users and limits; a fixed price needs no metric (None)."""

    key: str
    metric: str | None
    price: PriceModel
    bill: str = "in_arrears"
    included: Included = field(default_factory=Included)
    timing: Timing = field(default_factory=Timing, metadata=asked(is_flat=True))
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_fields(cls, key: str, fields: Fields, currency: str) -> Charge:
        """Read one charge. Raises TermsRefused for what cannot be meant."""
        if key == CONTRACT:
            raise TermsRefused(fields.path, "is the name of the whole contract; give the charge another one.")
        bill = fields.choice("bill", BILLED, default="in_arrears")
        price = read_price(fields.inner("price", "say what one user costs."), currency)
        needs_metric = price.needs_quantity or (fields.has("metric") and fields.take("metric") is not None)
        metric = fields.text("metric") if needs_metric else None
        included = Included.read(fields)
        if included.quantity and metric is None:
            raise fields.refuse("included", "belongs to a charge that counts something; this one has no metric.")
        timing = Timing.read(fields)
        limits = Limits.from_fields(fields, currency, price, metric=metric or "", has_included=bool(included.quantity))
        fields.nothing_else("a charge")
        in_users = limits.floor is not None and limits.floor.minimum_users is not None
        included.refuse_beside_floor(fields, has_floor_in_users=in_users)
        return cls(key=key, metric=metric, price=price, bill=bill, included=included, timing=timing, limits=limits)

    def to_json(self) -> dict[str, object]:
        """Return the charge as terms write it, with its defaults."""
        written = {
            "metric": self.metric,
            "bill": self.bill,
            "included": self.included.to_json(),
            "price": write_price(self.price),
            **self.timing.to_json(),
            **self.limits.to_json(),
        }
        return written if self.metric is not None else {key: value for key, value in written.items() if key != "metric"}

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
        return frozenset({"price"} | ({"included"} if self.included.quantity else set())) | self.limits.stated_steps()

    def sentences(self, currency: str, cycle: str, noun: Noun) -> list[str]:
        """Say price and limits in sentences."""
        said = [self.price.words(currency, noun)]
        if self.included.quantity:
            said.append(self.included.words(cycle, noun))
        said += self.timing.sentences(cycle)
        if self.timing.is_reduced and self.price.has_flat_amounts:
            said.append(f"What is due once for a tier is due whole, also in a part of a {cycle}.")
        said += self.limits.sentences_of_parts(cycle, noun) if self.timing.is_reduced else []
        said += self.limits.sentences(currency, cycle, self.price, noun)
        if self.timing.trial_until is not None and self.limits.over_term:
            said.append(f"Nothing of the trial counts towards the {' and the '.join(self.limits.over_term)}.")
        beyond = self.limits.counting_users - {"floor"}
        if self.included.quantity and beyond:
            limits, count = " and the ".join(sorted(beyond)), "counts" if len(beyond) == 1 else "count"
            said.append(f"The {limits} {count} the {noun.short_many} after the included ones.")
        return said
