"""End every session of a person, wherever they are signed in."""

from django.db.models import F

from licenses.models import User


def end_sessions(*, person: User) -> User:
    """Return the person as stored now; each session that was begun before is over at its next request.

    A session that shall live on is given the person's new hash by the caller (`update_session_auth_hash`).
    """
    User.objects.filter(pk=person.pk).update(session_round=F("session_round") + 1)
    person.refresh_from_db(fields=["session_round"])
    return person
