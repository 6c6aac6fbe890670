"""Take somebody's second factor away, because telephone and recovery codes are lost, and their connected accounts."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.sign_in.changes import REMOVED, ask_to_tell
from licenses.models import FactorRemoval, User
from licenses.operations.end_sessions import end_sessions


class NotRemovable(ValueError):
    """The second factor cannot be taken away like this; the message says why."""


def remove_second_factor(*, actor: Actor, person: User, reason: str, now: datetime) -> FactorRemoval:
    """Return the entry that says who took it away and why. Every session of the person ends, and a mail tells them.

    Connections with accounts at providers go with it: the next sign-in through one finds the person by address.
    A vendor administrator does it for others, never for themselves. Raises NotAllowed, NotRemovable.
    """
    actor.require_vendor("admin")
    if actor.user_id == person.pk:
        raise NotRemovable("Your own second factor is changed on the page of your account, with a code.")
    if not reason.strip():
        raise NotRemovable("Say why, and how you know that it was the person who asked: it is kept for good.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="remove_second_factor", reason=reason):
        factors, _ = Authenticator.objects.filter(user=person).delete()
        connections, _ = SocialAccount.objects.filter(user=person).delete()
        if not factors and not connections:
            raise NotRemovable(f"{person.email} has no second factor and no connected account.")
        end_sessions(person=person)
        ask_to_tell(user=person, change=REMOVED, at=now)
        return FactorRemoval.objects.create(person=person, removed_by=actor.name, reason=reason.strip(), removed_at=now)
