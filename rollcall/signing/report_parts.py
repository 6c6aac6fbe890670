"""The smaller objects of a report's statement, each with its reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from rollcall.signing.fields import DIGEST, PayloadFields

HASH = re.compile("[0-9a-f]{64}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A day that an earlier report covered and this one states anew: its root then, its root now, and why."""

    of_sequence: int
    day: date
    old_root: str
    new_root: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The newest receipt of the vendor that the instance had imported: the number of its report, and its hash."""

    sequence: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What the host's clocks said. `wall` is the time of signing, `boots` rises with every start of the reporter's home
    on another boot, `monotonic_seconds` runs since then.
    """

    wall: datetime
    monotonic_seconds: int
    boots: int


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """The accounts that exist on the instance, a dated number with its source."""

    users: int
    date: date
    source: str


def read_receipt_of(fields: PayloadFields) -> Receipt:
    read = Receipt(
        sequence=fields.whole("seq", least=1), digest=fields.matching("digest", DIGEST, "sha256: and 64 digits")
    )
    fields.nothing_else()
    return read


def read_provisioned(fields: PayloadFields) -> Provisioned:
    read = Provisioned(users=fields.whole("users"), date=day_in(fields, "date"), source=fields.text("source"))
    fields.nothing_else()
    return read


def read_clock(fields: PayloadFields) -> Clock:
    read = Clock(
        wall=fields.instant("wall"),
        monotonic_seconds=fields.whole("monotonic_seconds"),
        boots=fields.whole("boots", least=1),
    )
    fields.nothing_else()
    return read


def read_correction(fields: PayloadFields) -> Correction:
    read = Correction(
        of_sequence=fields.whole("of_seq", least=1),
        day=day_in(fields, "day"),
        old_root=fields.matching("old_root", HASH, "64 hexadecimal digits"),
        new_root=fields.matching("new_root", HASH, "64 hexadecimal digits"),
        reason=fields.text("reason"),
    )
    fields.nothing_else()
    return read


def day_in(fields: PayloadFields, key: str) -> date:
    text = fields.matching(key, _DATE, "a day such as 2026-05-04")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise fields.refuse(key, "is no day of the calendar.") from error


def texts_in(fields: PayloadFields, pattern: re.Pattern[str] | None) -> dict[str, str]:
    return {
        key: fields.text(key) if pattern is None else fields.matching(key, pattern, "sha256: and 64 digits")
        for key in fields.document
    }


def numbers_in(fields: PayloadFields) -> dict[str, int]:
    return {key: fields.whole(key) for key in fields.document}
