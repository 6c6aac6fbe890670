"""Add an address to which the documents of a contract are sent."""

from datetime import datetime

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.models import BillingContact, Contract


def add_billing_contact(
    *, actor: Actor, contract: Contract, email: str, name: str = "", now: datetime
) -> BillingContact:
    """Store one billing contact; an address that is one already is returned unchanged.

    Raises NotAllowed, ValidationError for what is no address.
    """
    actor.require_vendor("finance", "account_manager")
    contact = BillingContact(
        customer_id=contract.customer_id,
        contract=contract,
        email=email.strip().lower(),
        name=" ".join(name.split()),
        added_by=actor.name,
        added_at=now,
    )
    # Whether it is one already is asked under the lock, not by the form's check.
    contact.full_clean(validate_constraints=False)
    with own_transaction(), acting(actor=actor, verb="add_billing_contact"):
        Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
        known = BillingContact.objects.filter(contract=contract, email=contact.email, removed_at=None).first()
        if known is not None:
            return known
        contact.save()
    return contact
