"""Reading terms strictly: every value is taken by its key, and what nobody took is refused by its path."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from rollcall.money import exponent, in_words, priced, round_half_up

_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KEY = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)*")
_MOST_USERS = 10**12
# Ten years: what a contract grants, waits or looks back is shorter.
MOST_DAYS = 3660
_YEARS = range(1970, 2200)


class TermsRefused(ValueError):
    """Terms, or usage, that cannot be rated. `path` names the place, `sentence` what is wrong there and the cure."""

    def __init__(self, path: str, sentence: str) -> None:
        super().__init__(f"{path}: {sentence}" if path else sentence)
        self.path = path
        self.sentence = sentence


@dataclass
class Fields:
    """One JSON object while it is read. Values are taken by key; `nothing_else` refuses the keys that are left."""

    document: Mapping[str, object]
    path: str
    taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, value: object, path: str) -> Fields:
        """Open a value that must be a JSON object."""
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise TermsRefused(path, f"must be an object with named values, not {_shown(value)}.")
        return cls(value, path)

    def at(self, key: str) -> str:
        """Return the path of a key of this object."""
        return f"{self.path}.{key}" if self.path else key

    def refuse(self, key: str, sentence: str) -> TermsRefused:
        """Return the refusal of one key."""
        return TermsRefused(self.at(key), sentence)

    def has(self, key: str) -> bool:
        """Return whether the key is written, be it as null."""
        return key in self.document

    def take(self, key: str, why: str = "") -> object:
        """Take a value that must be there."""
        if key not in self.document:
            raise self.refuse(key, f"is missing{f': {why}' if why else '.'}")
        self.taken.add(key)
        return self.document[key]

    def nothing_else(self, meaning: str) -> None:
        """Refuse every key that was not taken. `meaning` says what the object is, as in "a floor"."""
        left = [key for key in self.document if key not in self.taken]
        if left:
            known = ", ".join(sorted(self.taken))
            raise self.refuse(left[0], f"is not a key of {meaning}; the keys used here are {known}.")

    def text(self, key: str, *, default: str | None = None) -> str:
        """Take a text."""
        value = self.take(key) if default is None or self.has(key) else default
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(key, f"must be a text, not {_shown(value)}.")
        return value

    def choice(self, key: str, choices: Sequence[str], *, default: str | None = None, why: str = "") -> str:
        """Take one of a few words; without a default it must be written."""
        value = self.take(key, why) if default is None or self.has(key) else default
        if value not in choices:
            raise self.refuse(key, f"must be {one_of(choices)}, not {_shown(value)}.")
        return str(value)

    def whole(self, key: str, *, default: int | None = None, least: int = 0) -> int:
        """Take a whole number."""
        value = self.take(key) if default is None or self.has(key) else default
        return whole_number(value, self.at(key), least=least)

    def days(self, key: str, *, default: int | None = None, least: int = 0) -> int:
        """Take a number of days, at most those of ten years."""
        days = self.whole(key, default=default, least=least)
        if days > MOST_DAYS:
            raise self.refuse(key, f"must be at most {MOST_DAYS:,} days, not {days:,}.")
        return days

    def decimal(self, key: str, *, default: str | None = None) -> Decimal:
        """Take a decimal number that is not negative, written as a text."""
        value = self.take(key) if default is None or self.has(key) else default
        return decimal_number(value, self.at(key))

    def price(self, key: str, currency: str) -> Decimal:
        """Take the price of one unit; it may have more decimals than the currency."""
        return priced(self.decimal(key), currency)

    def amount(self, key: str, currency: str, *, default: str | None = None) -> Decimal:
        """Take an amount of money with no more decimals than the currency has."""
        value = self.decimal(key, default=default)
        rounded = round_half_up(value, currency)
        if rounded != value:
            places = exponent(currency)
            raise self.refuse(
                key,
                f"{in_words(value, currency)} has more decimals than {currency} has ({places}); write a payable one.",
            )
        return rounded

    def day(self, key: str, why: str = "") -> date:
        """Take a date, written YYYY-MM-DD."""
        return day_of(self.take(key, why), self.at(key))

    def inner(self, key: str, why: str = "") -> Fields:
        """Open the object under a key."""
        return Fields.of(self.take(key, why), self.at(key))

    def named(self, key: str, noun: str, *, may_be_none: bool = False) -> list[tuple[str, Fields]]:
        """Open the objects under a key that are named by their own keys, sorted by name; at least one if not said."""
        objects = self.inner(key)
        if not objects.document and not may_be_none:
            raise self.refuse(key, f"is empty; at least one {noun} is needed.")
        for name in objects.document:
            if not _KEY.fullmatch(name):
                raise objects.refuse(name, f"is no name for a {noun}; use lower-case letters, digits, - and _.")
        return [(name, objects.inner(name)) for name in sorted(objects.document)]

    def listed(self, key: str) -> list[object]:
        """Take a list."""
        value = self.take(key)
        if not isinstance(value, list):
            raise self.refuse(key, f"must be a list, not {_shown(value)}.")
        return value


def day_of(value: object, path: str) -> date:
    """Return a day written YYYY-MM-DD. Raises TermsRefused."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            found = date.fromisoformat(value)
        except ValueError:
            raise TermsRefused(path, f"{value} is not a day of the calendar.") from None
        if found.year in _YEARS:
            return found
    raise TermsRefused(path, f"must be a date as YYYY-MM-DD between {_YEARS[0]} and {_YEARS[-1]}, not {_shown(value)}.")


def whole_number(value: object, path: str, *, least: int = 0) -> int:
    """Return a whole number, at most a million million. Raises TermsRefused."""
    if isinstance(value, int) and value > _MOST_USERS:
        raise TermsRefused(path, f"must be a whole number of at most {_MOST_USERS:,}, not {_shown(value)}.")
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise TermsRefused(path, f"must be a whole number of at least {least}, not {_shown(value)}.")
    return value


def decimal_number(value: object, path: str) -> Decimal:
    """Return a Decimal of zero or more from its text. Raises TermsRefused."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise TermsRefused(path, f'must be written in quotes, as in "29.00", so that no digit is lost; found {value}.')
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise TermsRefused(path, f'must be a decimal number as text, as in "29.00", not {_shown(value)}.')
    if value.startswith("-"):
        raise TermsRefused(path, f"must not be negative; found {value}.")
    return Decimal(value)


def one_of(choices: Sequence[str]) -> str:
    """Write alternatives for a person: "a", "b" or "c", each in quotes."""
    quoted = [f'"{choice}"' for choice in choices]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
