"""Licences, the keys of instances, and the list of refused keys."""

import hashlib
from collections import Counter

from billing.invariants.report import CheckResult
from billing.invariants.vendor_keys import keys_in_time, why_not_signed
from licenses.models import InstanceKey, KeyRevocation, LicenseFile
from rollcall.signing.keys import fingerprint
from rollcall.signing.license import License, open_license
from rollcall.signing.revocations import read_revocations


def licenses_are_as_issued() -> CheckResult:
    """Serials of a contract run 1, 2, 3; each envelope is as it was signed, by the vendor's key of its date."""
    result = CheckResult(name="licences are as they were issued", figures={"contracts": 0, "licences": 0})
    keys, last = keys_in_time(), dict[int, int]()
    rows = LicenseFile.objects.select_related("contract", "customer", "version", "vendor_key")
    for row in rows.order_by("contract_id", "serial").iterator(chunk_size=200):
        result.count("licences")
        who = f"licence {row.serial} of contract {row.contract.number} (row {row.pk})"
        before = last.get(row.contract_id, 0)
        result.expect(row.serial == before + 1, f"{who}: serial {before + 1} is due after {before}")
        last[row.contract_id] = row.serial
        envelope = bytes(row.envelope)
        digest = f"sha256:{hashlib.sha256(envelope).hexdigest()}"
        result.expect(digest == row.digest, f"{who}: its bytes give another digest")
        with result.reading(who):
            opened = open_license(envelope)
            why = why_not_signed(
                opened.envelope, at=opened.license.issued_at, keys=keys.get(row.customer.legal_entity_id, {})
            )
            result.expect(not why, f"{who}: {why}")
            result.expect(_list_is_its_own(row, opened.license), f"{who}: its list of refused keys is another one")
            result.expect(_said(opened.license) == _columns(row), f"{who}: its row says something else than its bytes")
    result.count("contracts", len(last))
    return result


def keys_of_instances_hold() -> CheckResult:
    """An instance has one live key at most, each key has its own name, and what is revoked is on the vendor's list."""
    result = CheckResult(name="keys of instances are one, and refused as listed", figures={"keys": 0, "revocations": 0})
    live: Counter[int] = Counter()
    listed = {row.instance_key_id: row for row in KeyRevocation.objects.exclude(instance_key=None)}
    for key in InstanceKey.objects.order_by("pk"):
        result.count("keys")
        who = f"key {key.fingerprint} (row {key.pk})"
        live[key.instance_id] += key.is_live
        result.expect(fingerprint(bytes(key.public_key)) == key.fingerprint, f"{who}: it is the name of another key")
        entry = listed.get(key.pk)
        said = (key.revoked_at, key.revoked_from_seq)
        on_list = (None, None) if entry is None else (entry.revoked_at, entry.from_seq)
        result.expect(said == on_list, f"{who}: it is revoked otherwise than the vendor's list says")
    for instance, number in live.items():
        result.expect(number <= 1, f"instance row {instance}: it has {number} live keys")
    _list_has_no_gap(result)
    return result


def _list_has_no_gap(result: CheckResult) -> None:
    due: dict[int, int] = {}
    for row in KeyRevocation.objects.order_by("legal_entity_id", "number"):
        result.count("revocations")
        expected = due.get(row.legal_entity_id, 1)
        result.expect(row.number == expected, f"revocation row {row.pk}: it has number {row.number}, {expected} is due")
        due[row.legal_entity_id] = row.number + 1


def _list_is_its_own(row: LicenseFile, found: License) -> bool:
    """Whether the list beside a licence says what the licence says, signed by the same key."""
    if not row.revocations:
        return not found.revocations.revoked
    listed = read_revocations(row.revocations, trusted=[bytes(row.vendor_key.public_key)])
    return (listed.vendor_id, listed.revocations) == (found.vendor_id, found.revocations)


def _said(found: License) -> tuple[object, ...]:
    return (
        found.license_id,
        found.contract,
        found.contract_version,
        found.serial,
        found.challenge,
        found.not_before,
        found.expires,
        found.grace_days,
    )


def _columns(row: LicenseFile) -> tuple[object, ...]:
    return (
        row.public_id,
        row.contract.number,
        row.version.number,
        row.serial,
        row.challenge,
        row.not_before,
        row.expires,
        row.grace_days,
    )
