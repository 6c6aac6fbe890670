"""As known then, as known now: whatever lies between is settled, credited, proposed or waived, to the cent."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from billing.invariants.as_known import then_and_now_agree
from billing.models import BillingPeriod, Difference, Invoice, TrueUp
from billing.operations.decide_true_up import decide_true_up
from billing.operations.look_for_differences import look_for_differences
from billing.operations.review_report import review_instance
from billing.queries.as_known import AsKnown, as_known, corrected, of_one_cause
from billing.rating import closed_quantities
from billing.terms_in_force import terms_in_force
from ground import clock
from ground.actor import NotAllowed
from ground.models import Job
from ground.portal_wall import portal_transaction
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, people, per_user, story_of, terms_json
from tests.billing.test_term_rerating import PEAK, bill, rules, settle_again
from tests.cast import House
from usage.operations.withdraw_report import withdraw_report


def known(story: Story, period: Period) -> AsKnown:
    invoice = story.row(period).invoice
    assert invoice is not None
    return as_known(actor=story.manager, invoice=Invoice.objects.get(pk=invoice.pk))


def sums(one: AsKnown) -> dict[str, str]:
    """What is not zero, by name."""
    amounts = {
        "then": one.then_amount,
        "now": one.now_amount,
        "settled": one.settled_amount,
        "credited": one.credited_amount,
        "open": one.open_amount,
        "waived": one.waived_amount,
        "ignored": one.ignored_amount,
        "unsaid": one.unsaid_amount,
    }
    return {name: f"{amount:.2f}" for name, amount in amounts.items() if amount}


def agrees() -> dict[str, int]:
    """The check finds nothing; return its figures."""
    result = then_and_now_agree()
    assert (result.findings, result.warnings) == ([], [])
    return result.figures


def waive(story: Story, true_up: TrueUp) -> None:
    decide_true_up(actor=story.manager, true_up=true_up, accept=False, reason="Goodwill for the outage.", now=at(7, 5))


def test_an_invoice_through_its_life(plain_story: Story) -> None:
    story = plain_story
    story.deliver(people(100), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    assert sums(known(story, APRIL)) == {"then": "2900.00", "now": "2900.00"}

    story.deliver(people(117), APRIL, now=at(5, 12))
    assert sums(known(story, APRIL)) == {"then": "2900.00", "now": "3393.00", "open": "493.00"}

    story.accept(TrueUp.objects.get(), now=at(5, 13))
    assert sums(known(story, APRIL)) == {"then": "2900.00", "now": "3393.00", "settled": "493.00"}
    assert known(story, APRIL).corrections == (), "no document carries it yet"

    story.deliver(people(120), MAY, now=at(6, 1))
    may = story.bill(MAY, now=at(6, 2))
    (line,) = known(story, APRIL).corrections
    assert (line.document.number, line.amount, line.is_true_up) == (may.number, Decimal("493.00"), True)
    # May's own invoice has the line of April; what it bills of May is as it was.
    assert sums(known(story, MAY)) == {"then": "3973.00", "now": "3973.00"}

    story.deliver(people(120), APRIL, now=at(7, 3))
    waive(story, TrueUp.objects.get(state="proposed"))
    later = known(story, APRIL)
    assert sums(later) == {"then": "2900.00", "now": "3480.00", "settled": "493.00", "waived": "87.00"}
    assert (later.billable_amount, later.difference_amount) == (Decimal("3393.00"), Decimal("580.00"))
    assert agrees() == {"invoices": 2, "true-ups": 2}


def test_what_is_too_small_to_settle_is_known_and_said(committed_house: House) -> None:
    terms = terms_json(charges=per_user("10.00"), true_up={"ignore_below": "25.00", "settle": "next_invoice"})
    story = story_of(committed_house, terms=terms)
    story.deliver(people(100), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    story.deliver(people(102), APRIL, now=at(5, 12))

    assert TrueUp.objects.count() == 0
    assert sums(known(story, APRIL)) == {"then": "1000.00", "now": "1020.00", "ignored": "20.00"}
    # Two more, and the whole difference is settled.
    story.deliver(people(104), APRIL, now=at(5, 13))
    assert sums(known(story, APRIL)) == {"then": "1000.00", "now": "1040.00", "open": "40.00"}
    agrees()


def test_what_comes_after_the_window_is_known_and_said(committed_house: House) -> None:
    terms = {**rules(metric=PEAK), "true_up": {"window_days": 30}}
    story = story_of(committed_house, terms=terms)
    bill(story, [100], months=[MARCH])
    # The window of March closes with April.
    story.deliver(people(120), MARCH, now=at(5, 1))

    assert TrueUp.objects.count() == 0
    assert sums(known(story, MARCH)) == {"then": "1000.00", "now": "1200.00", "ignored": "200.00"}
    # What is not settled of March is not taken off April either.
    assert bill(story, [150], months=[APRIL]) == [Decimal("500.00")]
    agrees()


def test_a_cause_that_moves_several_invoices_is_one_group(committed_house: House) -> None:
    story = story_of(committed_house, terms=rules(metric=PEAK))
    bill(story, [100, 150, 120])
    story.deliver(people(120), MARCH, now=at(7, 1))

    march = TrueUp.objects.get(billing_period=story.row(MARCH))
    group = of_one_cause(march)
    assert [(row.billing_period.span, row.difference_amount) for row in group] == [
        (MARCH, Decimal("200.00")),
        (APRIL, Decimal("-200.00")),
    ]
    assert march.cause_key.startswith("report:")
    assert {row.cause_key for row in group} == {march.cause_key}
    assert sums(known(story, APRIL)) == {"then": "500.00", "now": "300.00", "open": "-200.00"}
    assert agrees() == {"invoices": 3, "true-ups": 2}

    # What March waives, April does not get: its proposal goes when the term is rated again.
    waive(story, march)
    settle_again(story, MARCH)
    assert sums(known(story, MARCH)) == {"then": "1000.00", "now": "1200.00", "waived": "200.00"}
    assert sums(known(story, APRIL)) == {"then": "500.00", "now": "500.00"}
    agrees()


def test_a_bill_that_moved_without_a_proposal_is_found(plain_story: Story) -> None:
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    plain_story.deliver(people(117), APRIL, now=at(5, 12))
    agrees()

    TrueUp.objects.filter(state="proposed").update(state="superseded")

    # While a review is still to come, it is under way; when none is, somebody has to look.
    assert (len(then_and_now_agree().warnings), then_and_now_agree().findings) == (1, [])
    Job.objects.update(state=Job.State.CANCELLED)
    (finding,) = then_and_now_agree().findings
    assert "it came to 2900.00" in finding.replace("2900.0000", "2900.00")


def test_the_customer_reads_then_and_now_from_its_documents(
    plain_story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = plain_story
    story.deliver(people(100), APRIL, now=at(5, 1))
    april = story.bill(APRIL, now=at(5, 3))
    story.deliver(people(117), APRIL, now=at(5, 12))
    with pytest.raises(NotAllowed):
        as_known(actor=story.house.customer_admin_a.actor, invoice=april)
    with portal_transaction(story.house.customer_a.pk):
        assert corrected(invoice=Invoice.objects.get()).corrections == (), "what nobody decided is not a document"
    story.accept(TrueUp.objects.get(), now=at(5, 13))
    story.deliver(people(120), MAY, now=at(6, 1))
    may = story.bill(MAY, now=at(6, 2))

    with portal_transaction(story.house.customer_a.pk):
        then = corrected(invoice=Invoice.objects.get(pk=april.pk))
        assert (then.then_amount, then.now_amount, then.until) == (
            Decimal("2900.00"),
            Decimal("3393.00"),
            date(2026, 6, 2),
        )
    monkeypatch.setattr(clock, "now", lambda: at(6, 12))
    client = Client()
    client.force_login(story.house.customer_admin_a.user)
    text = client.get(f"/invoices/{april.public_id}/known/").content.decode()
    assert "3,393.00" in text
    assert may.number is not None
    assert may.number in text
    assert client.get(f"/admin/invoices/{april.public_id}/known/").status_code in (302, 403, 404)
    client.force_login(story.house.customer_admin_b.user)
    assert client.get(f"/invoices/{april.public_id}/known/").status_code == 404


def test_the_desk_shows_what_lies_between(plain_story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at(5, 20))
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    april = plain_story.bill(APRIL, now=at(5, 3))
    plain_story.deliver(people(117), APRIL, now=at(5, 12))
    client = Client()
    client.force_login(plain_story.house.account_manager.user)

    text = client.get(f"/admin/invoices/{april.public_id}/known/").content.decode()

    for said in ("2,900.00", "+493.00", "3,393.00", "Proposed, not decided"):
        assert said in text, said
    assert BillingPeriod.objects.filter(state="invoiced").count() == 1


def taken_back(house: House, *, window_days: int) -> Story:
    """100 users were billed, 50 accepted on 13 May; on 20 June the file that lowered them is taken back."""
    terms = terms_json(charges=per_user("10.00"), true_up={"window_days": window_days})
    story = story_of(house, terms=terms)
    story.deliver(people(100), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    lower = story.deliver(people(50), APRIL, now=at(5, 12))
    story.accept(TrueUp.objects.get(), now=at(5, 13))
    withdraw_report(actor=story.manager, report=lower, reason="It was of another product.", closed=(), now=at(6, 20))
    review_instance(instance_id=story.instance.pk, now=at(6, 20))
    return story


def test_what_takes_back_an_accepted_true_up_after_the_window_is_known_and_said(committed_house: House) -> None:
    story = taken_back(committed_house, window_days=30)

    assert [(row.state, row.difference_amount) for row in TrueUp.objects.all()] == [("accepted", Decimal("-500.00"))]
    assert sums(known(story, APRIL)) == {"then": "1000.00", "now": "1000.00", "settled": "-500.00", "ignored": "500.00"}
    agrees()
    look_for_differences(actor=story.manager, contract=story.contract, now=at(6, 21))
    (found,) = Difference.objects.filter(code="billed_against_counted", state="open")
    assert (found.users, found.amount) == (50, Decimal("500.00"))
    assert found.words == (
        "R-0001 settled 50 users, 100 are counted now. It came after 30 May 2026, the last day on which the contract "
        "settles such a change, so no true-up is proposed."
    )
    # What is not settled of April goes into no later rating either.
    terms_of_may = terms_in_force(contract=story.contract, period=MAY)
    settled = closed_quantities(contract=story.contract, force=terms_of_may, before=MAY)
    assert {span: one.quantities["active"]["users"] for span, one in settled.items()} == {APRIL: 50}


def test_what_takes_back_an_accepted_true_up_within_the_window_is_proposed(committed_house: House) -> None:
    story = taken_back(committed_house, window_days=60)

    assert sums(known(story, APRIL)) == {"then": "1000.00", "now": "1000.00", "settled": "-500.00", "open": "500.00"}
    agrees()
