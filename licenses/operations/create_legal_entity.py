"""Create the vendor's company that issues invoices."""

from collections.abc import Sequence

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import LegalEntity
from licenses.operations.make_vendor_key import make_vendor_key


def create_legal_entity(
    *,
    actor: Actor,
    name: str,
    address_lines: Sequence[str],
    country: str,
    vat_id: str = "",
    registration: str = "",
    iban: str = "",
    bic: str = "",
    email: str = "",
    portal_url: str = "",
) -> LegalEntity:
    """Store one legal entity and make the key with which it signs.

    Raises NotAllowed, ValidationError for a field that cannot be printed as given.
    """
    actor.require_vendor("finance", "admin")
    entity = LegalEntity(
        name=name,
        address_lines=list(address_lines),
        country=country,
        vat_id=vat_id,
        registration=registration,
        iban=iban,
        bic=bic,
        email=email,
        portal_url=portal_url,
    )
    entity.full_clean()
    with transaction.atomic(durable=True), acting(actor=actor, verb="create_legal_entity"):
        entity.save()
    make_vendor_key(actor=actor, legal_entity=entity)
    return entity
