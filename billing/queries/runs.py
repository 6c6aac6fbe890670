"""Bulk steps of the billing run that were started: how far each is, and what became of its contracts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, QuerySet

from billing.models import BillingRun, BillingRunItem, Invoice
from billing.queries.month import amounts_by_currency
from ground.actor import Actor
from ground.models import Job

Outcome = BillingRunItem.Outcome
UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)
ENOUGH_TO_TELL = 2


@dataclass(frozen=True, kw_only=True)
class RunStatus:
    """A run with what a person wants to know of it: `counts` by outcome, `done` of `total`, pace and time left.

    `per_minute` and `seconds_left` are None before two parts are done, and when the run is over.
    """

    run: BillingRun
    counts: dict[str, int]
    total: int
    done: int
    per_minute: int | None
    seconds_left: float | None

    @property
    def left(self) -> int:
        return self.total - self.done

    @property
    def outcomes(self) -> list[tuple[str, str, int]]:
        """Code, words and number of each outcome that occurs."""
        return [(code, words, self.counts[code]) for code, words in Outcome.choices if self.counts.get(code)]


def runs_for(*, actor: Actor, month: date | None = None) -> QuerySet[BillingRun]:
    """The runs the actor may see, the newest first. They are the vendor's."""
    actor.require_vendor()
    runs = BillingRun.objects.select_related("job")
    return runs if month is None else runs.filter(month=month.replace(day=1))


def statuses(runs: Sequence[BillingRun], *, now: datetime) -> list[RunStatus]:
    """How far these runs are."""
    rows = (
        BillingRunItem.objects.filter(run__in=runs)
        .order_by()
        .values_list("run_id", "outcome")
        .annotate(number=Count("pk"))
    )
    counts: dict[int, dict[str, int]] = {}
    for run_id, outcome, number in rows:
        counts.setdefault(run_id, {})[outcome] = number
    return [_status(run, counts.get(run.pk, {}), now) for run in runs]


def _status(run: BillingRun, counts: dict[str, int], now: datetime) -> RunStatus:
    total = sum(counts.values()) - counts.get(Outcome.LEFT_OUT, 0)
    done = total - counts.get(Outcome.WAITING, 0)
    per_minute = seconds_left = None
    if run.job.state == Job.State.RUNNING and run.job.started_at is not None and done >= ENOUGH_TO_TELL:
        seconds = (now - run.job.started_at).total_seconds()
        if seconds > 0:
            per_minute, seconds_left = round(done * 60 / seconds), (total - done) * seconds / done
    return RunStatus(run=run, counts=counts, total=total, done=done, per_minute=per_minute, seconds_left=seconds_left)


def items_of(*, run: BillingRun, outcome: str = "", find: str = "") -> QuerySet[BillingRunItem]:
    """The parts of a run in their order, with contract and customer, narrowed to an outcome and to words.

    ``has_document`` says that the document of a part is still there; a draft may have been discarded since.
    """
    document = Invoice.objects.filter(public_id=OuterRef("invoice_public_id"))
    items = run.items.select_related("contract__customer").annotate(has_document=Exists(document)).order_by("position")
    if outcome in Outcome.values:
        items = items.filter(outcome=outcome)
    if find:
        items = items.filter(contract__number__icontains=find) | items.filter(customer__name__icontains=find)
    return items


def numbers_of(run: BillingRun) -> list[str]:
    """The numbers that a run drew, as one span per series: "R-0915 to R-0922"."""
    ids = run.items.filter(outcome=Outcome.DONE).values("invoice_public_id")
    drawn = Invoice.objects.filter(public_id__in=ids, state=Invoice.State.FINALIZED).order_by("series_id", "sequence")
    spans: dict[int | None, list[str]] = {}
    for series_id, number in drawn.values_list("series_id", "number"):
        spans.setdefault(series_id, []).append(number or "")
    return [found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}" for found in spans.values()]


def amounts_of(run: BillingRun) -> dict[str, Decimal]:
    """What the parts of a run that are done came to before tax, per currency."""
    done = run.items.filter(outcome__in=(Outcome.DONE, Outcome.SAME), amount__isnull=False)
    return amounts_by_currency(done.values_list("currency", "amount"))
