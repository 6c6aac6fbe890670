"""Amounts of money: exact until they are rounded, and rounded in one place.

`Money` is a Decimal with its ISO 4217 currency. Sums, differences and products are exact; a result that does not fit is
an error, never a silent rounding. `round_half_up` is the only rounding of the house: to the decimals of the currency,
half a cent away from zero, as EN 16931 rounds. `Money.split` cuts an amount into parts that add up to it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)
from fractions import Fraction

# Decimals of the currencies of ISO 4217 (list one, 1 January 2025). Metals, funds and test codes cannot be billed.
_CURRENCIES: dict[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
        "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR "
        "IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN "
        "NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
        "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_EXPONENTS = {code: places for places, codes in _CURRENCIES.items() for code in codes.split()}
CURRENCIES = frozenset(_EXPONENTS)

MINUS = "\u2212"

# No ambient context may change an amount: these trap whatever would lose a digit.
_EXACT = Context(prec=80, traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation, Inexact])
_HALF_UP = Context(prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation])


class UnknownCurrency(ValueError):
    """The text is not the code of a currency in which one can bill."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one sum or comparison."""


class NotAnAmount(ValueError):
    """A number that cannot be an amount of money, such as a float or not-a-number."""


def exponent(currency: str) -> int:
    """Return how many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD. Raises UnknownCurrency."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(
            f"'{currency}' is not a currency that can be billed; use an ISO 4217 code such as EUR, USD or JPY."
        ) from None


def round_half_up(amount: Decimal, currency: str) -> Decimal:
    """Return the amount with the decimals of the currency, half a cent rounded away from zero: 0.125 EUR is 0.13."""
    smallest = Decimal(1).scaleb(-exponent(currency))
    rounded = amount.quantize(smallest, context=_HALF_UP)
    return rounded if rounded else rounded.copy_abs()


def round_fraction(amount: Fraction, currency: str) -> Decimal:
    """Return an exact fraction with the decimals of the currency, half a cent rounded away from zero."""
    places = exponent(currency)
    cents = abs(amount) * 10**places
    whole = (2 * cents.numerator + cents.denominator) // (2 * cents.denominator)
    return Decimal(-whole if amount < 0 else whole).scaleb(-places, context=_EXACT)


def part_of_product(quantity: Decimal, unit_price: Decimal, share: Fraction, currency: str) -> Decimal:
    """Return a part of quantity times price with the decimals of the currency, rounded half up once."""
    return round_fraction(Fraction(exact_product(quantity, unit_price)) * share, currency)


def decimal_of(fraction: Fraction) -> Decimal | None:
    """Return the Decimal equal to a fraction, or None where its digits never end."""
    places, rest = 0, fraction.denominator
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    if rest != 1:
        return None
    return Decimal(fraction.numerator * 10**places // fraction.denominator).scaleb(-places, context=_EXACT)


def exactly() -> AbstractContextManager[Context]:
    """Open a block in which every operation of Decimals is exact, whatever the caller has set for the thread."""
    return localcontext(_EXACT)


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum with no digit lost; 0 for nothing."""
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def exact_product(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Return quantity times price with no digit lost."""
    return _EXACT.multiply(quantity, unit_price)


def exact_difference(amount: Decimal, subtracted: Decimal) -> Decimal:
    """Return the amount less what is subtracted, with no digit lost."""
    return _EXACT.subtract(amount, subtracted)


def plain(number: Decimal) -> str:
    """Write a Decimal as JSON texts carry it: no exponent, no grouping, never minus zero."""
    return format(number if number else number.copy_abs(), "f")


def shortest(number: Decimal) -> str:
    """Write a Decimal without needless zeros: 320 for 320.00, 0.5 for 0.50."""
    text = plain(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def priced(amount: Decimal, currency: str) -> Decimal:
    """Return the same price written with at least the decimals of its currency: 29 EUR is 29.00, 0.00325 stays."""
    places = max(exponent(currency), len(shortest(amount).partition(".")[2]))
    return amount.quantize(Decimal(1).scaleb(-places), context=_EXACT)


def number_in_words(number: Decimal | int) -> str:
    """Write a number for a person: 1,000 or 0.5, with a real minus before a negative one."""
    return grouped(Decimal(shortest(Decimal(number))))


def users_in_words(number: Decimal | int) -> str:
    """Write a number of users for a person: "1 user", "1,000 users"."""
    return count_in_words(number, "user")


def count_in_words(number: Decimal | int, one: str, many: str = "") -> str:
    """Write a number of things for a person: "1 row", "1,000 rows"; the plural adds an s unless `many` says it."""
    return f"{number_in_words(number)} {one if number == 1 else many or f'{one}s'}"


def grouped(amount: Decimal) -> str:
    """Write an amount with all its decimals for a person: 9,280.00, with a real minus before a negative one."""
    return f"{MINUS if amount < 0 else ''}{amount.copy_abs():,f}"


def in_words(amount: Decimal, currency: str) -> str:
    """Write an amount for a person: "EUR 9,280.00", with a real minus before a negative number."""
    return f"{currency} {grouped(priced(amount, currency))}"


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency; not necessarily whole cents until `rounded`."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise NotAnAmount(f"{self.amount!r} is not an amount of money; use a finite Decimal.")

    def __str__(self) -> str:
        return in_words(self.amount, self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(_EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(_EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        if isinstance(factor, bool) or not isinstance(factor, Decimal | int):
            raise NotAnAmount(f"Money is multiplied by whole numbers and Decimals, not by {factor!r}.")
        return Money(_EXACT.multiply(self.amount, Decimal(factor)), self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(self.amount.copy_negate() if self.amount else self.amount.copy_abs(), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def rounded(self) -> Money:
        """Return whole cents of this currency, rounded half up."""
        return Money(round_half_up(self.amount, self.currency), self.currency)

    def split(self, parts: int | Sequence[int | Decimal | Fraction]) -> tuple[Money, ...]:
        """Cut the amount into equal parts, or in proportion to weights; the parts add up to the amount, to the cent.

        Every part gets its share cut to whole cents; the cents that are left go one each to the parts that lost most.
        Of parts that lost the same the earlier one wins. A negative amount is split as its positive mirror image. A
        part of weight zero gets nothing. Raises ValueError for an amount with fractions of a cent: round it first.
        """
        if not isinstance(parts, int) and any(isinstance(weight, float) for weight in parts):
            raise NotAnAmount("Weights are whole numbers, Decimals or Fractions; a float is not exact.")
        weights = [Fraction(1)] * parts if isinstance(parts, int) else [Fraction(weight) for weight in parts]
        if not weights or min(weights) < 0 or not any(weights):
            raise ValueError("An amount is split among at least one part; no weight is negative and one is above zero.")
        if self.rounded().amount != self.amount:
            raise ValueError(f"{self} has fractions of a cent; round it before it is split.")
        places = exponent(self.currency)
        cents = abs(int(self.amount.scaleb(places, context=_EXACT)))
        shares = [cents * weight / sum(weights) for weight in weights]
        whole = [share.numerator // share.denominator for share in shares]
        most_lost_first = sorted(range(len(shares)), key=lambda part: (whole[part] - shares[part], part))
        for part in most_lost_first[: cents - sum(whole)]:
            whole[part] += 1
        sign = -1 if self.amount < 0 else 1
        return tuple(Money(Decimal(sign * share).scaleb(-places, context=_EXACT), self.currency) for share in whole)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} are different currencies and cannot be added or compared.")
        return other.amount
