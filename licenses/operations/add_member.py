"""Make a person a member of a customer."""

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import Customer, Membership, User


class StaffIsNoMember(Exception):
    """One of the vendor's own people cannot belong to a customer."""


def add_member(*, actor: Actor, customer: Customer, user: User, role: str) -> Membership:
    """Give a person a role at a customer; a member who is added again gets the new role.

    Raises NotAllowed, StaffIsNoMember.
    """
    actor.require_vendor()
    if user.is_staff:
        raise StaffIsNoMember(f"{user} works for the vendor and already sees every customer.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="add_member"):
        membership, _ = Membership.objects.update_or_create(
            user=user, customer=customer, defaults={"role": Membership.Role(role)}
        )
    return membership
