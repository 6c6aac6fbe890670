"""The signed statement of a usage report: which days it covers, what its table says, and how it hangs together.

Reports of one key form a chain: each has the number after the one before and the hash of that one's payload, and every
day has a seal over the seal of the day before. What was left out, done twice, changed afterwards or taken back to an
earlier state therefore shows. A report makes tampering evident; nothing makes it impossible, least of all for somebody
who patches the product itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import rfc8785

from rollcall.period import UnknownZone, zone
from rollcall.signing.envelope import Envelope, open_exactly, sign_payload
from rollcall.signing.fields import DIGEST, PayloadFields, instant_text
from rollcall.signing.keys import Signer
from rollcall.signing.report_parts import (
    HASH,
    Clock,
    Correction,
    Provisioned,
    Receipt,
    day_in,
    numbers_in,
    read_clock,
    read_correction,
    read_provisioned,
    read_receipt_of,
    texts_in,
)
from rollcall.signing.report_totals import totals_of
from rollcall.terms.identity import NAMESPACES
from rollcall.terms.rules import DISCLOSURES, TOTALS

REPORT_TYPE = "application/vnd.rollcall.report+json"
_NONCE = re.compile("[0-9a-f]{32}")
MOST_DAYS = 400


@dataclass(frozen=True, kw_only=True)
class SealedDay:
    """One civil day: users with any activity, rows of the table, the Merkle root over them, and the seal."""

    date: date
    sealed_at: datetime
    active_users: int
    rows: int
    root: str
    seal: str


def seal_of(*, before: str, day: date, root: str, rows: int, active_users: int) -> str:
    """Return the seal of a day, 64 hex digits. `before` is the seal of the day before, empty for the first of a key."""
    said = f"rollcall-seal/1\n{before}\n{day.isoformat()}\n{root}\n{rows}\n{active_users}\n"
    return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Everything that a report says. `start` and `end` are civil days in `timezone`, the end exclusive.

    `counts` are {metric: active users of the whole span} as the instance counted them under the definitions whose
    digests are in `definitions`. `users_root` is the root over a leaf per user, `table_sha256` the hash of header and
    lines. Where totals alone are disclosed the table is that of the days, nothing is counted by a definition, and the
    roots cover rows that stay with the customer. `host` holds salted hashes by which a clone shows. `excluded` is
    {reason: users} that the instance left out.
    """

    vendor_id: str
    contract: str
    license_id: str
    license_serial: int
    instance: str
    sequence: int
    previous: str
    receipt: Receipt | None
    start: date
    end: date
    timezone: str
    tzdata: str
    days: tuple[SealedDay, ...]
    definitions: Mapping[str, str]
    counts: Mapping[str, int]
    disclosure: str
    namespace: str
    key_commitment: str
    users: int
    users_root: str
    table_sha256: str
    table_bytes: int
    table_rows: int
    provisioned: Provisioned | None
    excluded: Mapping[str, int]
    clock: Clock
    host: Mapping[str, str]
    software: Mapping[str, str]
    corrections: tuple[Correction, ...]
    nonce: str
    program: str = field(default="")

    def to_payload(self) -> dict[str, Any]:
        """Return the payload that is signed."""
        return {
            "typ": "report",
            "v": 1,
            **{key: getattr(self, name) for name, key in _PLAIN.items()},
            "receipt": None if self.receipt is None else {"seq": self.receipt.sequence, "digest": self.receipt.digest},
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "days": [_day_payload(day) for day in self.days],
            "definitions": dict(self.definitions),
            "counts": dict(self.counts),
            "provisioned": None
            if self.provisioned is None
            else {
                "users": self.provisioned.users,
                "date": self.provisioned.date.isoformat(),
                "source": self.provisioned.source,
            },
            "excluded": dict(self.excluded),
            "clock": {
                "wall": instant_text(self.clock.wall),
                "monotonic_seconds": self.clock.monotonic_seconds,
                "boots": self.clock.boots,
            },
            "host": dict(self.host),
            "software": dict(self.software),
            "corrections": [
                {
                    "of_seq": one.of_sequence,
                    "day": one.day.isoformat(),
                    "old_root": one.old_root,
                    "new_root": one.new_root,
                    "reason": one.reason,
                }
                for one in self.corrections
            ],
        }

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Statement:
        """Read a payload. Raises PayloadRefused by the place that is wrong."""
        fields = PayloadFields.of(payload, "")
        fields.one_of("typ", ("report",))
        if fields.whole("v") != 1:
            raise fields.refuse("v", "must be 1: this program knows no other version.")
        read = cls(
            vendor_id=fields.text("aud"),
            contract=fields.text("contract"),
            license_id=fields.text("license_id"),
            license_serial=fields.whole("license_serial", least=1),
            instance=fields.text("instance"),
            sequence=fields.whole("seq", least=1),
            previous=_digest_or_empty(fields, "prev"),
            receipt=fields.maybe("receipt", lambda key: read_receipt_of(fields.inner(key))),
            start=day_in(fields, "from"),
            end=day_in(fields, "to"),
            timezone=_zone(fields),
            tzdata=fields.text("tzdata"),
            days=tuple(_read_day(one) for one in fields.objects("days")),
            definitions=texts_in(fields.inner("definitions"), DIGEST),
            counts=numbers_in(fields.inner("counts")),
            disclosure=fields.one_of("disclosure", DISCLOSURES),
            namespace=fields.one_of("namespace", NAMESPACES),
            key_commitment=fields.text("key_commitment", may_be_empty=True),
            users=fields.whole("users"),
            users_root=fields.matching("users_root", HASH, "64 hexadecimal digits"),
            table_sha256=fields.matching("table_sha256", HASH, "64 hexadecimal digits"),
            table_bytes=fields.whole("table_bytes"),
            table_rows=fields.whole("table_rows"),
            provisioned=fields.maybe("provisioned", lambda key: read_provisioned(fields.inner(key))),
            excluded=numbers_in(fields.inner("excluded")),
            clock=read_clock(fields.inner("clock")),
            host=texts_in(fields.inner("host"), None),
            software=texts_in(fields.inner("software"), None),
            corrections=tuple(read_correction(one) for one in fields.objects("corrections")),
            nonce=fields.matching("nonce", _NONCE, "32 hexadecimal digits"),
            program=fields.text("program"),
        )
        fields.nothing_else()
        _check_whole(read, fields)
        return read

    @property
    def digest(self) -> str:
        """The hash of the payload, by which the next report and the receipt name this one."""
        return digest_of(self.to_payload())


_PLAIN = {
    "vendor_id": "aud",
    "contract": "contract",
    "license_id": "license_id",
    "license_serial": "license_serial",
    "instance": "instance",
    "sequence": "seq",
    "previous": "prev",
    "timezone": "timezone",
    "tzdata": "tzdata",
    "disclosure": "disclosure",
    "namespace": "namespace",
    "key_commitment": "key_commitment",
    "users": "users",
    "users_root": "users_root",
    "table_sha256": "table_sha256",
    "table_bytes": "table_bytes",
    "table_rows": "table_rows",
    "nonce": "nonce",
    "program": "program",
}


def seals_hold(days: Sequence[SealedDay], *, before: str) -> bool:
    """Return whether every seal follows from the one before; `before` is that of the day before the first."""
    return all(day.seal == sealed.seal for day, sealed in zip(days, with_seals(days, before=before), strict=True))


def digest_of(payload: Mapping[str, Any]) -> str:
    """Return "sha256:..." over the canonical spelling of a payload."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps(dict(payload))).hexdigest()}"


def sign_report(statement: Statement, *, sign: Signer) -> bytes:
    """Return the envelope of a statement. Raises PayloadRefused for one that its own reader would refuse."""
    payload = statement.to_payload()
    Statement.from_payload(payload)
    return sign_payload(payload=payload, payload_type=REPORT_TYPE, sign=sign)


def open_report(envelope: bytes) -> tuple[Statement, Envelope]:
    """Read the envelope of a report without trusting it; `Envelope.check` says who signed. Raises EnvelopeRefused."""
    opened = open_exactly(envelope, payload_type=REPORT_TYPE)
    return Statement.from_payload(opened.payload), opened


def with_seals(days: Sequence[SealedDay], *, before: str) -> tuple[SealedDay, ...]:
    """Return days with their seals, each over the one before."""
    sealed: list[SealedDay] = []
    for day in days:
        before = seal_of(before=before, day=day.date, root=day.root, rows=day.rows, active_users=day.active_users)
        sealed.append(replace(day, seal=before))
    return tuple(sealed)


def _check_whole(read: Statement, fields: PayloadFields) -> None:
    if not timedelta(days=1) <= read.end - read.start <= timedelta(days=MOST_DAYS):
        raise fields.refuse("to", f"must come 1 to {MOST_DAYS} days after 'from'.")
    if [day.date for day in read.days] != [
        read.start + timedelta(days=number) for number in range((read.end - read.start).days)
    ]:
        raise fields.refuse("days", "must list every day from 'from' to the day before 'to', in order.")
    if (read.sequence == 1) != (read.previous == ""):
        raise fields.refuse("prev", "names the report before, and only the first of a key has none.")
    if (read.namespace == "customer_key") != bool(read.key_commitment):
        raise fields.refuse("key_commitment", "is there exactly where users are pseudonyms under the customer's key.")
    if read.disclosure == TOTALS:
        _check_totals(read, fields)
    elif sum(day.rows for day in read.days) != read.table_rows:
        raise fields.refuse("table_rows", "is not the sum of the rows of the days.")
    if set(read.counts) != set(read.definitions):
        raise fields.refuse("counts", "must have a number for each definition.")


def _check_totals(read: Statement, fields: PayloadFields) -> None:
    table = totals_of(read.days)
    if (read.table_rows, read.table_bytes, read.table_sha256) != (len(read.days), table.size, table.sha256):
        raise fields.refuse("table_sha256", "is not that of the numbers of the days, which totals alone disclose.")
    if read.definitions:
        raise fields.refuse("definitions", "must be empty where totals alone are disclosed: they count rows.")


def _day_payload(day: SealedDay) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "sealed_at": instant_text(day.sealed_at),
        "active_users": day.active_users,
        "rows": day.rows,
        "root": day.root,
        "seal": day.seal,
    }


def _read_day(fields: PayloadFields) -> SealedDay:
    read = SealedDay(
        date=day_in(fields, "date"),
        sealed_at=fields.instant("sealed_at"),
        active_users=fields.whole("active_users"),
        rows=fields.whole("rows"),
        root=fields.matching("root", HASH, "64 hexadecimal digits"),
        seal=fields.matching("seal", HASH, "64 hexadecimal digits"),
    )
    fields.nothing_else()
    return read


def _digest_or_empty(fields: PayloadFields, key: str) -> str:
    return fields.text(key, may_be_empty=True) and fields.matching(key, DIGEST, "empty, or sha256: and 64 digits")


def _zone(fields: PayloadFields) -> str:
    name = fields.text("timezone")
    try:
        zone(name)
    except UnknownZone as error:
        raise fields.refuse("timezone", str(error)) from error
    return name
