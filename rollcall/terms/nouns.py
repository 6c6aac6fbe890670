"""What a quantity is a number of: the words that prices, limits and lines share."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rollcall.money import number_in_words


@dataclass(frozen=True, kw_only=True)
class Noun:
    """One thing and many of it: "active user", "active users". `short_one` and `short_many` follow the full form."""

    one: str
    many: str
    short_one: str
    short_many: str

    def of(self, quantity: Decimal | int) -> str:
        """Write a quantity: "1 active user", "320 active users"."""
        return f"{number_in_words(quantity)} {self.one if quantity == 1 else self.many}"

    def short_of(self, quantity: Decimal | int) -> str:
        """Write a quantity where the full form has been said: "320 users"."""
        return f"{number_in_words(quantity)} {self.short_one if quantity == 1 else self.short_many}"

    def numbered(self, first: Decimal, last: Decimal) -> str:
        """Name things by their numbers: "active users 11 to 50", "active user 51"."""
        return f"{self.one if first == last else self.many} {_numbers(first, last)}"

    def span(self, start: Decimal, end: Decimal) -> str:
        """Name what lies after `start` up to `end`: "active users 11 to 50", "units above 0.1 up to 1"."""
        return f"{self.one if _is_one(start, end) else self.many} {_span(start, end)}"

    def short_span(self, start: Decimal, end: Decimal, *, is_numbered: bool = True) -> str:
        """Name what lies after `start` up to `end` where the full form has been said: "users 11 to 50".

        Things that are measured and not numbered are "above 10 up to 50" also between whole numbers.
        """
        if not is_numbered:
            return f"{self.short_many} {_measured(start, end)}"
        return f"{self.short_one if _is_one(start, end) else self.short_many} {_span(start, end)}"

    def short_from(self, start: Decimal, *, is_numbered: bool = True) -> str:
        """Name everything after `start`: "users from 501 on", "units above 0.1"."""
        numbered = is_numbered and _is_whole(start)
        after = f"from {number_in_words(start + 1)} on" if numbered else f"above {number_in_words(start)}"
        return f"{self.short_many} {after}"

    @property
    def counted_one(self) -> str:
        """Say one of them where another one was just named: "an active one", "any other"."""
        kind = self.one.removesuffix(self.short_one)
        return f"{self.article} {kind}one" if kind else "any other"

    @property
    def article(self) -> str:
        """The article of the full form: "an" active user, "a" seat."""
        return "an" if self.one[:1] in "aeiou" else "a"


def _numbers(first: Decimal, last: Decimal) -> str:
    return number_in_words(first) if first == last else f"{number_in_words(first)} to {number_in_words(last)}"


def _span(start: Decimal, end: Decimal) -> str:
    return _numbers(start + 1, end) if _is_whole(start) and _is_whole(end) else _measured(start, end)


def _measured(start: Decimal, end: Decimal) -> str:
    return f"{f'above {number_in_words(start)} ' if start else ''}up to {number_in_words(end)}"


def _is_one(start: Decimal, end: Decimal) -> bool:
    return _is_whole(start) and end == start + 1


def _is_whole(number: Decimal) -> bool:
    return number == number.to_integral_value()


def noun(one: str, many: str) -> Noun:
    """Make a noun that is short already: "seat", "seats"."""
    return Noun(one=one, many=many, short_one=one, short_many=many)


ACTIVE_USERS = Noun(one="active user", many="active users", short_one="user", short_many="users")
REPORTED_USERS = Noun(one="reported user", many="reported users", short_one="user", short_many="users")
PROVISIONED_USERS = Noun(one="provisioned user", many="provisioned users", short_one="user", short_many="users")
SEATS = noun("seat", "seats")
UNITS = noun("unit", "units")
