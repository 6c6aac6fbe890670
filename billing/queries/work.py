"""What waits for a person today, with age and money."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, QuerySet

from billing.models import Adjustment, BillingPeriod, Difference, Invoice, TrueUp
from billing.queries.held import until_words
from billing.settled_facts import OPEN_STATES
from ground.actor import Actor
from ground.presentation.format import count_of
from licenses.models import Instance, WebhookDestination
from licenses.ranges import period_of
from licenses.webhook_state import given_up_destinations
from usage.models import UsageReport
from usage.queries.signed import reports_to_decide
from usage.queries.silent import silent_instances

TO_APPROVE = Adjustment.State.NEEDS_APPROVAL
SECOND_PERSON = "; an adjustment on it waits for a second person"
OfContract = BillingPeriod | Difference | TrueUp | Invoice | Instance | UsageReport
Subject = OfContract | WebhookDestination


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """One thing to do. `kind` is held, report, difference, true_up, draft, silent or webhook; `amount` is before tax,
    None where nobody can say. A destination of events is of no contract: its note stands for the customer.

    `since` is the instant from which it waits; `subject` is the row to open.
    """

    kind: str
    customer_name: str
    contract_number: str
    words: str
    since: datetime | None
    amount: Decimal | None
    currency: str
    subject: Subject


def work_today(*, actor: Actor) -> list[WorkItem]:
    """Everything that waits for the vendor's people: reports, held periods, differences, true-ups, drafts."""
    actor.require_vendor()
    return [
        *_reports(actor),
        *_held(actor),
        *_to_explain(actor),
        *_to_decide(actor),
        *_to_finalize(actor),
    ]


def silent_work(*, actor: Actor, now: datetime) -> list[WorkItem]:
    """Instances that should have reported and did not, the longest silent first; their money is that last rated."""
    actor.require_vendor()
    items = []
    for one in silent_instances(actor=actor, now=now):
        contract = one.instance.contract
        last = BillingPeriod.objects.filter(contract=contract, rating__isnull=False).order_by("-period").first()
        items.append(
            _item(
                "silent",
                one.instance,
                words=one.words,
                since=one.since,
                amount=last.rated.net_amount if last is not None and last.count is not None else None,
                currency=last.rated.currency if last is not None and last.count is not None else "",
            )
        )
    return items


def webhook_work(*, actor: Actor) -> list[WorkItem]:
    """Destinations for which events were given up after three days, the longest waiting first."""
    return [
        WorkItem(
            kind="webhook",
            customer_name=row.destination.note,
            contract_number="",
            words=f"{count_of(row.events, 'event was', 'events were')} not taken within three days",
            since=row.since,
            amount=None,
            currency="",
            subject=row.destination,
        )
        for row in given_up_destinations(actor)
    ]


def _item(
    kind: str, subject: OfContract, *, words: str, since: datetime | None, amount: Decimal | None, currency: str
) -> WorkItem:
    return WorkItem(
        kind=kind,
        customer_name=subject.contract.customer.name,
        contract_number=subject.contract.number,
        words=words,
        since=since,
        amount=amount,
        currency=currency,
        subject=subject,
    )


def _reports(actor: Actor) -> list[WorkItem]:
    """Reports that do not fit together with others; what they are worth nobody knows before the decision."""
    return [
        _item(
            "report",
            report,
            words=" ".join(str(question["message"]) for question in report.questions),
            since=report.received_at,
            amount=None,
            currency="",
        )
        for report in reports_to_decide(actor).select_related("contract__customer")
    ]


def _held(actor: Actor) -> list[WorkItem]:
    """Held periods, the longest waiting first; their money is that of the period before."""
    rows = (
        BillingPeriod.objects.for_actor(actor)
        .filter(state=BillingPeriod.State.HELD, is_main=True)
        .select_related("contract__customer")
        .order_by("state_changed_at", "pk")
    )
    items = []
    for row in rows:
        before = _period_before(row).first()
        rating = before.rating if before is not None else None
        items.append(
            _item(
                "held",
                row,
                words=f"{row.span.words(row.zone)}: {row.held_words}{_until(row)}",
                since=row.state_changed_at,
                amount=Decimal(rating["net_amount"]) if rating else None,
                currency=str(rating["currency"]) if rating else "",
            )
        )
    return items


def _until(row: BillingPeriod) -> str:
    until = until_words(row)
    return f" By the contract {until}." if until else ""


def _period_before(row: BillingPeriod) -> QuerySet[BillingPeriod]:
    return BillingPeriod.objects.filter(
        contract_id=row.contract_id, charge_key=row.charge_key, kind=row.kind, period__endswith=row.span.start
    ).only("rating")


def _to_explain(actor: Actor) -> list[WorkItem]:
    """Open differences, the oldest first; a held period and an open true-up stand in this list by themselves."""
    rows = (
        Difference.objects.for_actor(actor)
        .filter(state=Difference.State.OPEN)
        .exclude(code__in=(Difference.Code.HELD, Difference.Code.BILLED_AGAINST_COUNTED))
        .select_related("contract__customer")
        .order_by("found_at", "pk")
    )
    return [
        _item(
            "difference",
            row,
            words=f"{row.get_code_display()}, {row.span.words(row.zone)}: {row.words}",
            since=row.found_at,
            amount=row.amount,
            currency=row.currency,
        )
        for row in rows
    ]


def _to_decide(actor: Actor) -> list[WorkItem]:
    rows = (
        TrueUp.objects.for_actor(actor)
        .filter(state__in=OPEN_STATES)
        .select_related("contract__customer", "billing_period")
        .order_by("proposed_at", "pk")
    )
    return [
        _item(
            "true_up",
            row,
            words=row.words,
            since=row.proposed_at,
            amount=row.difference_amount,
            currency=row.currency,
        )
        for row in rows
    ]


def _to_finalize(actor: Actor) -> list[WorkItem]:
    rows = (
        Invoice.objects.for_actor(actor)
        .filter(state=Invoice.State.DRAFT)
        # Of a contract that is not live yet a draft is a comparison, and nobody finalizes it.
        .exclude(period__startswith__lt=F("contract__live_from"))
        .annotate(waits=Exists(Adjustment.objects.filter(lines__invoice=OuterRef("pk"), state=TO_APPROVE)))
        .select_related("contract__customer")
        .order_by("drafted_at", "pk")
    )
    return [
        _item(
            "draft",
            row,
            words=f"Draft for {period_of(row.period).words(row.zone)}{SECOND_PERSON if row.waits else ''}",
            since=row.drafted_at,
            amount=row.net_amount,
            currency=row.currency,
        )
        for row in rows
    ]
