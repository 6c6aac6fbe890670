"""Add a person who may log in."""

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import User


def add_person(*, actor: Actor, email: str, full_name: str, vendor_role: str = "", password: str | None = None) -> User:
    """Store one person. A vendor role may be given by an administrator only; without a password nobody can log in yet.

    Raises NotAllowed, ValidationError when the address is taken or a field is wrong.
    """
    if vendor_role:
        actor.require_vendor("admin")
    else:
        actor.require_vendor()
    person = User(email=email, full_name=full_name, vendor_role=vendor_role)
    person.set_password(password)
    person.full_clean()
    with transaction.atomic(durable=True), acting(actor=actor, verb="add_person"):
        person.save()
    return person
