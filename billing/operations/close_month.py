"""Close a month for all contracts, or for some: one job per contract."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from billing.closing_jobs import ask_to_close
from billing.models import BillingPeriod
from billing.operations.open_periods import open_periods
from billing.queries.month import periods_of_month
from ground.actor import Actor
from licenses.models import Contract
from licenses.queries import zone_at
from rollcall.period import civil_day


@dataclass(frozen=True, kw_only=True)
class MonthClosing:
    """What was asked for: the jobs, and how many contracts were left out, by reason."""

    job_ids: tuple[int, ...]
    already_invoiced: int
    not_over: int


def close_month(
    *, actor: Actor, month: date, now: datetime, contracts: Iterable[Contract] | None = None
) -> MonthClosing:
    """Enqueue the closing of every period whose last day lies in the month of `month`; return what was asked for.

    Contracts bill in their own cycles and zones, so a period belongs to the month in which it ends; what is billed in
    advance for the period after it comes with it. Periods that are
    invoiced or not over at `now`, each in its own zone, are left out and counted. Asked again, the same jobs are
    returned while they wait.
    Raises NotAllowed.
    """
    actor.require_vendor("finance", "account_manager")
    agreed = Contract.objects.filter(versions__isnull=False).distinct().order_by("number")
    chosen = list(agreed if contracts is None else contracts)
    for contract in chosen:
        today = civil_day(now, zone_at(contract=contract, day=now.date()))
        open_periods(actor=actor, contract=contract, today=today)
    wanted: dict[tuple[int, date], list[BillingPeriod]] = {}
    for row in periods_of_month(actor=actor, month=month).filter(contract__in=chosen).select_related("contract"):
        wanted.setdefault((row.contract_id, row.span.start), []).append(row)
    job_ids, invoiced, not_over = [], 0, 0
    for rows in wanted.values():
        is_all_invoiced = all(row.state == BillingPeriod.State.INVOICED for row in rows)
        if is_all_invoiced and not _is_due_in_advance(rows[0]):
            invoiced += 1
        elif rows[0].ends_at > now:
            not_over += 1
        else:
            with transaction.atomic(durable=True):
                job = ask_to_close(contract=rows[0].contract, period=rows[0].span, asked_by=actor.name)
            job_ids.append(job.pk)
    return MonthClosing(job_ids=tuple(job_ids), already_invoiced=invoiced, not_over=not_over)


def _is_due_in_advance(row: BillingPeriod) -> bool:
    """Whether something of the period after this one is billed in advance and on no draft yet."""
    due = BillingPeriod.objects.filter(
        contract=row.contract_id,
        is_in_advance=True,
        state__in=(BillingPeriod.State.OPEN, BillingPeriod.State.COUNTED),
        period__startswith__lte=row.span.end,
    )
    return due.exists()
