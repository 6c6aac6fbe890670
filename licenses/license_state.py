"""How the licence of a contract stands, for a page of either side: the file, whether it is valid, who is activated."""

from dataclasses import dataclass
from datetime import datetime

from ground.presentation.format import count_of
from licenses.instance_keys import live_keys
from licenses.licensing import RENEWED_BEFORE, in_force, newest
from licenses.models import Contract, Instance, InstanceKey, LicenseFile
from rollcall.signing.license import License, open_license


@dataclass(frozen=True, kw_only=True)
class InstanceState:
    """One instance of a contract, with its live key and whether the newest licence names that key."""

    instance: Instance
    key: InstanceKey | None
    is_named: bool


@dataclass(frozen=True, kw_only=True)
class LicenseState:
    """The newest licence, the one in force before it where that is another one, and the instances."""

    newest: LicenseFile | None
    said: License | None
    in_force: LicenseFile | None
    words: str
    mark: str
    kind: str
    instances: tuple[InstanceState, ...]


def license_state(*, contract: Contract, now: datetime) -> LicenseState:
    """Return how the licence of a contract stands at an instant. What is stored was signed here and is not checked."""
    last, valid = newest(contract=contract), in_force(contract=contract, now=now)
    said = open_license(bytes(last.envelope)).license if last else None
    of = open_license(bytes(valid.envelope)).license if valid else said
    mark, words, kind = _stands(of, now)
    named = {one.key for one in said.instances} if said else set()
    keys = live_keys(contract=contract)
    instances = tuple(
        InstanceState(instance=one, key=keys.get(one.pk), is_named=one.pk in keys and keys[one.pk].fingerprint in named)
        for one in contract.instances.order_by("name")
    )
    return LicenseState(
        newest=last,
        said=said,
        in_force=valid if last and valid and valid.pk != last.pk else None,
        words=words,
        mark=mark,
        kind=kind,
        instances=instances,
    )


def _stands(of: License | None, now: datetime) -> tuple[str, str, str]:
    """Return mark, words and kind of the state, as pages draw states."""
    if of is None:
        return "circle", "no licence was issued yet", ""
    stands = of.state_at(now)
    left = (of.expires - now).days
    if stands == "valid":
        return (
            ("tick", "valid", "ok")
            if of.expires - now > RENEWED_BEFORE
            else ("warn", f"ends in {count_of(left, 'day')}", "wait")
        )
    if stands == "to come":
        return "clock", "to come", "info"
    if stands == "in grace":
        grace = max(0, (of.usable_until - now).days)
        return "warn", f"ended; {count_of(grace, 'day')} of grace {'is' if grace == 1 else 'are'} left", "wait"
    return "cross", "has run out; nothing is blocked, and its reports are still taken", "stop"
