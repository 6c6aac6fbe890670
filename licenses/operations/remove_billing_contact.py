"""Take an address out of those to which the documents of a contract are sent."""

from datetime import datetime

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.models import BillingContact


def remove_billing_contact(*, actor: Actor, contact: BillingContact, now: datetime) -> BillingContact:
    """Mark a contact as removed and return it; one that is removed already stays as it is.

    The row stays: it says who received what was sent. Raises NotAllowed.
    """
    actor.require_vendor("finance", "account_manager")
    with own_transaction(), acting(actor=actor, verb="remove_billing_contact"):
        locked = BillingContact.objects.select_for_update().get(pk=contact.pk)
        if locked.removed_at is None:
            locked.removed_at, locked.removed_by = now, actor.name
            locked.save()
    return locked
