"""Reading a signed payload key by key: a key that is missing, unknown or of another kind is refused by its place."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from rollcall.signing.envelope import EnvelopeRefused

Read = TypeVar("Read")

# The largest whole number that all readers of JSON read alike.
MOST = 2**53 - 1
# A hash in the spelling of every payload.
DIGEST = re.compile("sha256:[0-9a-f]{64}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class PayloadRefused(EnvelopeRefused):
    """The payload is not what its type promises; the message names the place."""


@dataclass
class PayloadFields:
    """One object of a payload. Every key is taken once; `nothing_else` refuses what is left."""

    document: Mapping[str, Any]
    place: str
    taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, value: Any, place: str) -> PayloadFields:
        """Open a value that must be an object. `place` names it in refusals; the payload itself has the empty place."""
        if not isinstance(value, dict):
            raise PayloadRefused(f"{place or 'The payload'} must be an object.")
        return cls(value, place)

    def refuse(self, key: str, words: str) -> PayloadRefused:
        """Return the refusal of a key."""
        return PayloadRefused(f"{self.at(key)} {words}")

    def at(self, key: str) -> str:
        """Return the place of a key."""
        return f"{self.place}.{key}" if self.place else key

    def take(self, key: str) -> Any:
        """Take a value that must be there, be it null."""
        if key not in self.document:
            raise self.refuse(key, "is missing.")
        self.taken.add(key)
        return self.document[key]

    def nothing_else(self) -> None:
        """Refuse every key that was not taken: nobody has said what it means."""
        if left := sorted(set(self.document) - self.taken):
            raise self.refuse(left[0], "is not a key that this version knows.")

    def text(self, key: str, *, may_be_empty: bool = False) -> str:
        value = self.take(key)
        if not isinstance(value, str) or not (value or may_be_empty):
            raise self.refuse(key, "must be a text.")
        return value

    def one_of(self, key: str, words: tuple[str, ...]) -> str:
        value = self.take(key)
        if not isinstance(value, str) or value not in words:
            raise self.refuse(key, f"must be one of {', '.join(words)}.")
        return value

    def matching(self, key: str, pattern: re.Pattern[str], what: str) -> str:
        """Take a text that is of a pattern as a whole; `what` says it in words."""
        value = self.text(key)
        if not pattern.fullmatch(value):
            raise self.refuse(key, f"must be {what}.")
        return value

    def whole(self, key: str, *, least: int = 0, most: int = MOST) -> int:
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.refuse(key, f"must be a whole number from {least} to {most}.")
        return value

    def instant(self, key: str) -> datetime:
        """Take an instant, written as 2026-05-04T09:00:00Z and in no other way."""
        value = self.matching(key, _INSTANT, "an instant such as 2026-05-04T09:00:00Z")
        try:
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise self.refuse(key, "is not an instant of the calendar.") from error

    def raw(self, key: str, *, length: int) -> bytes:
        """Take bytes of a known length, written in base64 in the one way."""
        value = self.text(key)
        try:
            found = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.refuse(key, "is not written in base64.") from error
        if len(found) != length or base64.b64encode(found).decode() != value:
            raise self.refuse(key, f"must be {length} bytes in base64.")
        return found

    def maybe(self, key: str, read: Callable[[str], Read]) -> Read | None:
        """Take a key that may be null, else read it."""
        return None if self.take(key) is None else read(key)

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._list(key)
        if not all(isinstance(value, str) and value for value in values):
            raise self.refuse(key, "must be a list of texts.")
        return tuple(values)

    def objects(self, key: str) -> list[PayloadFields]:
        """Take a list of objects."""
        return [PayloadFields.of(value, f"{self.at(key)}[{number}]") for number, value in enumerate(self._list(key))]

    def inner(self, key: str) -> PayloadFields:
        """Take one object."""
        return PayloadFields.of(self.take(key), self.at(key))

    def named(self, key: str) -> dict[str, PayloadFields]:
        """Take objects that are named by their own keys."""
        inner = self.inner(key)
        return {name: PayloadFields.of(inner.document[name], inner.at(name)) for name in inner.document}

    def _list(self, key: str) -> list[Any]:
        value = self.take(key)
        if not isinstance(value, list):
            raise self.refuse(key, "must be a list.")
        return value


def instant_text(at: datetime) -> str:
    """Write an instant as payloads do, to the second. Raises ValueError for one without a zone or with a fraction."""
    if at.tzinfo is None or at.microsecond:
        raise ValueError(f"{at} is not a whole second of a known zone.")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
