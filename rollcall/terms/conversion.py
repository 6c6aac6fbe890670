"""A quantity is turned into what is priced: divided or multiplied, and rounded as the terms say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from rollcall.money import decimal_of, number_in_words, shortest
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, Noun
from rollcall.terms.priced import PricedQuantity, PriceModel

Rounding = Literal["up", "down", "half_up", "none"]

_ROUND: dict[str, Callable[[Fraction], int]] = {
    "up": lambda number: -(-number.numerator // number.denominator),
    "down": lambda number: number.numerator // number.denominator,
    "half_up": lambda number: (2 * number.numerator + number.denominator) // (2 * number.denominator),
}
_ROUNDED = {"up": ", rounded up", "down": ", rounded down", "half_up": ", rounded half up", "none": ""}


def rounded_whole(number: Fraction, rounding: str) -> Decimal:
    """Return a number that is not negative as a whole one, rounded "up", "down" or "half_up"."""
    return Decimal(_ROUND[rounding](number))


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """Divide by a number, or multiply by one, then round to whole numbers, or not at all."""

    rounding: Rounding
    divide_by: Decimal | None = None
    multiply_by: Decimal | None = None

    @classmethod
    def from_fields(cls, fields: Fields) -> Conversion:
        """Read `{"divide_by": "1000", "rounding": "up"}` or a `multiply_by`. Raises TermsRefused."""
        if fields.has("divide_by") == fields.has("multiply_by"):
            raise fields.refuse("divide_by", "a conversion divides or multiplies; write one of the two.")
        key = "divide_by" if fields.has("divide_by") else "multiply_by"
        number = Decimal(shortest(fields.decimal(key)))
        if not number:
            raise fields.refuse(key, "must be above zero.")
        rounding = fields.choice(
            "rounding", get_args(Rounding), why="say how what comes out is rounded; it changes the bill."
        )
        if rounding == "none" and key == "divide_by" and decimal_of(1 / Fraction(number)) is None:
            raise fields.refuse("rounding", f"parts of {shortest(number)} have no end in decimals; say how to round.")
        fields.nothing_else("a conversion")
        known = next(word for word in get_args(Rounding) if word == rounding)
        return cls(rounding=known, **{key: number})

    def to_json(self) -> dict[str, object]:
        """Return the conversion as terms write it."""
        if self.divide_by is not None:
            return {"divide_by": shortest(self.divide_by), "rounding": self.rounding}
        return {"multiply_by": shortest(self.multiply_by or Decimal(1)), "rounding": self.rounding}

    def convert(self, quantity: Decimal) -> Decimal:
        """Return the quantity that is priced."""
        converted = Fraction(quantity) / Fraction(self.divide_by or 1) * Fraction(self.multiply_by or 1)
        if self.rounding != "none":
            return rounded_whole(converted, self.rounding)
        exact = decimal_of(converted)
        if exact is None:
            raise ArithmeticError(f"{quantity} converted has no end in decimals.")
        return exact

    def words(self) -> str:
        """Say what is done to the quantity: "divided by 1,000, rounded up"."""
        how, number = ("divided", self.divide_by) if self.divide_by is not None else ("multiplied", self.multiply_by)
        return f"{how} by {number_in_words(number or Decimal(1))}{_ROUNDED[self.rounding]}"


@dataclass(frozen=True, kw_only=True)
class Converted(PriceModel):
    """A price of a converted quantity: its parts count what comes out of the conversion."""

    conversion: Conversion
    of: PriceModel

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> PriceModel:
        """Never read by itself: `read_price` puts it around a price."""
        raise fields.refuse("convert", "stands beside the model of a price.")

    def to_json(self) -> dict[str, object]:
        """Return the parameters of the price inside, with the conversion."""
        return {**self.of.to_json(), "convert": self.conversion.to_json()}

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price what comes out of the conversion; the first part says what was converted."""
        converted = self.conversion.convert(quantity)
        parts = self.of.price(converted, noun)
        made_of = f"{noun.of(quantity)} {self.conversion.words()}: {number_in_words(converted)}"
        return [replace(part, words=f"{part.words} ({made_of})") for part in parts[:1]] + parts[1:]

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the conversion, then the price."""
        before = f"Before the price the number of {noun.many} is {self.conversion.words()}."
        return f"{before} {self.of.words(currency, noun)}"

    def falls_after(self, quantity: Decimal) -> bool:
        """Whether the price inside does, of what comes out of the conversion."""
        return self.of.falls_after(self.conversion.convert(quantity))

    @property
    def has_flat_amounts(self) -> bool:
        """Whether the price inside has any."""
        return self.of.has_flat_amounts

    def warnings(self, currency: str, noun: Noun = ACTIVE_USERS) -> list[str]:
        """Return the warnings of the price inside."""
        return self.of.warnings(currency, noun)
