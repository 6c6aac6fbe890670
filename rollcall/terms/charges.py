"""One thing that a contract bills: a metric, its price and its limits."""

from __future__ import annotations

from dataclasses import dataclass

from rollcall.money import users_in_words
from rollcall.terms.fields import Fields
from rollcall.terms.limits import Cap, Floor, refuse_floor_above_cap
from rollcall.terms.prices import PriceModel, read_price, write_price


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A price for the users of one metric, with included users, a floor and a cap."""

    key: str
    metric: str
    price: PriceModel
    bill: str = "in_arrears"
    included: int = 0
    floor: Floor | None = None
    cap: Cap | None = None

    @classmethod
    def from_fields(cls, key: str, fields: Fields, currency: str) -> Charge:
        """Read one charge. Raises TermsRefused for what cannot be meant, and for what is not rated yet."""
        for later in ("discount", "credits", "commitment"):
            if fields.has(later):
                raise fields.refuse(later, "is not rated by this version; leave it out, nothing is ignored silently.")
        metric = fields.text("metric")
        bill = fields.choice("bill", ("in_arrears", "in_advance"), default="in_arrears")
        if bill == "in_advance":
            raise fields.refuse("bill", 'active users are known when the cycle is over; use "in_arrears".')
        included = fields.whole("included", default=0)
        price = read_price(fields.inner("price", "say what one user costs."), currency)
        floor = Floor.from_fields(fields.inner("floor"), currency, price) if fields.has("floor") else None
        cap = Cap.from_fields(fields.inner("cap"), currency) if fields.has("cap") else None
        fields.nothing_else("a charge")
        if floor and cap:
            refuse_floor_above_cap(floor, cap, price, currency, fields.at("floor"))
        if included and floor and floor.minimum_users is not None:
            raise fields.refuse(
                "included",
                "together with a floor in users is not rated yet: it would have to say whether included users count "
                "towards the floor. Use a floor in money, or no included users.",
            )
        return cls(key=key, metric=metric, price=price, bill=bill, included=included, floor=floor, cap=cap)

    def to_json(self) -> dict[str, object]:
        """Return the charge as terms write it, with its defaults."""
        written: dict[str, object] = {
            "metric": self.metric,
            "bill": self.bill,
            "included": self.included,
            "price": write_price(self.price),
        }
        if self.floor:
            written["floor"] = self.floor.to_json()
        if self.cap:
            written["cap"] = self.cap.to_json()
        return written

    def defaults(self) -> dict[str, object]:
        """Return the values that this charge has where terms leave them out."""
        floor = {"per": "cycle", "shortfall_priced_by": "tiers"} if self.price.has_one_price else {"per": "cycle"}
        return {"bill": "in_arrears", "included": 0, "floor": floor, "cap": {"per": "cycle"}}

    def stated_steps(self) -> frozenset[str]:
        """Return the steps that this charge asks for."""
        optional = {"included": self.included > 0, "floor": self.floor is not None, "cap": self.cap is not None}
        return frozenset({"price"} | {step for step, stated in optional.items() if stated})

    def sentences(self, currency: str, cycle: str) -> list[str]:
        """Say price and limits in sentences."""
        said = [self.price.words(currency)]
        if self.included:
            first = "first user" if self.included == 1 else f"first {users_in_words(self.included)}"
            are = "is" if self.included == 1 else "are"
            said.append(f"The {first} of each {cycle} {are} included; the price counts from the user after that.")
        if self.floor:
            said.append(self.floor.words(currency, cycle, self.price))
        if self.cap:
            said.append(self.cap.words(currency, cycle))
        return said
