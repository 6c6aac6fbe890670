"""What a session knows of proofs by a second factor: whether there was one, and how long ago the last one was.

django-allauth keeps a list of records in the session, one for each step of signing in. A record with the method "mfa"
is a proof: a code of the person's own factor, or the word of an identity provider that is trusted with that.
"""

import time
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest

from ground.sign_in.words import REQUIRED

METHOD = "mfa"
BY_PROVIDER = "provider"


def is_required_of_staff() -> bool:
    """Whether the vendor's people need a second factor; where it is only offered they may set one up."""
    return bool(settings.SECOND_FACTOR == REQUIRED)


def has_factor(user: Any) -> bool:
    """Whether the person has set up a second factor here. One query."""
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def is_proven(request: HttpRequest) -> bool:
    """Whether the person proved a second factor in this session."""
    return bool(_proofs(request))


def is_fresh(request: HttpRequest) -> bool:
    """Whether the last proof is no older than STEP_UP_MINUTES."""
    newest = max((float(record["at"]) for record in _proofs(request)), default=0.0)
    return bool(time.time() - newest < settings.STEP_UP_MINUTES * 60)


def needs_proof(request: HttpRequest) -> bool:
    """Whether a step that asks for a fresh proof has to ask this person now.

    Staff are asked where a second factor is required, and whoever has one is asked; the others have nothing to prove.
    """
    if is_fresh(request):
        return False
    is_asked_of_all = is_required_of_staff() and bool(getattr(request.user, "is_staff", False))
    return is_asked_of_all or has_factor(request.user)


def forget_proofs(request: HttpRequest) -> None:
    """Let the session prove nothing any more: the factor with which it was proven is gone."""
    records = get_authentication_records(request, request.user)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [one for one in records if one.get("method") != METHOD]


def _proofs(request: HttpRequest) -> list[dict[str, Any]]:
    records = get_authentication_records(request, request.user)
    return [record for record in records if record.get("method") == METHOD]
