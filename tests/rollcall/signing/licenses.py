"""Licences for tests: keys made of fixed seeds, and as many different licences as are asked for, each drawn by number."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rollcall.signing import SigningKey, fingerprint
from rollcall.signing.license import (
    Entitlement,
    LastReceipt,
    License,
    LicensedDefinition,
    LicensedInstance,
)
from rollcall.signing.revocations import Revocation, Revocations, VendorKeys
from rollcall.terms.activity import ActivityDefinition

NOTHING_REVOKED = Revocations()
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def key(number: int) -> SigningKey:
    """The key of a number, always the same."""
    return SigningKey(bytes([number]) * 32)


VENDOR, NEXT, THIRD, INSTANCE = (key(number) for number in (1, 2, 3, 9))


def public(of: SigningKey) -> bytes:
    return bytes(of.verify_key)


def name(of: SigningKey) -> str:
    return fingerprint(public(of))


def trusted(*keys: SigningKey, revocations: Revocations = NOTHING_REVOKED) -> VendorKeys:
    """The keys that a reader was given."""
    return VendorKeys(keys={name(one): public(one) for one in keys}, revocations=revocations)


def definition(*actions: str) -> LicensedDefinition:
    meaning = ActivityDefinition(actions=actions, timezone="Europe/Berlin", excluded_users=("svc-*",))
    return LicensedDefinition(definition=meaning.to_json(), digest=meaning.digest())


PLAIN = License(
    license_id="lic-1",
    serial=1,
    vendor="Atlas Software GmbH",
    vendor_id=name(VENDOR),
    contract="K-2026-001",
    contract_version=1,
    customer="C-1001",
    customer_name="Aurel Maschinenbau GmbH",
    product="Atlas Analytics Server",
    instances=(LicensedInstance(id="i-1", name="Berlin-1", key=name(INSTANCE)), LicensedInstance(id="i-2", name="Ulm")),
    instance_limit=None,
    entitlements=(
        Entitlement(feature="recurring", limit=100, enforced="product"),
        Entitlement(feature="seats", limit=None, enforced="billed"),
    ),
    definitions={"active": definition("login", "report.*")},
    timezone="Europe/Berlin",
    cycle={"unit": "month", "anchor": "2026-01-01", "length": 1},
    reporting_cadence="daily",
    disclosure="rows",
    namespace="plain",
    grace_days=30,
    not_before=NOW,
    expires=NOW + timedelta(days=240),
    issued_at=NOW,
    challenge="0123456789abcdef" * 2,
    next_keys=(name(NEXT),),
    keys={name(VENDOR): public(VENDOR), name(NEXT): public(NEXT)},
    revocations=Revocations(),
    last_receipts={"i-1": LastReceipt(seq=3, report="sha256:" + "ab" * 32)},
)


def drawn(number: int) -> License:
    """A licence that differs from those of other numbers in most of what it says."""
    draw = random.Random(number)
    instances = tuple(
        LicensedInstance(id=f"i-{number}-{one}", name=f"Site {one} Ä", key=name(key(one + 20)) if one % 2 else "")
        for one in range(draw.randrange(4))
    )
    issued = NOW + timedelta(days=draw.randrange(700), seconds=draw.randrange(86_400))
    entry = Revocation(fingerprint=name(key(77)), kind="instance", from_seq=draw.randrange(1, 50), at=issued)
    return replace(
        PLAIN,
        license_id=f"lic-{number}",
        serial=number + 1,
        customer_name=draw.choice(["Müller & Söhne", "Birch & Sons, Inc.", "日本電子", "Aurel"]),
        instances=instances,
        instance_limit=draw.choice([None, 1, 25]),
        entitlements=tuple(
            Entitlement(
                feature=f"f{one}", limit=draw.choice([None, 0, 10**6]), enforced=draw.choice(["product", "billed"])
            )
            for one in range(draw.randrange(4))
        ),
        definitions={
            f"m{one}": definition(*draw.sample(["login", "open", "*"], 2)) for one in range(draw.randrange(3))
        },
        disclosure=draw.choice(["rows", "totals"]),
        namespace=draw.choice(["plain", "customer_key"]),
        grace_days=draw.randrange(100),
        not_before=issued,
        issued_at=issued,
        expires=issued + timedelta(days=draw.randrange(1, 400)),
        challenge=f"{draw.getrandbits(128):032x}",
        revocations=Revocations(number=1, revoked=(entry,)) if draw.random() < 0.5 else Revocations(),
        last_receipts={
            one.id: LastReceipt(seq=draw.randrange(1, 99), report="sha256:" + "0f" * 32) for one in instances
        },
    )
