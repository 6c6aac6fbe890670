"""Issue the licence file of a contract: what its instances may do, and until when."""

import hashlib
from datetime import datetime

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.event_data import license_data
from licenses.licensing import newest, version_to_license, write_down
from licenses.models import Contract, ContractVersion, EventKind, IssuedBecause, LicenseFile
from licenses.operations.announce import announce
from licenses.vendor_signing import signing_key_of, vendor_key_of
from rollcall.signing.envelope import MOST_BYTES
from rollcall.signing.keys import Signer
from rollcall.signing.license import License, sign_license
from rollcall.signing.revocations import RevocationList, write_revocations


class LicenseTooLong(ValueError):
    """What the licence would say does not fit into a signed file."""


def issue_license(
    *,
    actor: Actor,
    contract: Contract,
    now: datetime,
    because: IssuedBecause = IssuedBecause.ASKED,
    version: ContractVersion | None = None,
) -> LicenseFile:
    """Sign and store the next licence of a contract, of the version in force or to come where none is named.

    What was issued before stays as it is; the new one has the next serial. Raises NotAllowed, NothingAgreed for a
    contract whose days are over, LicenseTooLong, and NoKey, NotOpened or NotSigned where the vendor's key cannot sign.
    """
    actor.require_vendor()
    with own_transaction(), acting(actor=actor, verb="issue_license", reason=str(because)):
        return store_license(actor=actor, contract=contract, version=version, because=because, now=now)


def store_license(
    *, actor: Actor, contract: Contract, version: ContractVersion | None, because: IssuedBecause, now: datetime
) -> LicenseFile:
    """Do it inside the caller's transaction, under a lock of the contract, so that no two have one serial."""
    Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
    last = newest(contract=contract)
    of = version if version is not None else version_to_license(contract=contract, now=now)
    second = now.replace(microsecond=0)
    found = write_down(contract=contract, version=of, serial=last.serial + 1 if last else 1, now=second)
    return _signed(actor, contract, of, found, because)


def _signed(
    actor: Actor, contract: Contract, version: ContractVersion, found: License, because: IssuedBecause
) -> LicenseFile:
    key = vendor_key_of(legal_entity=contract.customer.legal_entity)
    signer = signing_key_of(legal_entity=key.legal_entity, fingerprint=key.fingerprint)
    envelope = sign_license(found, sign=signer)
    if len(envelope) > MOST_BYTES:
        raise LicenseTooLong(
            f"The licence of {contract.number} would have {len(envelope):,} bytes, and {MOST_BYTES:,} is the most. Its "
            "definitions list too many aliases or excluded users; write globs, such as svc-*, in their place."
        )
    row = LicenseFile.objects.create(
        public_id=found.license_id,
        customer_id=contract.customer_id,
        contract=contract,
        version=version,
        serial=found.serial,
        envelope=envelope,
        digest=f"sha256:{hashlib.sha256(envelope).hexdigest()}",
        revocations=_list_of(found, signer),
        vendor_key=key,
        challenge=found.challenge,
        not_before=found.not_before,
        expires=found.expires,
        grace_days=found.grace_days,
        because=because,
        issued_by=actor.name,
        issued_at=found.issued_at,
    )
    announce(
        kind=EventKind.LICENSE_ISSUED,
        key=row.public_id,
        data=lambda: license_data(row),
        customer_id=row.customer_id,
        now=row.issued_at,
    )
    return row


def _list_of(found: License, signer: Signer) -> str:
    """The refused keys of a licence as a file of its own; a signature is asked for where there are any."""
    if not found.revocations.revoked:
        return ""
    listed = RevocationList(
        vendor=found.vendor, vendor_id=found.vendor_id, made_at=found.issued_at, revocations=found.revocations
    )
    return write_revocations(listed, sign=signer)
