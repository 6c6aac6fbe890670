"""Create a customer: the company that signs."""

from collections.abc import Sequence

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.models import Customer, LegalEntity


def create_customer(
    *,
    actor: Actor,
    number: str,
    name: str,
    address_lines: Sequence[str],
    country: str,
    legal_entity: LegalEntity,
    vat_id: str = "",
    language: str = "en",
) -> Customer:
    """Store one customer. Raises NotAllowed, ValidationError when the number is taken or a field is wrong."""
    actor.require_vendor()
    customer = Customer(
        number=number,
        name=name,
        address_lines=list(address_lines),
        country=country,
        vat_id=vat_id,
        language=language,
        legal_entity=legal_entity,
    )
    customer.full_clean()
    with own_transaction(), acting(actor=actor, verb="create_customer"):
        customer.save()
    return customer
