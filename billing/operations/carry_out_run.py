"""Carry out a bulk step of the billing run, contract by contract."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice

import structlog
from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet

from billing.gathering import Facts
from billing.models import BillingRun, BillingRunItem
from billing.operations.close_together import close_together
from billing.operations.gather_together import PeriodToClose, gather_together
from billing.operations.run_contract import Ended, ended_drafting, run_contract
from ground.actor import Actor, NotAllowed
from ground.faults import fault_point
from ground.jobs import JobCancelled
from ground.storage import StoredFileDamaged, StoredFileMissing
from licenses.models.people import User
from licenses.queries import actor_of_user
from rollcall.period import civil_day

Outcome = BillingRunItem.Outcome
# The house's own refusals are sentences for a person; what anything else raises is a fault of ours.
HOUSE = frozenset({"billing", "usage", "licenses", "rollcall"})
# A part that was begun so often without an end took its worker with it.
MOST_ATTEMPTS = 3
# So many contracts are counted in one child, and then drafted in one transaction.
GATHERED_TOGETHER = 25

log = structlog.get_logger(__name__)


def carry_out_run(
    *, run: BillingRun, how: str = "", now: Callable[[], datetime], progress: Callable[[int, int | None, str], None]
) -> Mapping[str, int]:
    """Do every part that is still waiting, in order; return how many parts ended in which way.

    The person who started the run is asked for by every part, with the rights of this moment. A part that is refused,
    or that fails, keeps its sentence and holds up none of the others. Taken up again after a crash, the run goes on
    where it was. `progress` is told how far it is, and raises when the run should end; a run that somebody stopped
    ends before its next part. Drafts are written many at a time: what was come to before a stop is drafted, and what
    comes after it is as it was.
    Raises JobCancelled, and OperationalError when the database is gone: then trying again is safe.
    """
    actor = _actor(run)
    items = run.items.exclude(outcome=Outcome.LEFT_OUT).order_by("position")
    if run.job.attempts >= MOST_ATTEMPTS:
        # Otherwise others are at these parts at this moment: each worker that ended was an attempt of the job.
        _pass_over(items.filter(outcome=Outcome.WAITING, attempts__gte=MOST_ATTEMPTS), now())
    total = items.count()
    waiting = items.filter(outcome=Outcome.WAITING).select_related("run__job", "contract")
    done = total - waiting.count()
    parts = waiting.iterator(chunk_size=200)
    while batch := list(islice(parts, GATHERED_TOGETHER)):
        facts: Mapping[int, Facts] = {}
        together: list[BillingRunItem] = []
        try:
            for item in batch:
                progress(done, total, item.contract.number)
                _require_not_stopped(run)
                if item is batch[0]:
                    facts = _gathered(actor, batch, now())
                if item.pk in facts and _may_be_drafted_together(item):
                    together.append(item)
                else:
                    _do(actor, item, how, now(), facts.get(item.pk))
                done += 1
        except JobCancelled:
            _draft_together(actor, together, facts, now())
            raise
        _draft_together(actor, together, facts, now())
    progress(done, total, "done")
    return _tally(run)


def _actor(run: BillingRun) -> Actor:
    if run.asked_by_account is None:
        return Actor.system(f"worker, asked by {run.asked_by}")
    return actor_of_user(User.objects.get(pk=run.asked_by_account))


def _gathered(actor: Actor, batch: Sequence[BillingRunItem], now: datetime) -> dict[int, Facts]:
    """What closing starts from, by part, counted in one child; empty where nothing is to be counted."""
    run = batch[0].run
    # Taken up again and again, the run goes part by part: what ends its worker then does so at its own part.
    if run.kind not in (BillingRun.Kind.COUNT, BillingRun.Kind.DRAFT) or run.job.attempts >= MOST_ATTEMPTS:
        return {}
    closings = {item.pk: _to_close(item, now) for item in batch}
    try:
        facts = gather_together(actor=actor, closings=list(closings.values()), now=now)
    except NotAllowed:
        # Every part is refused, with its sentence.
        return {}
    return {key: facts[closing] for key, closing in closings.items() if closing in facts}


def _require_not_stopped(run: BillingRun) -> None:
    """The row says at once what the worker's own watch hears of a moment later."""
    stopped_by = BillingRun.objects.filter(pk=run.pk, cancelled_at__isnull=False).values_list("cancelled_by", flat=True)
    for name in stopped_by:
        raise JobCancelled(f"{name} stopped the run.")


def _pass_over(items: QuerySet[BillingRunItem], now: datetime) -> None:
    """End the parts that took their workers with them, so that the others are come to."""
    words = f"Begun {MOST_ATTEMPTS} times, and each time its worker ended. Do it by hand, and look at the log."
    for item in items:
        _end(item, Ended(outcome=Outcome.FAILED, words=words), now)


def _do(actor: Actor, item: BillingRunItem, how: str, now: datetime, facts: Facts | None) -> None:
    """Do one part and write what became of it, once."""
    if not _begun(item):
        return
    _finish(item, _ended(actor, item, how, now, facts), now)


def _begun(item: BillingRunItem) -> bool:
    """Count that a part is begun; False where another worker, which took the run over, has done it."""
    if not BillingRunItem.objects.filter(pk=item.pk, outcome=Outcome.WAITING).update(attempts=F("attempts") + 1):
        return False
    item.attempts += 1
    fault_point("run.before_effect")
    return True


def _may_be_drafted_together(item: BillingRunItem) -> bool:
    """What was begun before goes by itself: should it end its worker again, it takes no other part with it."""
    return item.run.kind == BillingRun.Kind.DRAFT and item.attempts == 0


def _draft_together(actor: Actor, items: Sequence[BillingRunItem], facts: Mapping[int, Facts], now: datetime) -> None:
    """Draft many parts in one transaction and write what became of each; what cannot be drafted so goes alone."""
    begun = {item: _to_close(item, now) for item in items if _begun(item)}
    try:
        closings = close_together(actor=actor, facts={begun[item]: facts[item.pk] for item in begun}, now=now)
    except NotAllowed:
        # Every part is refused, with its sentence.
        closings = {}
    for item, closing in begun.items():
        if closing in closings:
            ended = ended_drafting(contract=item.contract, closing=closings[closing])
        else:
            ended = _ended(actor, item, "", now, facts[item.pk])
        _finish(item, ended, now)


def _to_close(item: BillingRunItem, now: datetime) -> PeriodToClose:
    return PeriodToClose(contract=item.contract, period=item.span, today=civil_day(now, item.zone))


def _ended(actor: Actor, item: BillingRunItem, how: str, now: datetime, facts: Facts | None) -> Ended:
    """What became of a part; the boundary at which one contract's trouble stays its own."""
    try:
        return run_contract(actor=actor, item=item, how=how, now=now, facts=facts)
    except (OperationalError, InterfaceError):
        raise
    except (NotAllowed, StoredFileDamaged, StoredFileMissing) as refused:
        return Ended(outcome=Outcome.REFUSED, words=str(refused))
    except ObjectDoesNotExist:
        return Ended(outcome=Outcome.REFUSED, words="What was to be done is gone: somebody removed it meanwhile.")
    except Exception as error:
        if type(error).__module__.partition(".")[0] in HOUSE:
            return Ended(outcome=Outcome.REFUSED, words=str(error))
        log.error("part of a billing run failed", run=item.run.public_id, item=item.pk, exc_info=error)
        return Ended(
            outcome=Outcome.FAILED,
            words=f"It could not be done, and it is not your fault ({type(error).__name__}); the log has the rest.",
        )


def _finish(item: BillingRunItem, ended: Ended, now: datetime) -> None:
    """Write what became of a part that was done."""
    fault_point("run.after_effect")
    _end(item, ended, now)
    fault_point("run.after_part")


def _end(item: BillingRunItem, ended: Ended, now: datetime) -> None:
    """Write the outcome, unless another worker did meanwhile."""
    with transaction.atomic(durable=True):
        BillingRunItem.objects.filter(pk=item.pk, outcome=Outcome.WAITING).update(
            outcome=ended.outcome,
            words=ended.words,
            invoice_public_id=ended.invoice_public_id or item.invoice_public_id,
            amount=ended.amount,
            currency=ended.currency or item.currency,
            ended_at=now,
        )
        fault_point("run.before_commit")
    fault_point("run.after_commit")


def _tally(run: BillingRun) -> dict[str, int]:
    """How many parts ended in which way."""
    outcomes = list(run.items.values_list("outcome", flat=True))
    return {outcome: outcomes.count(outcome) for outcome in Outcome.values if outcome in outcomes}
