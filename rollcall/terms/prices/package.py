"""Users are billed by the package."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from rollcall.money import in_words, number_in_words, plain, shortest
from rollcall.terms.asked import asked
from rollcall.terms.conversion import rounded_whole
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, PriceModel, once, price_model

Rounding = Literal["up", "down", "half_up"]
_ROUNDED = {
    "up": "a package that is begun is billed whole",
    "down": "only full packages are billed",
    "half_up": "a package is billed whole once it is half used, and not before",
}


@price_model("package")
@dataclass(frozen=True, kw_only=True)
class Package(PriceModel):
    """So many users make a package; `rounding` says what a part of one is: a package or nothing."""

    size: Decimal = field(metadata=asked("Users in a package"))
    package_price: Decimal = field(metadata=asked("Price of a package"))
    rounding: Rounding = field(
        metadata=asked(
            "A part of a package", help="up: a whole one; down: nothing; half_up: a whole one from the half on"
        )
    )

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> Package:
        """Read `{"size": "10", "package_price": "50.00", "rounding": "up"}`."""
        size = Decimal(shortest(fields.decimal("size")))
        if not size:
            raise fields.refuse("size", "must be above zero.")
        rounding = fields.choice(
            "rounding",
            get_args(Rounding),
            why='say what a part of a package is: a whole one ("up"), nothing ("down"), or by the half ("half_up").',
        )
        known = next(word for word in get_args(Rounding) if word == rounding)
        return cls(size=size, package_price=fields.price("package_price", currency), rounding=known)

    def to_json(self) -> dict[str, object]:
        """Return the parameters as terms write them."""
        return {"size": shortest(self.size), "package_price": plain(self.package_price), "rounding": self.rounding}

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price the packages; a part of one that is rounded away leaves a part of zero packages."""
        if not quantity:
            return []
        packages = rounded_whole(Fraction(quantity) / Fraction(self.size), self.rounding)
        of_them = f"{'package' if packages == 1 else 'packages'} of {number_in_words(self.size)}"
        words = f"{of_them} for {noun.of(quantity)}: {_ROUNDED[self.rounding]}"
        return [once("", self.package_price, words, first=Decimal(1), times=packages)]

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the price in a sentence."""
        price = in_words(self.package_price, currency)
        return f"Packages of {noun.of(self.size)} cost {price} each; {_ROUNDED[self.rounding]}."
