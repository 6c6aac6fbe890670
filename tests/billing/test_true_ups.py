"""Facts that arrive after the bill: proposed, decided by a person, settled on one line."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.models import Invoice, InvoiceLine, TrueUp
from billing.operations.decide_true_up import ReasonUnprintable, decide_true_up
from billing.operations.discard_draft import ReasonMissing, discard_draft
from billing.queries import true_up_detail
from billing.state_moves import MoveRefused
from ground.actor import NotAllowed
from ground.models import Job
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, amounts_of, at, lines_of, people


def bill_april_then_deliver_late(story: Story, *, users: int = 100, late: int = 117) -> TrueUp:
    """April is billed with some users; a second export of April, made later, has more."""
    story.deliver(people(users), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    story.deliver(people(late), APRIL, now=at(5, 12))
    return TrueUp.objects.get(state="proposed")


def test_a_late_file_proposes_both_ratings_and_who_is_new(plain_story: Story) -> None:
    true_up = bill_april_then_deliver_late(plain_story)

    assert true_up.difference_amount == Decimal("493.00")
    assert (true_up.new_users, true_up.gone_users) == (17, 0)
    assert (true_up.before_rating["net_amount"], true_up.after_rating["net_amount"]) == ("2900.00", "3393.00")
    assert true_up.words == (
        "True-up of 1 to 30 Apr 2026 (Europe/Berlin), invoice R-0001: 100 active users then, 117 now (17 new, 0 gone). "
        "1 to 30 Apr 2026 was billed at EUR 2,900.00 and is rated again at EUR 3,393.00: EUR 493.00 more."
    )
    detail = true_up_detail(actor=plain_story.manager, public_id=true_up.public_id)
    assert [(pair.key, pair.difference_amount, pair.changed) for pair in detail.pairs] == [
        ("seats/price", Decimal("493.00"), True)
    ]
    assert sorted(person.user.name or "" for person in detail.people()) == people(17, first=101)
    assert plain_story.row(APRIL).invoice is not None
    assert amounts_of(plain_story.row(APRIL).invoice)[0] == Decimal("2900.00")


def test_the_next_draft_carries_exactly_one_line(plain_story: Story) -> None:
    true_up = bill_april_then_deliver_late(plain_story)
    plain_story.accept(true_up, now=at(5, 13))
    plain_story.deliver(people(120), MAY, now=at(6, 1))

    closing = plain_story.close(MAY, now=at(6, 2))

    assert lines_of(closing.invoice) == [("usage", "120", "29.00", "3480.00"), ("true_up", "1", "493.00", "493.00")]
    assert amounts_of(closing.invoice) == (Decimal("3973.00"), Decimal("754.87"), Decimal("4727.87"))
    assert closing.invoice is not None
    line = closing.invoice.lines.get(kind="true_up")
    assert line.words == f"{true_up.words} Reason: The tablets synchronized late."
    assert (line.period.lower, line.period.upper) == (APRIL.start, APRIL.end)
    invoice = plain_story.finalize(closing, now=at(6, 2))
    true_up.refresh_from_db()
    assert true_up.invoice_id == invoice.pk
    # The month after carries nothing of it any more.
    assert InvoiceLine.objects.filter(true_up=true_up).count() == 1


def test_a_difference_in_the_customers_favor_has_the_sign_in_its_quantity(plain_story: Story) -> None:
    true_up = bill_april_then_deliver_late(plain_story, users=100, late=90)
    assert (true_up.difference_amount, true_up.new_users, true_up.gone_users) == (Decimal("-290.00"), 0, 10)
    plain_story.accept(true_up, now=at(5, 13))
    plain_story.deliver(people(100), MAY, now=at(6, 1))

    closing = plain_story.close(MAY, now=at(6, 2))

    assert lines_of(closing.invoice)[1] == ("true_up", "-1", "290.00", "-290.00")
    assert amounts_of(closing.invoice)[0] == Decimal("2610.00")


def test_accepting_writes_the_line_into_a_draft_that_is_there(plain_story: Story) -> None:
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    plain_story.deliver(people(120), MAY, now=at(6, 1))
    plain_story.close(MAY, now=at(6, 2))
    plain_story.deliver(people(117), APRIL, now=at(6, 3))

    plain_story.accept(TrueUp.objects.get(), now=at(6, 4))

    job = Job.objects.get(kind="billing.close_period")
    assert job.args["start"] == "2026-05-01"
    again = plain_story.close(MAY, now=at(6, 4))
    assert lines_of(again.invoice)[1] == ("true_up", "1", "493.00", "493.00")


def test_a_waived_difference_stays_waived(plain_story: Story) -> None:
    true_up = bill_april_then_deliver_late(plain_story)

    waived = decide_true_up(
        actor=plain_story.manager, true_up=true_up, accept=False, reason="Goodwill for the outage.", now=at(5, 13)
    )

    assert (waived.state, waived.decided_by) == ("waived", "Amir Manders")
    plain_story.deliver(people(120), MAY, now=at(6, 1))
    assert lines_of(plain_story.close(MAY, now=at(6, 2)).invoice) == [("usage", "120", "29.00", "3480.00")]
    # Three more people later: only they are proposed, the waived 17 are not asked for again.
    plain_story.deliver(people(120), APRIL, now=at(6, 3))
    newer = TrueUp.objects.get(state="proposed")
    assert (newer.previous_id, newer.difference_amount, newer.new_users) == (waived.pk, Decimal("87.00"), 3)


def test_the_same_report_reviewed_again_proposes_nothing_new(plain_story: Story) -> None:
    true_up = bill_april_then_deliver_late(plain_story)
    report = plain_story.contract.usage_reports.order_by("pk").last()
    assert report is not None

    for _ in range(3):
        review = plain_story.review(report, now=at(5, 20))

    assert review.proposed == (true_up.public_id,)
    assert TrueUp.objects.count() == 1


def test_a_newer_proposal_supersedes_the_undecided_one(plain_story: Story) -> None:
    older = bill_april_then_deliver_late(plain_story)

    plain_story.deliver(people(130), APRIL, now=at(5, 15))

    older.refresh_from_db()
    newer = TrueUp.objects.get(state="proposed")
    assert older.state == "superseded"
    assert newer.difference_amount == Decimal("870.00")
    with pytest.raises(MoveRefused):
        plain_story.accept(older, now=at(5, 16))


def test_facts_that_return_to_what_was_billed_leave_nothing_to_decide(plain_story: Story) -> None:
    bill_april_then_deliver_late(plain_story)

    plain_story.deliver([*people(99), "user9999@aurel.example"], APRIL, now=at(5, 15))

    assert [true_up.state for true_up in TrueUp.objects.all()] == ["superseded"]


def test_late_people_below_the_floor_cost_nothing_and_ask_nobody(story: Story) -> None:
    story.deliver(people(320), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))

    story.deliver(people(330), APRIL, now=at(5, 12))

    assert TrueUp.objects.count() == 0


def test_the_order_of_late_files_does_not_matter(plain_story: Story) -> None:
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    # The export made first arrives last: it is not what the customer says now.
    plain_story.deliver(people(130), APRIL, now=at(5, 12), made_at=at(5, 11))
    plain_story.deliver(people(117), APRIL, now=at(5, 13), made_at=at(5, 10))

    assert TrueUp.objects.get(state="proposed").difference_amount == Decimal("870.00")


def test_a_late_file_that_touches_two_months_settles_each(plain_story: Story) -> None:
    plain_story.deliver(people(50), MARCH, now=at(4, 1))
    plain_story.bill(MARCH, now=at(4, 3))
    plain_story.deliver(people(60), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    both = [date(2026, 3, 31), date(2026, 4, 1)]

    plain_story.deliver(people(6, first=900), Period(both[0], date(2026, 4, 2)), now=at(5, 12), days=both)

    # Three people on each of the two days, instead of the one and the two who were reported for them before.
    proposed = {row.billing_period.span: row for row in TrueUp.objects.filter(state="proposed")}
    assert {span: (row.new_users, row.gone_users, row.difference_amount) for span, row in proposed.items()} == {
        MARCH: (3, 1, Decimal("58.00")),
        APRIL: (3, 2, Decimal("29.00")),
    }


def test_a_discarded_draft_frees_its_true_up_for_the_next(plain_story: Story) -> None:
    true_up = bill_april_then_deliver_late(plain_story)
    plain_story.accept(true_up, now=at(5, 13))
    plain_story.deliver(people(120), MAY, now=at(6, 1))
    draft = plain_story.close(MAY, now=at(6, 2)).invoice
    assert draft is not None

    discard_draft(actor=plain_story.finance, invoice=draft, reason="Wrong purchase order.", now=at(6, 3))

    assert plain_story.row(MAY).state == "counted"
    assert InvoiceLine.objects.filter(true_up=true_up).count() == 0
    assert lines_of(plain_story.close(MAY, now=at(6, 4)).invoice)[1] == ("true_up", "1", "493.00", "493.00")


def test_only_the_vendors_finance_and_account_managers_decide(plain_story: Story) -> None:
    true_up = bill_april_then_deliver_late(plain_story)
    house = plain_story.house

    for person in (house.customer_admin_a, house.customer_admin_b, house.stranger, house.vendor_admin):
        with pytest.raises(NotAllowed):
            decide_true_up(actor=person.actor, true_up=true_up, accept=True, reason="Because I say so.", now=at(5, 13))
    # The reason stands on the invoice, so it must say something, in letters that can be printed.
    for reason, refusal in (("ok", ReasonMissing), ("Late tablets \U0001f40b", ReasonUnprintable)):
        with pytest.raises(refusal):
            decide_true_up(actor=plain_story.manager, true_up=true_up, accept=True, reason=reason, now=at(5, 13))

    true_up.refresh_from_db()
    assert true_up.state == "proposed"


def test_a_decision_is_made_once(plain_story: Story) -> None:
    true_up = bill_april_then_deliver_late(plain_story)
    first = plain_story.accept(true_up, now=at(5, 13))

    again = plain_story.accept(true_up, now=at(5, 14), reason="Another reason entirely.")

    assert (again.reason, again.decided_at) == (first.reason, at(5, 13))
    with pytest.raises(MoveRefused):
        decide_true_up(
            actor=plain_story.finance,
            true_up=true_up,
            accept=False,
            reason="We changed our mind about it.",
            now=at(5, 15),
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        TrueUp.objects.filter(pk=true_up.pk).update(reason="Rewritten.")


def test_an_invoice_that_was_billed_never_changes(plain_story: Story) -> None:
    bill_april_then_deliver_late(plain_story)
    invoice = Invoice.objects.get(number="R-0001")
    before = (invoice.snapshot, invoice.snapshot_digest, lines_of(invoice))

    plain_story.deliver(people(300), APRIL, now=at(5, 20))

    invoice.refresh_from_db()
    assert (invoice.snapshot, invoice.snapshot_digest, lines_of(invoice)) == before
