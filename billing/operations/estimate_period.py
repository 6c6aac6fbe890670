"""Count what a period that is not drafted has so far; nothing is billed by it."""

from datetime import datetime

from django.db import transaction

from billing.counting import count_metrics
from billing.locks import lock_contract, lock_periods
from billing.models import BillingPeriod
from billing.terms_in_force import terms_in_force
from ground.actor import Actor
from ground.audit import acting
from licenses.models import Contract
from licenses.queries import NothingAgreed
from rollcall.period import Period
from usage.files import NamesErased
from usage.operations.count_period import NothingReported
from usage.queries import is_current

State = BillingPeriod.State


def estimate_period(*, actor: Actor, contract: Contract, period: Period, now: datetime) -> int:
    """Store the count so far on periods that are still open; return 1 when something was written, else 0.

    What cannot be counted has no estimate; closing the period will hold it and say why. Raises NotAllowed.
    """
    actor.require_vendor("finance", "account_manager")
    try:
        force = terms_in_force(contract=contract, period=period)
        counts = count_metrics(contract=contract, force=force, period=period, now=now)
    except (NothingAgreed, NothingReported, NamesErased):
        return 0
    written = 0
    with transaction.atomic(durable=True), acting(actor=actor, verb="estimate_period"):
        lock_contract(contract.pk)
        for row in lock_periods(contract=contract, period=period):
            count = counts.get(force.metric_of(row.charge_key) or "")
            if count is None:
                continue
            is_newest = is_current(count=count, contract=contract, period=period, zone=force.terms.timezone)
            if row.state == State.OPEN and is_newest and row.count_id != count.pk:
                row.count, row.contract_version = count, force.version
                row.save()
                written = 1
    return written
