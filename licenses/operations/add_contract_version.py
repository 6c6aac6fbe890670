"""Agree on terms: the first version of a contract, or an amendment."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.checkout import CheckoutAnswer, CheckoutRefused, checkout_hook_of, require_allowed
from licenses.license_jobs import ask_for_license
from licenses.models import Contract, ContractSecret, ContractVersion, IssuedBecause, PlanVersion
from licenses.operations.announce_entitlements import announce_entitlements
from licenses.queries import terms_of
from licenses.ranges import period_of, range_of
from rollcall.period import Period
from rollcall.rating.by_days import refuse_balances
from rollcall.rating.versions import counted_alike, crossing_currencies
from rollcall.terms.charges import Charge
from rollcall.terms.contract import ContractTerms
from rollcall.terms.seats import SeatsMetric
from rollcall.terms.time_rules import is_known_in_advance

SALT_BYTES = 32


class OutsideTheTerm(Exception):
    """The version would be in force on days that its own terms do not cover."""


class ReplacesAVersion(Exception):
    """The version would take all the days of one that was already agreed."""


class NotAtACycleBoundary(Exception):
    """What is counted, or on which days, would change in the middle of a billed period."""


class ChangesThePast(Exception):
    """The version states other seats for days on which another version was in force."""


class BilledOtherwise(Exception):
    """A charge keeps its name and changes when it is billed, or whether anything is counted for it."""


class ChangesCurrency(Exception):
    """The version would bill the same term in another currency."""


class PlanNotPublished(Exception):
    """The version would start from a plan that nobody may use yet."""


# What a version can be refused for beside its terms, to be said at the day from which it would hold.
REFUSALS = (
    OutsideTheTerm,
    ReplacesAVersion,
    NotAtACycleBoundary,
    ChangesThePast,
    BilledOtherwise,
    ChangesCurrency,
    PlanNotPublished,
    CheckoutRefused,
)


def add_contract_version(
    *,
    actor: Actor,
    contract: Contract,
    terms: Mapping[str, Any],
    active: Period,
    agreed_at: datetime,
    reason: str = "",
    plan_version: PlanVersion | None = None,
    checkout: CheckoutAnswer | None = None,
) -> ContractVersion:
    """Store terms that are in force on the days ``active``; a version in force before then ends there.

    The terms are read by ``ContractTerms.from_json``, which refuses what cannot be rated, and stored as it writes
    them. The first version also makes the contract's secret salt. ``plan_version`` is the published price list that
    they started from, and ``checkout`` what `ask_checkout` heard of them where bought seats are reduced. Where the
    contract has a licence, the next one is asked for. Raises NotAllowed, the refusals of ``ContractTerms``,
    OutsideTheTerm, ReplacesAVersion, NotAtACycleBoundary, ChangesThePast, BilledOtherwise,
    ChangesCurrency, PlanNotPublished, CheckoutRefused.
    """
    actor.require_vendor()
    if plan_version is not None and not plan_version.is_published:
        raise PlanNotPublished(f"{plan_version.plan.name}, version {plan_version.number}, is not published yet.")
    with (
        own_transaction(),
        acting(actor=actor, verb="add_contract_version", reason=reason),
    ):
        _require_checkout(contract, terms, active, checkout)
        version = _store(contract, terms, active, agreed_at, plan_version)
        announce_entitlements(contract=contract, now=agreed_at)
        ask_for_license(
            contract=contract, version=version, because=IssuedBecause.AMENDED, key=f"version:{version.number}"
        )
        return version


def _require_checkout(
    contract: Contract, terms: Mapping[str, Any], active: Period, checkout: CheckoutAnswer | None
) -> None:
    if checkout_hook_of(contract) is None:
        return
    Contract.objects.select_for_update().get(pk=contract.pk)
    require_allowed(contract=contract, meaning=ContractTerms.from_json(terms), active=active, answer=checkout)


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
    number, previous = 1, None
    for version in ContractVersion.objects.select_for_update().filter(contract=contract).order_by("number"):
        number = version.number + 1
        days = period_of(version.active)
        previous = version if days.start < active.start else previous
        _refuse_another_currency(terms_of(version), meaning)
        if not days.overlaps(active):
            continue
        if days.start >= active.start:
            raise ReplacesAVersion(
                f"Version {version.number} is in force {days.words()}; the new version would leave nothing of it. "
                f"Let the new one begin after {days.start:%d %b %Y}."
            )
        before = terms_of(version)
        _refuse_billed_otherwise(before, meaning)
        _refuse_inside_a_cycle(before, meaning, active)
        version.active = range_of(Period(days.start, active.start))
        version.save(update_fields=["active"])
    if previous is not None:
        _refuse_lost_days(terms_of(previous), meaning, active)
    return number


def _refuse_another_currency(before: ContractTerms, after: ContractTerms) -> None:
    crossing = crossing_currencies(before, after)
    if crossing and before.term.start == after.term.start:
        raise ChangesCurrency(f"The version changes the currency: {crossing}")


def _refuse_lost_days(before: ContractTerms, after: ContractTerms, active: Period) -> None:
    """Refuse a term that is made longer or shorter inside a cycle which the version before has begun to bill."""
    if before.term.start != after.term.start:
        return
    period = after.period_of(active.start)
    if period is None or period.start == active.start or period == before.period_of(active.start):
        return
    raise NotAtACycleBoundary(
        f"{active.start:%d %b %Y} lies inside {period.words()}, which the version before would bill otherwise: its "
        f"term ends on {before.term.last_day:%d %b %Y}. Let it begin on {period.start:%d %b %Y}, or give it a term "
        "of its own that begins on its first day."
    )


def _refuse_inside_a_cycle(before: ContractTerms, after: ContractTerms, active: Period) -> None:
    """Definition, zone, identity and cycle change at a cycle boundary only; prices and limits have their own rule.

    Of seats, those before the amendment stay as they were.
    """
    _refuse_other_seats(before, after, active)
    period = before.period_of(active.start)
    if period is None or period.start == active.start:
        return
    if not counted_alike(before, after):
        raise NotAtACycleBoundary(
            f"{active.start:%d %b %Y} lies inside a billed period. Definition, metrics, time zone and billing "
            "cycle may change on the first day of a period only."
        )
    if before.mid_cycle == "by_days":
        refuse_balances(before, after)


def _refuse_other_seats(before: ContractTerms, after: ContractTerms, active: Period) -> None:
    """Refuse seats that would differ on days before the amendment: what was there was there."""
    for name, metric in before.metrics.items():
        later = after.metrics.get(name)
        if not isinstance(metric, SeatsMetric) or not isinstance(later, SeatsMetric):
            continue
        then, now = (
            [one for one in seats.bought if before.term.start <= one.start < active.start] for seats in (metric, later)
        )
        if then != now:
            raise ChangesThePast(
                f"The seats of {name} before {active.start:%d %b %Y} are not those that were agreed. Keep the earlier "
                "entries, and add those from this day on."
            )


def _refuse_billed_otherwise(before: ContractTerms, after: ContractTerms) -> None:
    """Refuse a charge that would be billed at another time, or count where it did not, under its old name."""
    if before.term.start != after.term.start:
        return
    for key in sorted(set(before.charges) & set(after.charges)):
        old, new = before.charges[key], after.charges[key]
        if (old.bill, is_known_in_advance(old, before.metrics)) != (new.bill, is_known_in_advance(new, after.metrics)):
            raise BilledOtherwise(
                f"The charge {key} was billed {_how(old, before)} and would be billed {_how(new, after)}. Its periods "
                "are kept under its name; give the changed charge another one."
            )


def _how(charge: Charge, terms: ContractTerms) -> str:
    counted = "without counting" if is_known_in_advance(charge, terms.metrics) else "by a count"
    return f"{charge.bill.replace('_', ' ')} and {counted}"
