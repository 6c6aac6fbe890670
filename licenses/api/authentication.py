"""A key becomes a caller: `Authorization: Bearer rollcall_<prefix>_<secret>`."""

import hashlib
import hmac
import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from ground import clock
from ground.actor import Actor
from ground.api.caller import Caller
from licenses.models import ApiKey
from licenses.operations.note_key_use import note_key_use

KEY = re.compile(r"rollcall_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
# One sentence for every reason, so that nobody learns which keys there are.
UNKNOWN = "This key is not known, has expired, or was revoked."


class KeyAuthentication(BaseAuthentication):
    """Looks a key up by its prefix and compares the SHA-256 of its secret, at every request anew."""

    def authenticate(self, request: Request) -> tuple[Actor, Caller] | None:
        """Return the actor and the caller, None without a key. Raises AuthenticationFailed."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        kind, _, text = header.partition(" ")
        found = KEY.fullmatch(text.strip()) if kind.lower() == "bearer" else None
        key = _key_of(*found.groups()) if found else None
        if key is None:
            raise AuthenticationFailed(UNKNOWN)
        caller = caller_of(key)
        return caller.actor, caller

    def authenticate_header(self, request: Request) -> str:
        """Return what a refusal asks for."""
        return 'Bearer realm="rollcall"'


def caller_of(key: ApiKey) -> Caller:
    """Return who calls with a key. The vendor's keys act as an account manager: none of them finalizes anything."""
    customers = frozenset() if key.customer_id is None else frozenset({key.customer_id})
    actor = Actor(
        user_id=None,
        name=f"API key {key.name}",
        vendor_role="account_manager" if key.customer_id is None else "",
        customer_ids=customers,
    )
    return Caller(
        key_id=key.pk,
        prefix=key.prefix,
        actor=actor,
        scopes=frozenset(key.scopes),
        customer_id=key.customer_id,
        instance_id=key.instance_id,
    )


def _key_of(prefix: str, secret: str) -> ApiKey | None:
    now = clock.now()
    key = ApiKey.objects.filter(prefix=prefix).first()
    digest = hashlib.sha256(secret.encode()).hexdigest()
    if not hmac.compare_digest(key.secret_sha256 if key else "0" * 64, digest) or key is None:
        return None
    if key.is_revoked or (key.expires_at is not None and key.expires_at <= now):
        return None
    note_key_use(key=key, now=now)
    return key


class KeyScheme(OpenApiAuthenticationExtension):
    """How the description names the key."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme: a bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A key as it was shown when it was made."}
