"""A missing day is a state, never a zero: what holds a period, and what lets it go on."""

from datetime import date

import pytest

from billing.models import BillingPeriod, Invoice, InvoiceEvent
from billing.operations.close_period import NoSuchPeriod, PeriodNotOver
from billing.operations.discard_draft import ReasonMissing
from billing.operations.release_period import release_period
from billing.operations.review_report import review_instance
from billing.queries.billed import billed_periods
from billing.state_moves import MoveRefused
from ground.actor import NotAllowed
from licenses.models import Instance
from rollcall.period import Period
from tests.billing.story import APRIL, MAY, Story, amounts_of, at, lines_of, people
from usage.operations.withdraw_report import withdraw_report

FIRST_HALF = Period(date(2026, 4, 1), date(2026, 4, 17))
SILENT = Period(date(2026, 4, 17), date(2026, 4, 20))
SECOND_HALF = Period(date(2026, 4, 20), date(2026, 5, 1))


def deliver_with_three_days_missing(story: Story) -> None:
    story.deliver(people(150), FIRST_HALF, now=at(5, 1))
    story.deliver(people(150, first=101), SECOND_HALF, now=at(5, 1))


def test_three_missing_days_hold_the_period_and_say_where(plain_story: Story) -> None:
    deliver_with_three_days_missing(plain_story)

    closing = plain_story.close(APRIL, now=at(5, 3))

    assert (closing.state, closing.held_code) == ("held", "days_missing")
    assert closing.held_words == "Days without a report, Hamburg-9: 17 to 19 Apr 2026 (3 days)."
    assert Invoice.objects.count() == 0
    assert not plain_story.close(APRIL, now=at(5, 4)).changed


def test_the_file_with_the_missing_days_releases_the_period(plain_story: Story) -> None:
    deliver_with_three_days_missing(plain_story)
    plain_story.close(APRIL, now=at(5, 3))

    plain_story.deliver(people(20, first=241), SILENT, now=at(5, 4))

    row = plain_story.row(APRIL)
    assert (row.state, row.held_code, row.held_words) == ("drafted", "", "")
    assert lines_of(row.invoice) == [("usage", "260", "29.00", "7540.00")]


def test_after_ten_days_the_contract_bills_what_is_known(plain_story: Story) -> None:
    deliver_with_three_days_missing(plain_story)
    assert plain_story.close(APRIL, now=at(5, 10)).state == "held"

    closing = plain_story.close(APRIL, now=at(5, 11))

    assert closing.state == "drafted"
    assert lines_of(closing.invoice) == [("usage", "250", "29.00", "7250.00")]


def test_a_person_may_release_missing_days_with_a_reason(plain_story: Story) -> None:
    deliver_with_three_days_missing(plain_story)
    plain_story.close(APRIL, now=at(5, 3))

    with pytest.raises(ReasonMissing):
        release_period(
            actor=plain_story.manager,
            contract=plain_story.contract,
            period=APRIL,
            reason=" ",
            now=at(5, 4),
            today=date(2026, 5, 4),
        )
    closing = release_period(
        actor=plain_story.manager,
        contract=plain_story.contract,
        period=APRIL,
        reason="The site was closed for three days.",
        now=at(5, 4),
        today=date(2026, 5, 4),
    )

    assert (closing.state, lines_of(closing.invoice)) == ("drafted", [("usage", "250", "29.00", "7250.00")])
    assert plain_story.row(APRIL).released == [
        {
            "code": "days_missing",
            "by": "Amir Manders",
            "reason": "The site was closed for three days.",
            "at": "2026-05-04T09:00:00+00:00",
        }
    ]


def test_nothing_reported_is_held_and_not_released_by_anybody(plain_story: Story) -> None:
    closing = plain_story.close(APRIL, now=at(5, 3))

    assert (closing.state, closing.held_code) == ("held", "no_reports")
    with pytest.raises(MoveRefused):
        release_period(
            actor=plain_story.finance,
            contract=plain_story.contract,
            period=APRIL,
            reason="They said that nobody worked.",
            now=at(5, 4),
            today=date(2026, 5, 4),
        )
    # Also when the gap rule's days of waiting are over: nothing is not zero.
    assert plain_story.close(APRIL, now=at(6, 1)).held_code == "no_reports"


def test_a_contract_without_an_instance_is_held(plain_story: Story) -> None:
    Instance.objects.filter(contract=plain_story.contract).update(reports_from=date(2027, 1, 1))

    assert plain_story.close(APRIL, now=at(5, 3)).held_code == "no_reports"


def test_a_file_that_waits_for_its_confirmation_holds_the_period(plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    plain_story.deliver(people(3, first=50), Period(date(2026, 4, 9), date(2026, 4, 12)), now=at(5, 2), read=False)

    closing = plain_story.close(APRIL, now=at(5, 3))

    assert (closing.state, closing.held_code) == ("held", "report_waiting")
    assert "2026-04-09.csv" in closing.held_words


def test_a_file_for_another_month_does_not_hold_this_one(plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(6, 1))
    plain_story.deliver(people(3), MAY, now=at(6, 2), read=False, days=[date(2026, 5, 12), date(2026, 5, 13)])

    assert plain_story.close(APRIL, now=at(6, 3)).state == "drafted"


def test_a_month_in_which_nobody_was_active_takes_a_word(plain_story: Story) -> None:
    outside = [date(2026, 5, 2)]
    plain_story.deliver(people(1), Period(date(2026, 4, 1), date(2026, 5, 3)), now=at(5, 4), days=outside)

    closing = plain_story.close(APRIL, now=at(5, 4))
    assert (closing.state, closing.held_code) == ("held", "nobody_active")

    released = release_period(
        actor=plain_story.finance,
        contract=plain_story.contract,
        period=APRIL,
        reason="The customer confirmed: the site was shut in April.",
        now=at(5, 5),
        today=date(2026, 5, 5),
    )
    assert lines_of(released.invoice) == [("usage", "0", "29.00", "0.00")]


def test_a_draft_whose_facts_are_in_doubt_again_is_discarded_and_held(plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 3)).invoice
    plain_story.deliver(people(3, first=50), Period(date(2026, 4, 9), date(2026, 4, 12)), now=at(5, 4), read=False)

    closing = plain_story.close(APRIL, now=at(5, 4))

    assert draft is not None
    assert (closing.state, closing.held_code) == ("held", "report_waiting")
    assert not Invoice.objects.filter(public_id=draft.public_id).exists()
    verbs = InvoiceEvent.objects.filter(invoice_public_id=draft.public_id).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["drafted", "discarded"]


def test_a_period_with_days_to_come_is_not_closed(plain_story: Story) -> None:
    with pytest.raises(PeriodNotOver):
        plain_story.close(APRIL, now=at(4, 30))


def test_days_that_are_no_billing_period_are_not_closed(plain_story: Story) -> None:
    with pytest.raises(NoSuchPeriod):
        plain_story.close(Period(date(2026, 4, 2), date(2026, 5, 1)), now=at(5, 3))


def test_customers_and_strangers_close_nothing(plain_story: Story) -> None:
    for person in (plain_story.house.customer_admin_a, plain_story.house.stranger, plain_story.house.vendor_admin):
        with pytest.raises(NotAllowed):
            plain_story.close(APRIL, now=at(5, 3), actor=person.actor)
    assert BillingPeriod.objects.count() == 0


def test_a_new_file_gives_an_open_period_its_estimate(plain_story: Story) -> None:
    plain_story.deliver(people(42), FIRST_HALF, now=at(4, 18))

    row = plain_story.row(APRIL)

    assert row.state == "open"
    assert row.count is not None
    assert row.count.active_users == 42
    plain_story.deliver(people(30, first=31), SILENT, now=at(4, 21))
    row.refresh_from_db()
    assert row.count.active_users == 60


def test_a_redraft_keeps_the_row_and_says_what_changed(plain_story: Story) -> None:
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    first = plain_story.close(APRIL, now=at(5, 2)).invoice
    assert first is not None

    plain_story.deliver(people(110), APRIL, now=at(5, 3))

    row = plain_story.row(APRIL)
    assert row.invoice_id == first.pk
    assert [f"{amount:.2f}" for amount in amounts_of(row.invoice)] == ["3190.00", "606.10", "3796.10"]
    events = InvoiceEvent.objects.filter(invoice_public_id=first.public_id).order_by("pk")
    assert [(event.verb, event.data) for event in events] == [
        ("drafted", {"net_amount": "2900.00"}),
        ("redrafted", {"net_amount": "3190.00", "net_amount_before": "2900.0000"}),
    ]


def test_a_withdrawn_report_takes_its_draft_with_it(plain_story: Story) -> None:
    report = plain_story.deliver(people(10), APRIL, now=at(5, 1))
    plain_story.close(APRIL, now=at(5, 2))

    withdraw_report(
        actor=plain_story.manager,
        report=report,
        reason="Of another product.",
        closed=list(billed_periods(contract=plain_story.contract)),
        now=at(5, 3),
    )
    review = review_instance(instance_id=plain_story.instance.pk, now=at(5, 3))

    assert review.closed_again == 1
    assert (plain_story.row(APRIL).held_code, Invoice.objects.count()) == ("no_reports", 0)
