"""Take the key of an installation that proved to hold its private half, in place of the one before."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from ground.actor import Actor, NotAllowed
from ground.audit import acting
from licenses.license_jobs import ask_for_license
from licenses.models import Instance, InstanceKey, IssuedBecause, LicenseFile, Membership, VendorKey
from rollcall.signing import EnvelopeRefused, KeyRefused, SignatureRefused, fingerprint
from rollcall.signing.activation import Activation, read_activation
from rollcall.signing.armor import ArmorRefused, pasted


class ActivationRefused(Exception):
    """The activation file gives no key; the message says why, and what to do."""


def activate_instance(*, actor: Actor, text: str, now: datetime) -> InstanceKey:
    """Return the key that an armored activation file proves; the one that the instance had is replaced.

    The file answers the challenge of a licence of the same contract that has not run out. The same file twice changes
    nothing. The next licence, with the key in it, is made soon after. Raises NotAllowed, ActivationRefused.
    """
    activation = _read(text)
    answered = LicenseFile.objects.filter(public_id=activation.license_id).select_related("contract").first()
    if answered is None or not actor.may_see(answered.customer_id):
        raise ActivationRefused(
            "This file answers a licence that is not yours. Download your licence here and activate the instance again."
        )
    _require_administrator(actor, answered.customer_id)
    instance = Instance.objects.filter(contract=answered.contract, public_id=activation.instance).first()
    if instance is None:
        raise ActivationRefused(
            f"The file is of the instance {activation.instance}, and {answered.contract.number} has no such instance."
        )
    _refuse_challenge(answered, activation, now)
    known = InstanceKey.objects.filter(fingerprint=fingerprint(activation.public_key)).first()
    if known is not None:
        return _again(known, instance)
    return _store(actor, answered, instance, activation, now)


def _read(text: str) -> Activation:
    try:
        return read_activation(pasted(text))
    except (ArmorRefused, EnvelopeRefused, SignatureRefused, KeyRefused) as error:
        raise ActivationRefused(
            f"This is not an activation file that an instance made: {error} Send the file as it was made."
        ) from error


def _require_administrator(actor: Actor, customer_id: int) -> None:
    if actor.is_vendor:
        actor.require_vendor("finance", "admin")
        return
    administrators = Membership.objects.filter(customer_id=customer_id, role="admin").values_list("user_id", flat=True)
    if actor.user_id not in administrators:
        raise NotAllowed(f"{actor.name} may see the licence; an administrator of the customer activates instances.")


def _refuse_challenge(answered: LicenseFile, activation: Activation, now: datetime) -> None:
    if activation.challenge != answered.challenge:
        raise ActivationRefused("The file does not answer the challenge of its licence. Activate the instance again.")
    if now >= answered.expires + timedelta(days=answered.grace_days):
        raise ActivationRefused(
            f"The licence {answered.serial} that the file answers has run out. Download the newest licence, put it on "
            "the instance and activate it again."
        )


def _again(known: InstanceKey, instance: Instance) -> InstanceKey:
    if known.instance_id == instance.pk and known.is_live:
        return known
    raise ActivationRefused(
        "This key was used before and was replaced, revoked, or belongs to another instance. A key is never taken "
        "again: let the instance make a new one."
    )


def _store(
    actor: Actor, answered: LicenseFile, instance: Instance, activation: Activation, now: datetime
) -> InstanceKey:
    if VendorKey.objects.filter(fingerprint=fingerprint(activation.public_key)).exists():
        raise ActivationRefused("This key is the vendor's own; let the instance make one.")
    try:
        with transaction.atomic(), acting(actor=actor, verb="activate_instance"):
            live = InstanceKey.objects.filter(instance=instance, replaced_at__isnull=True, revoked_at__isnull=True)
            live.update(replaced_at=now)
            key = InstanceKey.objects.create(
                customer_id=instance.customer_id,
                contract_id=instance.contract_id,
                instance=instance,
                public_key=activation.public_key,
                fingerprint=fingerprint(activation.public_key),
                activated_at=now,
                activated_by=actor.name,
                license_serial=answered.serial,
            )
            ask_for_license(
                contract=answered.contract, because=IssuedBecause.INSTANCES, key=f"instance_key:{key.fingerprint}"
            )
    except IntegrityError as error:
        raise ActivationRefused(
            "Somebody activated this instance at the same moment. Look at the page again; then activate once more."
        ) from error
    return key
