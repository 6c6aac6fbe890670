"""Write numbers, money and dates the way one language and one currency write them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

LANGUAGES = ("en", "de", "fr")
NO_BREAK = "\u00a0"
MINUS = "\u2212"


def language_of(tag: str) -> str:
    """Give the language whose words are printed for a tag such as `de-AT`; English when there are none."""
    head = re.split(r"[-_]", tag.lower())[0]
    return head if head in LANGUAGES else LANGUAGES[0]


@dataclass(frozen=True, kw_only=True)
class Style:
    """One language and one currency. Numbers keep together by no-break spaces; the minus is a real one."""

    language: str
    currency: str
    places: int  # decimals of the currency, ISO 4217

    def count(self, users: int | Decimal) -> str:
        return self._decimal(users, "#,##0")

    def quantity(self, quantity: Decimal) -> str:
        return self._decimal(quantity, "#,##0.############")

    def money(self, amount: Decimal) -> str:
        """Write an amount without its currency, with the decimals of the currency."""
        return self._fixed(amount, self.places)

    def price(self, price: Decimal) -> str:
        """Write a price: at least the decimals of the currency, and every one it has beyond."""
        return self._fixed(price, max(-int(price.normalize().as_tuple().exponent), self.places))

    def full(self, amount: Decimal) -> str:
        """Write an amount with its currency: in front in English, behind in German and French."""
        if self.language == "en":
            return f"{self.currency}{NO_BREAK}{self.money(amount)}"
        return f"{self.money(amount)}{NO_BREAK}{self.currency}"

    def as_precise(self, written: str) -> str:
        """Write a number again that stands in English text, with the decimals it has there."""
        digits = Decimal(written.replace(",", ""))
        return self._fixed(digits, max(-int(digits.as_tuple().exponent), 0))

    def rate(self, percent: Decimal) -> str:
        return self._decimal(percent, "#,##0.####") + ("%" if self.language == "en" else f"{NO_BREAK}%")

    def day(self, day: date) -> str:
        return self._first(self._date(day, "d. MMMM y" if self.language == "de" else "d MMMM y"))

    def short_day(self, day: date) -> str:
        return self._first(self._date(day, "d. MMM y" if self.language == "de" else "d MMM y"))

    def month(self, day: date) -> str:
        return self._date(day, "MMMM y")

    def period(self, start: date, end: date, *, short: bool = False) -> str:
        """Write a period by its first and its last day; `end` is exclusive, as everywhere."""
        last = end - timedelta(days=1)
        write = self.short_day if short else self.day
        if start == last:
            return write(last)
        month = "MMM" if short else "MMMM"
        if (start.year, start.month) == (last.year, last.month):
            head = self._date(start, "d")
        elif start.year == last.year:
            head = self._date(start, f"d. {month}" if self.language == "de" else f"d {month}")
        else:
            head = write(start)
        if self.language == "de" and head.isdigit():
            head += "."
        to = {"en": "to", "de": "bis", "fr": "au"}[self.language]
        return f"{self._first(head)}{NO_BREAK}{to} {write(last)}"

    def listed(self, items: Sequence[str]) -> str:
        """Write several as one list: "1, 2 and 3"; no break stands in it."""
        return str(format_list(items, style="standard", locale=self.language)).replace(" ", NO_BREAK)

    def is_month(self, start: date, end: date) -> bool:
        return start.day == 1 and (start.replace(day=28) + timedelta(days=4)).replace(day=1) == end

    def country(self, code: str) -> str:
        """Name a country by its ISO 3166 code; an unknown code stays as it is."""
        return str(Locale(self.language).territories.get(code, code))

    def spaced(self, text: str) -> str:
        """Keep French punctuation on the line of its word; other languages stay as they are."""
        return re.sub(r" (?=[;:!?»%])|(?<=«) ", NO_BREAK, text) if self.language == "fr" else text

    def _first(self, text: str) -> str:
        return re.sub(r"^1(?=\D|$)", "1er", text) if self.language == "fr" else text

    def _date(self, day: date, pattern: str) -> str:
        return format_date(day, pattern, locale=self.language).replace(" ", NO_BREAK)

    def _decimal(self, number: int | Decimal, pattern: str) -> str:
        text = format_decimal(number, format=pattern, locale=self.language, decimal_quantization=False)
        return text.replace("-", MINUS).replace("\u202f", NO_BREAK)

    def _fixed(self, number: Decimal, places: int) -> str:
        return self._decimal(round(number, places), "#,##0." + "0" * places if places else "#,##0")
