"""Then and now: whatever an invoice comes to today beside its date is settled, proposed, credited or waived."""

from collections.abc import Iterable
from decimal import Decimal

from billing.invariants.report import CheckResult
from billing.models import Invoice, TrueUp
from billing.queries.as_known import AsKnown, KnownCharge, known_of
from ground.models import Job
from rollcall.money import exact_sum

MOVING = (
    "billing.review_report",
    "billing.review_instance",
    "billing.review_amendment",
    "billing.review_recall",
    "billing.settle_term",
    "usage.read_report",
    "usage.make_evidence",
)


def then_and_now_agree() -> CheckResult:
    """Each finalized invoice, rated again by what is known now, differs by its true-ups and credit notes alone.

    What is still being read, counted or reviewed is under way.
    """
    result = CheckResult(name="as known then and as known now agree", figures={"invoices": 0, "true-ups": 0})
    moving = _being_worked_on()
    for invoice in Invoice.objects.filter(state=Invoice.State.FINALIZED, kind=Invoice.Kind.INVOICE).order_by("pk"):
        result.count("invoices")
        who = f"invoice {invoice.number} (row {invoice.pk})"
        with result.reading(who):
            _agrees(result, known_of(invoice), who, is_moving=invoice.customer_id in moving)
    return result


def _being_worked_on() -> frozenset[int]:
    """The customers of whom something is read, counted or reviewed at this moment."""
    jobs = Job.objects.filter(kind__in=MOVING, state__in=(Job.State.QUEUED, Job.State.RUNNING))
    return frozenset(pk for pk in jobs.values_list("customer_id", flat=True) if pk is not None)


def _agrees(result: CheckResult, known: AsKnown, who: str, *, is_moving: bool) -> None:
    result.count("true-ups", sum(len(one.true_ups) for one in known.charges))
    said = exact_sum(
        (
            known.settled_amount,
            known.credited_amount,
            known.open_amount,
            known.waived_amount,
            known.ignored_amount,
        )
    )
    billed = exact_sum((*(one.then_amount for one in known.charges), *(line.amount for line in known.other_lines)))
    result.expect(
        billed == known.then_amount,
        f"{who}: it came to {known.then_amount}; its charges and the other lines come to {billed}",
    )
    if said != known.difference_amount:
        finding = (
            f"{who}: it came to {known.then_amount} and comes to {known.now_amount} now; its true-ups, credit notes "
            f"and open proposals say {said}"
        )
        (result.warnings if is_moving else result.findings).append(finding)
    if not known.is_counted and not is_moving:
        result.warnings.append(f"{who}: what is known now is not counted")
    for one in known.charges:
        _stands_on_documents(result, one, who)


def _stands_on_documents(result: CheckResult, one: KnownCharge, who: str) -> None:
    """What was settled of a charge on documents is what its lines there come to."""
    ids = {row.pk: row for row in one.true_ups if row.invoice_id is not None}
    settled = exact_sum(row.settled_amount or Decimal(0) for row in ids.values())
    lines = exact_sum(_on_documents(ids.values()))
    result.expect(
        settled == lines, f"{who}, {one.charge_key}: true-ups settle {settled}, the documents they are on say {lines}"
    )


def _on_documents(true_ups: Iterable[TrueUp]) -> Iterable[Decimal]:
    for true_up in true_ups:
        for line in true_up.lines.select_related("invoice"):
            yield -line.amount if line.invoice.is_credit_note else line.amount
