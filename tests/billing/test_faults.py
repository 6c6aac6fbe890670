"""A failure at every named point of close, finalize, render and settle: tried again, the effect is one and whole."""

from collections.abc import Callable
from datetime import date

import pytest

from billing.invariants import CHECKS
from billing.models import Invoice, InvoiceDocument, InvoiceEvent, TrueUp
from billing.operations.discard_draft import discard_draft
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.render_document import render_document
from ground import faults
from ground.faults import InjectedFault
from ground.models import Job
from rollcall.period import Period
from tests.billing.story import APRIL, Story, at, people

Arm = Callable[..., None]

CLOSE = ("close.after_open", "close.after_count", "close.after_draft", "close.before_commit", "close.after_commit")
FINALIZE = ("finalize.after_lock", "finalize.before_number", "finalize.before_commit", "finalize.after_commit")
RENDER = ("render.before_store", "render.after_store", "render.before_commit", "render.after_commit")
TIMES = 3


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def failing(arm: Arm, point: str, call: Callable[[], object], *, visit: int = 1) -> None:
    """Let the point fail at this visit, and expect that it was reached."""
    arm(point, visit=visit)
    with pytest.raises(InjectedFault):
        call()
    faults.disarm()


def test_a_close_that_fails_at_any_point_closes_once(plain_story: Story, armed: Arm) -> None:
    plain_story.deliver(people(12), APRIL, now=at(5, 1))
    for point in CLOSE:
        for _ in range(TIMES):
            failing(armed, point, lambda: plain_story.close(APRIL, now=at(5, 3)))
        closing = plain_story.close(APRIL, now=at(5, 3))
        assert (closing.state, Invoice.objects.count()) == ("drafted", 1), point
        assert findings() == [], point
        assert closing.invoice is not None
        verbs = InvoiceEvent.objects.filter(invoice_public_id=closing.invoice.public_id).values_list("verb", flat=True)
        assert list(verbs) == ["drafted"], point
        discard_draft(actor=plain_story.finance, invoice=closing.invoice, reason="Once more.", now=at(5, 3))


def test_finalizing_and_rendering_that_fail_anywhere_leave_no_gap_and_one_original(
    plain_story: Story, armed: Arm
) -> None:
    for month, (finalize_point, render_point) in enumerate(zip(FINALIZE, RENDER, strict=True), start=1):
        period = Period(date(2026, month, 1), date(2026, month + 1, 1))
        plain_story.deliver(people(month), period, now=at(month + 1, 1))
        draft = plain_story.close(period, now=at(month + 1, 2)).invoice
        assert draft is not None

        def finalize(draft: Invoice = draft, month: int = month) -> Invoice:
            return finalize_invoice(
                actor=plain_story.finance, invoice=draft, now=at(month + 1, 3), today=date(2026, month + 1, 3)
            )

        failing(armed, finalize_point, finalize)
        invoice = finalize()
        assert (invoice.number, Invoice.objects.filter(state="finalized").count()) == (f"R-{month:04}", month)
        assert Job.objects.filter(kind="billing.render_document").count() == month

        def render(invoice: Invoice = invoice, month: int = month) -> list[InvoiceDocument]:
            return render_document(invoice_id=invoice.pk, now=at(month + 1, 3))

        failing(armed, render_point, render)
        # The second document of the same rendering.
        if render_point != "render.after_commit":
            failing(armed, render_point, render, visit=2)
        assert [document.kind for document in render()] == ["e_invoice", "evidence_csv", "pdf"]
        assert findings() == [], (finalize_point, render_point)


def test_a_proposal_and_a_decision_that_fail_are_made_once(plain_story: Story, armed: Arm) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3), render=True)
    report = plain_story.deliver(people(14), APRIL, now=at(5, 12), review=False)

    for point in ("true_up.before_propose", "review.after_period"):
        failing(armed, point, lambda: plain_story.review(report, now=at(5, 12)))
    plain_story.review(report, now=at(5, 12))
    true_up = TrueUp.objects.get()
    failing(armed, "true_up.before_commit", lambda: plain_story.accept(true_up, now=at(5, 13)))
    true_up.refresh_from_db()
    assert true_up.state == "proposed"
    plain_story.accept(true_up, now=at(5, 13))

    assert TrueUp.objects.get().state == "accepted"
    assert findings() == []
