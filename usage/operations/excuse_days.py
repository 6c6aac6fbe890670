"""Leave days out of the quantity that is made of them, or let them count again, with a reason that the bill states."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import Contract
from licenses.queries import terms_at
from usage.models import ExcusedDay
from usage.operations.decide_report import ReasonMissing
from usage.queries.excused import is_made_of_days


class NoDaysToExcuse(Exception):
    """What the contract bills is not made of days, so that leaving one out would mean nothing."""


def excuse_days(
    *,
    actor: Actor,
    contract: Contract,
    days: Iterable[date],
    reason: str,
    now: datetime,
    metric_name: str = "",
    is_excused: bool = True,
) -> list[ExcusedDay]:
    """Record the vendor's word about days: they do not count, or with ``is_excused`` False they count again.

    ``metric_name`` is empty for every metric that has a number a day. A bill that is drafted is made again when its
    period is closed again. Raises NotAllowed, ReasonMissing, NoDaysToExcuse, NothingAgreed.
    """
    actor.require_vendor("account_manager", "finance", "admin")
    wanted = sorted(set(days))
    if not reason.strip():
        raise ReasonMissing("Say why: the invoice prints the reason beside the day.")
    if not wanted:
        raise NoDaysToExcuse("Name the days that are left out.")
    for day in wanted:
        _refuse_without_days(contract, day, metric_name)
    with transaction.atomic(durable=True), acting(actor=actor, verb="excuse_days", reason=reason.strip()):
        return [
            ExcusedDay.objects.create(
                customer_id=contract.customer_id,
                contract=contract,
                metric_name=metric_name,
                day=day,
                is_excused=is_excused,
                reason=reason.strip(),
                decided_by=actor.name,
                decided_at=now,
            )
            for day in wanted
        ]


def _refuse_without_days(contract: Contract, day: date, metric_name: str) -> None:
    metrics = terms_at(contract=contract, day=day).metrics
    if metric_name and metric_name not in metrics:
        raise NoDaysToExcuse(f"Contract {contract.number} has no metric {metric_name} on {day:%d %b %Y}.")
    meant = [metric for name, metric in metrics.items() if metric_name in ("", name)]
    if not any(map(is_made_of_days, meant)):
        raise NoDaysToExcuse(
            f"On {day:%d %b %Y} contract {contract.number} bills nothing that is made of the numbers of days: "
            "people who are counted once in a period have no days to leave out."
        )
