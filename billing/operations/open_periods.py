"""Open the billing periods of a contract that have begun."""

from datetime import date, datetime

from django.db import transaction

from billing.locks import lock_contract
from billing.models import BillingPeriod
from billing.terms_in_force import TermsInForce, force_of, versions_of
from ground.actor import Actor
from ground.audit import acting
from licenses.models import Contract
from licenses.ranges import range_of
from rollcall.period import Period


class PeriodsOverlap(Exception):
    """Two versions of a contract cut the calendar differently in the middle of a cycle."""


def open_periods(*, actor: Actor, contract: Contract, today: date) -> int:
    """Make the row of every period that has begun, for every charge in force; return how many are new.

    A period belongs to the version that is active on its first day; a charge that a later version adds inside it, and
    that counts in it, has its row too. Run again, it changes nothing.
    Raises PeriodsOverlap when a version would begin a cycle inside one that is there already.
    """
    actor.require_vendor()
    wanted = _wanted(contract, today)
    if not _missing(contract, wanted):
        return 0
    with transaction.atomic(durable=True), acting(actor=actor, verb="open_periods"):
        lock_contract(contract.pk)
        missing = _missing(contract, wanted)
        for period, force in missing:
            _open(contract, period, force)
    return len(missing)


def _wanted(contract: Contract, today: date) -> list[tuple[Period, TermsInForce]]:
    """Every period that has begun, oldest first, with the version that rules it."""
    wanted: list[tuple[Period, TermsInForce]] = []
    versions = list(versions_of(contract))
    for force in versions:
        for period in force.terms.cycle.periods(force.terms.term):
            if period.start <= today and period.start in force.version.active:
                wanted.append((period, force_of(version=force.version, versions=versions, period=period)))
    return sorted(wanted, key=lambda pair: pair[0])


def _missing(contract: Contract, wanted: list[tuple[Period, TermsInForce]]) -> list[tuple[Period, TermsInForce]]:
    """Those of the wanted periods for which at least one charge has no row yet."""
    there = {
        (row.charge_key, row.span)
        for row in BillingPeriod.objects.filter(contract=contract, kind=BillingPeriod.Kind.REGULAR).only(
            "charge_key", "period"
        )
    }
    return [
        (period, force)
        for period, force in wanted
        if any((charge_key, period) not in there for charge_key in force.billed_keys)
    ]


def _open(contract: Contract, period: Period, force: TermsInForce) -> None:
    zone = force.terms.timezone
    for charge_key in force.billed_keys:
        same_charge = BillingPeriod.objects.filter(
            contract=contract, charge_key=charge_key, kind=BillingPeriod.Kind.REGULAR
        )
        overlapping = same_charge.filter(period__overlap=range_of(period)).first()
        if overlapping is not None:
            if overlapping.span == period:
                continue
            raise PeriodsOverlap(
                f"Version {force.version.number} of contract {contract.number} would bill {period.words(zone)} while "
                f"{overlapping.span.words(overlapping.zone)} is billed already. A cycle changes at its end only."
            )
        starts_at, ends_at = _instants(period, zone, same_charge.filter(period__endswith=period.start).first())
        BillingPeriod.objects.create(
            customer_id=contract.customer_id,
            contract=contract,
            charge_key=charge_key,
            kind=BillingPeriod.Kind.REGULAR,
            is_main=charge_key == force.terms.main_charge,
            is_counted=force.metric_of(charge_key) is not None,
            is_in_advance=force.is_in_advance(charge_key),
            period=range_of(period),
            zone=zone,
            starts_at=starts_at,
            ends_at=ends_at,
        )


def _instants(period: Period, zone: str, before: BillingPeriod | None) -> tuple[datetime, datetime]:
    """The instants of a period; after a change of zone it starts where the one before ended, so no hour is lost."""
    starts_at, ends_at = period.instants(zone)
    if before is not None and before.zone != zone:
        starts_at = before.ends_at
    return starts_at, ends_at
