"""Finalize a draft: freeze everything it says, then draw its number, then render it after the commit."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from billing.adjusting import bill_adjustments, require_approved
from billing.crediting import require_as_planned
from billing.digests import chain_digest, json_digest
from billing.documents import check_snapshot
from billing.history import record_event
from billing.locks import lock_contract, lock_invoice
from billing.models import BillingPeriod, Invoice, InvoiceSeries, TrueUp
from billing.operations.announce_invoice import ask_to_announce
from billing.operations.close_accounts import require_open
from billing.operations.open_series import series_for
from billing.settling_documents import is_by_hand, require_held
from billing.settling_jobs import ask_to_settle_after_invoice
from billing.shadow import require_live
from billing.snapshot import invoice_snapshot
from billing.state_moves import PERIOD_MOVES, MoveRefused, require_move
from billing.tax import require_current_tax
from billing.terms_in_force import schedule_document, terms_in_force
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from ground.operations import enqueue_job
from licenses.operations.make_vendor_key import make_vendor_key
from usage.queries import is_current

# What is made of a finalized invoice, each in a job of its own.
MADE_AFTERWARDS = ("billing.render_document", "billing.make_bundle")


class NothingToFinalize(Exception):
    """The draft has no lines or no periods, so there is nothing to ask for."""


class DatedTooEarly(Exception):
    """The series has a later document already; numbers and dates rise together."""


class DraftOutdated(MoveRefused):
    """Reports or terms changed since the draft was computed, so it no longer says what is known."""


class TrueUpNotAccepted(Exception):
    """A line settles a true-up that is not accepted any more."""


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """A number taken from its series, and the document before it."""

    series: InvoiceSeries
    sequence: int
    previous_digest: str
    previous_date: date | None


def finalize_invoice(*, actor: Actor, invoice: Invoice, now: datetime, today: date) -> Invoice:
    """Turn a draft into a finalized invoice dated `today` and return it; a finalized one is returned unchanged.

    One transaction: periods become invoiced, true-ups are settled, the jobs that render the PDF and make the bundle are
    asked for, and as its last step the number is drawn and written with the frozen snapshot. If anything fails, no
    number is used.
    Raises NotAllowed (only finance finalizes), Invoice.DoesNotExist (the draft was discarded), NothingToFinalize,
    DraftOutdated, TaxOutdated, AdjustmentWaits, ShadowNotBilled, MoreThanHeld (a credit note), DatedTooEarly,
    AccountsClosed, billing.documents.SnapshotRefused when the document could not be printed.
    """
    actor.require_vendor("finance")
    series = _series(actor, invoice, today)
    # Its fingerprint is frozen with the invoice; like the series it is there before the transaction begins.
    make_vendor_key(actor=actor, legal_entity=invoice.customer.legal_entity)
    with transaction.atomic(durable=True), acting(actor=actor, verb="finalize_invoice"):
        lock_contract(invoice.contract_id)
        locked = lock_invoice(invoice.pk)
        if locked.state == Invoice.State.FINALIZED:
            return locked
        fault_point("finalize.after_lock")
        snapshot = snapshot_to_freeze(invoice=locked, number=series.number_text(series.next_number), today=today)
        _freeze_periods(locked, now)
        record_event(invoice=locked, verb="finalized", actor=actor, at=now)
        for kind in MADE_AFTERWARDS:
            enqueue_job(
                key=f"{kind}:{locked.public_id}",
                kind=kind,
                args={"invoice_id": locked.pk},
                customer_id=locked.customer_id,
            )
        ask_to_announce(locked)
        fault_point("finalize.before_number")
        _stamp(locked, _draw(series), snapshot, actor=actor, now=now)
        fault_point("finalize.before_commit")
    fault_point("finalize.after_commit")
    return locked


def _series(actor: Actor, invoice: Invoice, today: date) -> InvoiceSeries:
    """The series of the customer's legal entity for today, opened before the transaction when it is the first."""
    entity, kind = invoice.customer.legal_entity, InvoiceSeries.Kind(invoice.kind)
    return series_for(actor=actor, legal_entity=entity, kind=kind, day=today)


def snapshot_to_freeze(*, invoice: Invoice, number: str, today: date) -> dict[str, Any]:
    """Return what would be frozen today under this number; nothing is written.

    Raises what finalize_invoice refuses a draft for: NothingToFinalize, DraftOutdated, TaxOutdated, AdjustmentWaits,
    ShadowNotBilled, TrueUpNotAccepted, MoreThanHeld, AccountsClosed, SnapshotRefused.
    """
    require_open(legal_entity=invoice.customer.legal_entity, day=today)
    settles = invoice.lines.filter(Q(true_up__isnull=False) | Q(credited_line__isnull=False))
    if not invoice.lines.exists() or not (invoice.billing_periods.exists() or settles.exists()):
        raise NothingToFinalize(f"The {invoice} has no lines; close its period again.")
    for period in invoice.billing_periods.select_related("count"):
        _refuse_outdated(invoice, period)
    require_live(invoice=invoice, today=today)
    require_approved(invoice)
    stale = invoice.lines.filter(true_up__isnull=False).exclude(true_up__state=TrueUp.State.ACCEPTED)
    if stale.exists():
        raise TrueUpNotAccepted(f"The {invoice} carries a true-up that is not accepted; redraft it.")
    if invoice.corrects is not None:
        require_held(invoice=invoice.corrects, amount=invoice.net_amount, is_final=True, without=invoice)
    if is_by_hand(invoice):
        require_as_planned(invoice)
    snapshot = invoice_snapshot(
        invoice=invoice, number=number, issue_date=today, due_date=invoice.due_when_issued(today)
    )
    require_current_tax(snapshot)
    check_snapshot(snapshot)
    return snapshot


def _refuse_outdated(invoice: Invoice, period: BillingPeriod) -> None:
    """Refuse a draft that was made from other evidence or under another version than those that count now."""
    contract, rated = invoice.contract, period.rated
    force = terms_in_force(contract=contract, period=period.span)
    is_newest = rated.count is None or is_current(
        count=rated.count, contract=contract, period=period.span, zone=period.zone
    )
    as_agreed = force.version.pk == rated.version.pk and schedule_document(force) == rated.rating.get("schedule", [])
    if not is_newest or not as_agreed:
        raise DraftOutdated(
            f"Reports or terms for {period.span.words(period.zone)} changed after the {invoice} was computed. "
            "Compute it again, look at the new draft, and finalize that.",
            row=invoice,
        )


def _freeze_periods(invoice: Invoice, now: datetime) -> None:
    """Mark the periods as invoiced. From now on a change of their facts is a true-up."""
    for period in BillingPeriod.objects.select_for_update().filter(invoice=invoice).order_by("pk"):
        require_move(PERIOD_MOVES, before=period.state, after=BillingPeriod.State.INVOICED, what=period)
        period.state, period.state_changed_at = BillingPeriod.State.INVOICED, now
        period.save()
    TrueUp.objects.filter(lines__invoice=invoice).update(invoice=invoice)
    bill_adjustments(invoice)
    # What was billed while a proposal of an earlier period was open may move with it.
    ask_to_settle_after_invoice(invoice=invoice)


def _draw(series: InvoiceSeries) -> _Drawn:
    """Take the next number. The row stays locked until the commit that follows at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_invoiceseries SET next_number = next_number + 1 WHERE id = %s RETURNING next_number - 1",
            [series.pk],
        )
        sequence: int = cursor.fetchone()[0]
    # A statement of its own: it must see what the transaction we waited for has committed.
    before = (
        Invoice.objects.filter(series=series, sequence=sequence - 1).values_list("chain_digest", "issue_date").first()
    )
    previous_digest, previous_date = before if before is not None else ("", None)
    return _Drawn(series=series, sequence=sequence, previous_digest=previous_digest, previous_date=previous_date)


def _stamp(invoice: Invoice, drawn: _Drawn, snapshot: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    """Write number, snapshot and chain into the row, which the database keeps as it is from then on."""
    issue_date = date.fromisoformat(snapshot["issue_date"])
    if drawn.previous_date is not None and issue_date < drawn.previous_date:
        raise DatedTooEarly(
            f"The document before this one is dated {drawn.previous_date}; {issue_date} would be earlier."
        )
    # Asked again: a close takes the series, too, so from the draw on it stands as it is until the commit.
    require_open(legal_entity=drawn.series.legal_entity, day=issue_date)
    invoice.state = Invoice.State.FINALIZED
    invoice.series, invoice.sequence = drawn.series, drawn.sequence
    invoice.number = drawn.series.number_text(drawn.sequence)
    invoice.issue_date, invoice.due_date = issue_date, date.fromisoformat(snapshot["due_date"])
    invoice.snapshot = snapshot | {"number": invoice.number}
    invoice.snapshot_digest = json_digest(invoice.snapshot)
    invoice.previous_digest = drawn.previous_digest
    invoice.chain_digest = chain_digest(previous=drawn.previous_digest, snapshot_digest=invoice.snapshot_digest)
    invoice.finalized_at, invoice.finalized_by = now, actor.name
    invoice.save()
