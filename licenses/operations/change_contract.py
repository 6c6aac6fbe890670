"""Change the paper of a contract: what stands on its invoices and is no term of it."""

from typing import Any

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.changing import require_changeable, set_fields
from licenses.models import Contract

CHANGEABLE = frozenset(
    {"product_name", "po_number", "buyer_reference", "payment_days", "account_manager", "users_annex", "annex_split"}
)


def change_contract(*, actor: Actor, contract: Contract, reason: str = "", **changes: Any) -> Contract:
    """Store the named fields (those of CHANGEABLE) and return the contract; without a difference nothing is written.

    Terms change by an amendment only. Raises NotAllowed, NotChangeable, ValidationError for a field that is wrong.
    """
    actor.require_vendor()
    require_changeable(changes.keys(), changeable=CHANGEABLE, what="a contract")
    with own_transaction(), acting(actor=actor, verb="change_contract", reason=reason):
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        if not set_fields(locked, changes):
            return locked
        locked.full_clean()
        locked.save()
    return locked
