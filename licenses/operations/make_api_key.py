"""Make a key with which a program calls. The secret is shown once and stored nowhere."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from ground.actor import Actor, NotAllowed
from ground.audit import acting
from ground.standing_in_line import MAKING_KEYS, stand_in_line
from licenses.models import ApiKey, Customer, Instance, Scope
from licenses.queries import is_administrator, live_keys

WORD = "rollcall"
SECRET_BYTES = 32
AT_ONCE = 2


class TooManyKeys(Exception):
    """Two keys of this name live already."""


class ScopesRefused(Exception):
    """A key cannot have these scopes."""


@dataclass(frozen=True, kw_only=True)
class MadeKey:
    """A new key and the text that the program sends; the text is not known anywhere else."""

    key: ApiKey
    text: str = field(repr=False)


def make_api_key(
    *,
    actor: Actor,
    name: str,
    scopes: Collection[str],
    now: datetime,
    customer: Customer | None = None,
    instance: Instance | None = None,
    expires_at: datetime | None = None,
) -> MadeKey:
    """Store a key and return it with its text. Without a customer it is the vendor's own.

    A key of an instance has the scope to send usage and no other. At most two keys of one name live at once, so that a
    program can change over: the third is refused. Raises NotAllowed, ScopesRefused, TooManyKeys, ValidationError.
    """
    require_key_holder(actor, customer)
    wanted = _checked_scopes(scopes, customer=customer, instance=instance)
    if expires_at is not None and expires_at <= now:
        raise ScopesRefused("The key would have expired before it was made. Let it expire later.")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey(
        customer=customer,
        instance=instance,
        name=name.strip(),
        prefix=secrets.token_hex(6),
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=wanted,
        expires_at=expires_at,
        made_by=actor.name,
        made_at=now,
    )
    key.clean_fields()
    with transaction.atomic(), acting(actor=actor, verb="make_api_key"):
        stand_in_line(MAKING_KEYS, of=0 if customer is None else customer.pk)
        if live_keys(customer=customer, now=now).filter(name=key.name, instance=instance).count() >= AT_ONCE:
            raise TooManyKeys(f"Two keys named {key.name} live already. Revoke the one that is not used any more.")
        key.save(force_insert=True)
    return MadeKey(key=key, text=f"{WORD}_{key.prefix}_{secret}")


def require_key_holder(actor: Actor, customer: Customer | None) -> None:
    """Raise NotAllowed unless the actor may make and revoke keys of this customer; without one, of the vendor."""
    if customer is None:
        actor.require_vendor("finance", "admin")
        return
    actor.require_customer(customer.pk)
    if actor.is_vendor:
        return
    if not is_administrator(actor=actor, customer=customer):
        raise NotAllowed(f"{actor.name} may not do this; it takes an administrator of {customer.name}.")


def _checked_scopes(scopes: Collection[str], *, customer: Customer | None, instance: Instance | None) -> list[str]:
    wanted = sorted(set(scopes))
    if unknown := sorted(set(wanted) - set(Scope.values)):
        raise ScopesRefused(f"There is no scope {', '.join(unknown)}. There are {', '.join(Scope.values)}.")
    if not wanted:
        raise ScopesRefused("A key without a scope could do nothing. Choose what it may do.")
    if instance is not None:
        if customer is None or instance.customer_id != customer.pk:
            raise ScopesRefused("The instance does not belong to this customer.")
        if wanted != [Scope.USAGE_WRITE]:
            raise ScopesRefused("The key of an instance may send usage and do nothing else.")
    if customer is not None and Scope.LICENSES_WRITE in wanted:
        raise ScopesRefused("Contracts are changed with the vendor's keys only.")
    return wanted
