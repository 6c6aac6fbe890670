"""Writing down what a licence of a contract says now: from its terms, its instances, the vendor's keys.

Owns: which version a licence is of, how long it is valid, which keys and revocations it carries.
Does not own: signing and storing it (`operations.issue_license`).
"""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from licenses.instance_keys import live_keys
from licenses.models import (
    Contract,
    ContractVersion,
    InstanceKey,
    KeyRevocation,
    LegalEntity,
    LicenseFile,
    VendorKey,
)
from licenses.queries import NothingAgreed, terms_of
from licenses.ranges import period_of
from licenses.vendor_signing import vendor_id_of
from rollcall.period import Period, civil_day
from rollcall.signing.granted import definitions_of, entitlements_of, namespace_of
from rollcall.signing.license import LastReceipt, License, LicensedInstance, open_license
from rollcall.signing.revocations import INSTANCE, VENDOR, Revocation, Revocations

# A licence is valid for a year at most; it is renewed so many days before it ends.
LONGEST = timedelta(days=366)
RENEWED_BEFORE = timedelta(days=30)

ReceiptsOf = Callable[[Contract], Mapping[str, LastReceipt]]
# What differs between two licences that say the same.
_OF_THE_FILE = ("license_id", "serial", "challenge", "issued_at", "not_before", "expires", "last_receipts")

_receipts: list[ReceiptsOf] = []


def take_receipts_from(source: ReceiptsOf) -> None:
    """Let licences carry the last receipts of a contract's instances, by their public ids, as `source` knows them.

    Reports and receipts are facts of an app above this one, which says so once when it starts.
    """
    _receipts[:] = [source]


def version_to_license(*, contract: Contract, now: datetime) -> ContractVersion:
    """Return the version in force at an instant, else the next one to come. Raises NothingAgreed."""
    for version in ContractVersion.objects.filter(contract=contract).order_by("active"):
        if span_of_version(version)[1] > now:
            return version
    raise NothingAgreed(f"Contract {contract.number} has no version that is in force now or later.")


def span_of_version(version: ContractVersion) -> tuple[datetime, datetime]:
    """Return the half-open instants of a version, in the zone of its terms."""
    return period_of(version.active).instants(str(version.terms["timezone"]))


def write_down(*, contract: Contract, version: ContractVersion, serial: int, now: datetime) -> License:
    """Return the licence of a version as it would be issued at `now`, a whole second. Raises NothingAgreed, NoKey."""
    terms, entity = terms_of(version), contract.customer.legal_entity
    starts_at = max(now, span_of_version(version)[0])
    ends_at = min(_end_of_agreement(contract, version), starts_at + LONGEST)
    if ends_at <= starts_at:
        raise NothingAgreed(f"Version {version.number} of contract {contract.number} has ended.")
    keys = list(VendorKey.objects.filter(legal_entity=entity).order_by("pk"))
    return License(
        license_id=secrets.token_urlsafe(16),
        serial=serial,
        vendor=entity.name,
        vendor_id=vendor_id_of(legal_entity=entity),
        contract=contract.number,
        contract_version=version.number,
        customer=contract.customer.number,
        customer_name=contract.customer.name,
        product=contract.product_name,
        instances=_instances(contract, civil_day(now, terms.timezone)),
        instance_limit=None,
        entitlements=entitlements_of(terms, day=civil_day(starts_at, terms.timezone)),
        definitions=definitions_of(terms),
        timezone=terms.timezone,
        cycle={"unit": terms.cycle.unit, "anchor": terms.cycle.anchor.isoformat(), "length": terms.cycle.length},
        reporting_cadence=terms.reporting_cadence,
        disclosure=terms.disclosure,
        namespace=namespace_of(terms),
        grace_days=terms.grace_days,
        not_before=starts_at,
        expires=ends_at,
        issued_at=now,
        challenge=secrets.token_hex(16),
        next_keys=tuple(key.fingerprint for key in keys if key.is_announced),
        keys={key.fingerprint: bytes(key.public_key) for key in keys},
        revocations=revocations_for(legal_entity=entity, contract=contract),
        last_receipts=_receipts[0](contract) if _receipts else {},
    )


def revocations_for(*, legal_entity: LegalEntity, contract: Contract) -> Revocations:
    """Return the vendor's list as a contract's instances see it: its own keys and the vendor's, no other customer's."""
    rows = KeyRevocation.objects.filter(legal_entity=legal_entity).order_by("number")
    rows = rows.select_related("vendor_key", "instance_key")
    last = max((row.number for row in rows), default=0)
    own = [row for row in rows if row.instance_key is None or row.instance_key.contract_id == contract.pk]
    return Revocations(number=last, revoked=tuple(_entry(row) for row in own))


def revocation_of(key: InstanceKey) -> Revocation | None:
    """Return the entry of the vendor's list that refuses the key of an instance; None for one that was not revoked."""
    row = KeyRevocation.objects.filter(instance_key=key).select_related("vendor_key", "instance_key").first()
    return None if row is None else _entry(row)


def says_the_same(one: LicenseFile, other: License) -> bool:
    """Return whether a licence that was issued says what another one would, but for its validity and its number."""
    issued = open_license(bytes(one.envelope)).license
    return _said(issued) == _said(other)


def in_force(*, contract: Contract, now: datetime) -> LicenseFile | None:
    """Return the licence with the highest serial whose first instant has come; None where there is none."""
    return LicenseFile.objects.filter(contract=contract, not_before__lte=now).order_by("serial").last()


def newest(*, contract: Contract) -> LicenseFile | None:
    """Return the licence that was issued last; None before the first."""
    return LicenseFile.objects.filter(contract=contract).order_by("serial").last()


def _end_of_agreement(contract: Contract, version: ContractVersion) -> datetime:
    """Return the instant at which the last version ends that follows on this one; a gap ends the licence."""
    end = version.active.upper
    for days in ContractVersion.objects.filter(contract=contract, active__startswith__gte=end).order_by("active"):
        if days.active.lower != end:
            break
        end = days.active.upper
    return Period(version.active.lower, end).instants(str(version.terms["timezone"]))[1]


def _instances(contract: Contract, today: date) -> tuple[LicensedInstance, ...]:
    keys = live_keys(contract=contract)
    return tuple(
        LicensedInstance(id=one.public_id, name=one.name, key=keys[one.pk].fingerprint if one.pk in keys else "")
        for one in contract.instances.order_by("name")
        if one.reports_until is None or one.reports_until > today
    )


def _entry(row: KeyRevocation) -> Revocation:
    key = row.vendor_key or row.instance_key
    assert key is not None
    kind = VENDOR if row.vendor_key is not None else INSTANCE
    return Revocation(fingerprint=key.fingerprint, kind=kind, from_seq=row.from_seq, at=row.at.astimezone(UTC))


def _said(found: License) -> str:
    payload = {key: value for key, value in found.to_payload().items() if key not in _OF_THE_FILE}
    return json.dumps(payload, sort_keys=True)
