"""What a person says about a key on a page, of the portal or of the desk, checked as far as the page can."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ground.actor import Actor
from licenses.models import Customer, Instance, Scope
from licenses.operations.make_api_key import MadeKey, ScopesRefused, TooManyKeys, make_api_key

LONGEST_DAYS = 3660


@dataclass(frozen=True, kw_only=True)
class KeyAnswer:
    """The key that was made, or what is wrong with what was said: {"name": "..."}."""

    made: MadeKey | None
    errors: Mapping[str, str]


def scopes_offered(*, vendors_own: bool) -> list[tuple[str, str]]:
    """Return what a key may be made for, with words: contracts are changed with the vendor's keys only."""
    return [(scope.value, str(scope.label)) for scope in Scope if vendors_own or scope != Scope.LICENSES_WRITE]


def make_as_said(
    *, actor: Actor, said: Any, customer: Customer | None, instances: list[Instance], now: datetime
) -> KeyAnswer:
    """Make the key that a sent form describes. `said` is the form's QueryDict. Raises NotAllowed."""
    errors: dict[str, str] = {}
    name = said.get("name", "").strip()
    if not name or len(name) > 100 or not name.isprintable():
        errors["name"] = "Name the program that will use the key, in at most 100 characters."
    wanted = said.get("instance", "")
    instance = next((one for one in instances if one.public_id == wanted), None)
    if wanted and instance is None:
        errors["instance"] = "Choose one of the instances."
    days = said.get("days", "").strip()
    if days and not (days.isascii() and days.isdecimal() and 0 < int(days[:9]) <= LONGEST_DAYS):
        errors["days"] = f"Write a number of days from 1 to {LONGEST_DAYS:,}, or leave it empty."
    if errors:
        return KeyAnswer(made=None, errors=errors)
    try:
        made = make_api_key(
            actor=actor,
            name=name,
            scopes=[Scope.USAGE_WRITE] if instance else said.getlist("scopes"),
            customer=customer,
            instance=instance,
            expires_at=now + timedelta(days=int(days)) if days else None,
            now=now,
        )
    except TooManyKeys as refused:
        return KeyAnswer(made=None, errors={"name": str(refused)})
    except ScopesRefused as refused:
        return KeyAnswer(made=None, errors={"scopes": str(refused)})
    return KeyAnswer(made=made, errors={})
