"""Take a difference, or give it to a colleague: somebody answers for it."""

from datetime import datetime

from django.db import transaction

from billing.difference_history import record_difference_event
from billing.differences.standing import lock_open_difference
from billing.models import Difference
from ground.actor import Actor, NotAllowed
from ground.audit import acting
from licenses.models import User

ROLES = ("finance", "account_manager")


def take_difference(*, actor: Actor, difference: Difference, owner: User | None, now: datetime) -> Difference:
    """Write who answers for an open difference; None gives it back to everybody. The same owner again changes nothing.

    Raises NotAllowed for people who are not the vendor's, DifferenceClosed when it left the list meanwhile.
    """
    actor.require_vendor(*ROLES)
    if owner is not None and (not owner.is_active or owner.vendor_role not in ROLES):
        raise NotAllowed(
            f"{owner.get_full_name()} cannot answer for a difference; it takes finance or account manager."
        )
    with transaction.atomic(durable=True), acting(actor=actor, verb="take_difference"):
        row = lock_open_difference(difference.pk)
        if row.owner_id == (owner.pk if owner is not None else None):
            return row
        before = row.owner.get_full_name() if row.owner is not None else ""
        row.owner = owner
        row.save()
        name = owner.get_full_name() if owner is not None else ""
        record_difference_event(
            difference=row,
            verb="taken" if owner is not None else "given_back",
            actor=actor,
            at=now,
            data={"owner": name, "owner_before": before},
        )
    return row
