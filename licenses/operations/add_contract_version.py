"""Agree on terms: the first version of a contract, or an amendment."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import Contract, ContractSecret, ContractVersion, PlanVersion
from licenses.queries import terms_of
from licenses.ranges import period_of, range_of
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms

SALT_BYTES = 32


class OutsideTheTerm(Exception):
    """The version would be in force on days that its own terms do not cover."""


class ReplacesAVersion(Exception):
    """The version would take all the days of one that was already agreed."""


class NotAtACycleBoundary(Exception):
    """What is counted, or on which days, would change in the middle of a billed period."""


class PlanNotPublished(Exception):
    """The version would start from a plan that nobody may use yet."""


# What a version can be refused for beside its terms, to be said at the day from which it would hold.
REFUSALS = (OutsideTheTerm, ReplacesAVersion, NotAtACycleBoundary, PlanNotPublished)


def add_contract_version(
    *,
    actor: Actor,
    contract: Contract,
    terms: Mapping[str, Any],
    active: Period,
    agreed_at: datetime,
    reason: str = "",
    plan_version: PlanVersion | None = None,
) -> ContractVersion:
    """Store terms that are in force on the days ``active``; a version in force before then ends there.

    The terms are read by ``ContractTerms.from_json``, which refuses what cannot be rated, and stored as it writes
    them. The first version also makes the contract's secret salt. ``plan_version`` is the published price list that
    they started from. Raises NotAllowed, the refusals of ``ContractTerms``, OutsideTheTerm, ReplacesAVersion,
    NotAtACycleBoundary, PlanNotPublished.
    """
    actor.require_vendor()
    if plan_version is not None and not plan_version.is_published:
        raise PlanNotPublished(f"{plan_version.plan.name}, version {plan_version.number}, is not published yet.")
    with (
        transaction.atomic(durable=True),
        acting(actor=actor, verb="add_contract_version", reason=reason),
    ):
        return _store(contract, terms, active, agreed_at, plan_version)


@contextmanager
def tried_contract_version(
    *, contract: Contract, terms: Mapping[str, Any], active: Period, now: datetime
) -> Iterator[ContractVersion]:
    """Give the version as it would stand, and take it back at the end of the block: for a preview of its effect.

    Inside the block everything that reads versions sees it, and nobody else does. Raises as `add_contract_version`.
    """
    with transaction.atomic(durable=True):
        yield _store(contract, terms, active, now, None)
        transaction.set_rollback(True)


def _store(
    contract: Contract,
    terms: Mapping[str, Any],
    active: Period,
    agreed_at: datetime,
    plan_version: PlanVersion | None,
) -> ContractVersion:
    meaning = ContractTerms.from_json(terms)
    if not meaning.term.contains(active):
        raise OutsideTheTerm(f"The version would be in force {active.words()}, but its term is {meaning.term.words()}.")
    Contract.objects.select_for_update().get(pk=contract.pk)
    number = _end_versions_before(contract, active, meaning)
    if number == 1:
        ContractSecret.objects.create(contract=contract, salt=secrets.token_bytes(SALT_BYTES))
    return ContractVersion.objects.create(
        contract=contract,
        customer_id=contract.customer_id,
        number=number,
        terms=meaning.to_json(),
        terms_digest=meaning.digest(),
        active=range_of(active),
        agreed_at=agreed_at,
        plan_version=plan_version,
    )


def _end_versions_before(contract: Contract, active: Period, meaning: ContractTerms) -> int:
    """End the version that runs into the new one, and return the new one's number."""
    number = 1
    for version in ContractVersion.objects.select_for_update().filter(contract=contract).order_by("number"):
        number = version.number + 1
        days = period_of(version.active)
        if not days.overlaps(active):
            continue
        if days.start >= active.start:
            raise ReplacesAVersion(
                f"Version {version.number} is in force {days.words()}; the new version would leave nothing of it. "
                f"Let the new one begin after {days.start:%d %b %Y}."
            )
        _refuse_inside_a_cycle(terms_of(version), meaning, active)
        version.active = range_of(Period(days.start, active.start))
        version.save(update_fields=["active"])
    return number


def _refuse_inside_a_cycle(before: ContractTerms, after: ContractTerms, active: Period) -> None:
    """Definition, zone, identity and cycle change at a cycle boundary only; prices and limits have their own rule."""
    counted_alike = (
        {name: metric.digest() for name, metric in before.metrics.items()}
        == {name: metric.digest() for name, metric in after.metrics.items()}
        and before.timezone == after.timezone
        and before.cycle == after.cycle
    )
    if counted_alike or any(period.start == active.start for period in before.cycle.periods(before.term)):
        return
    raise NotAtACycleBoundary(
        f"{active.start:%d %b %Y} lies inside a billed period. Definition, time zone and billing cycle may change "
        "on the first day of a period only."
    )
