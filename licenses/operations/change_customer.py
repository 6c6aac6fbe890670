"""Change what is printed of a customer from now on; documents that are finalized keep what they say."""

from typing import Any

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.changing import require_changeable, set_fields
from licenses.models import Customer

CHANGEABLE = frozenset({"name", "address_lines", "country", "vat_id", "language", "electronic_address"})


def change_customer(*, actor: Actor, customer: Customer, reason: str = "", **changes: Any) -> Customer:
    """Store the named fields (those of CHANGEABLE) and return the customer; without a difference nothing is written.

    Raises NotAllowed, NotChangeable, ValidationError for a field that is wrong.
    """
    actor.require_vendor()
    require_changeable(changes.keys(), changeable=CHANGEABLE, what="a customer")
    with own_transaction(), acting(actor=actor, verb="change_customer", reason=reason):
        locked = Customer.objects.select_for_update().get(pk=customer.pk)
        if not set_fields(locked, changes):
            return locked
        locked.full_clean()
        locked.save()
    return locked
