"""What the desk shows: the month, the work that waits, the figures of a year; and the jobs behind its buttons."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client

from billing.closing_jobs import ask_to_close
from billing.models import BillingPeriod, TrueUp
from billing.operations.adjust_draft import adjust_draft
from billing.operations.approve_adjustment import approve_adjustment
from billing.operations.set_go_live import set_go_live
from billing.queries import month_lines, month_totals, monthly_figures, work_today
from billing.queries.month_filter import shown_in
from billing.queries.month_steps import is_out, month_steps, sums_of
from billing.queries.run_plan import plan_run
from ground import clock
from ground.actor import NotAllowed
from ground.jobs import JobContext, job_kind
from ground.models import Job
from ground.operations import run_job
from tests.billing.story import APRIL, MARCH, Story, at, people, story_of


def lines(story: Story, month: date) -> dict[str, tuple[object, ...]]:
    return {
        line.contract_number: (line.state, line.active_users, line.change_percent, line.net_amount, line.is_outlier)
        for line in month_lines(actor=story.finance, month=month)
    }


def test_a_month_lists_every_contract_with_its_change_against_the_month_before(plain_story: Story) -> None:
    plain_story.deliver(people(100), MARCH, now=at(4, 1))
    plain_story.bill(MARCH, now=at(4, 3))
    plain_story.deliver(people(120), APRIL, now=at(5, 1))
    plain_story.close(APRIL, now=at(5, 2))

    assert lines(plain_story, date(2026, 3, 15)) == {"K-2026-009": ("invoiced", 100, None, Decimal("2900.00"), False)}
    assert lines(plain_story, date(2026, 4, 15)) == {
        "K-2026-009": ("drafted", 120, Decimal("20.0"), Decimal("3480.00"), True)
    }
    (total,) = month_totals(month_lines(actor=plain_story.finance, month=date(2026, 4, 1)))
    assert (total.state, total.contracts, total.active_users, total.amounts) == (
        "drafted",
        1,
        120,
        {"EUR": Decimal("3480.00")},
    )
    with pytest.raises(NotAllowed):
        month_lines(actor=plain_story.house.customer_admin_a.actor, month=date(2026, 4, 1))


def test_the_work_of_the_day_has_words_age_and_money(plain_story: Story) -> None:
    plain_story.deliver(people(100), MARCH, now=at(4, 1))
    plain_story.bill(MARCH, now=at(4, 3))
    plain_story.deliver(people(103), MARCH, now=at(4, 12))
    plain_story.close(APRIL, now=at(5, 2))

    work = [(item.kind, item.amount, item.currency, item.since) for item in work_today(actor=plain_story.manager)]

    assert work == [
        ("held", Decimal("2900.00"), "EUR", at(5, 2)),
        ("true_up", Decimal("87.00"), "EUR", at(4, 12)),
    ]
    assert work_today(actor=plain_story.manager)[1].words == TrueUp.objects.get().words


def test_twelve_months_of_figures_count_what_was_counted(plain_story: Story) -> None:
    plain_story.deliver(people(100), MARCH, now=at(4, 1))
    plain_story.bill(MARCH, now=at(4, 3))
    plain_story.close(APRIL, now=at(5, 2))

    figures = monthly_figures(actor=plain_story.finance, until=date(2026, 5, 2))

    assert figures[0].month == date(2025, 6, 1)
    march, april = (figure for figure in figures if figure.month in (date(2026, 3, 1), date(2026, 4, 1)))
    assert (march.active_users, march.amounts, march.contracts_counted) == (100, {"EUR": Decimal("2900.00")}, 1)
    assert (april.active_users, april.amounts, april.contracts, april.contracts_counted) == (0, {}, 1, 0)


def test_a_month_comes_to_what_its_documents_say(plain_story: Story) -> None:
    """April is rated 3,480.00; its document has a true-up of 87.00 for March and 58.00 less by hand."""
    plain_story.deliver(people(100), MARCH, now=at(4, 1))
    plain_story.bill(MARCH, now=at(4, 3))
    plain_story.deliver(people(103), MARCH, now=at(4, 12))
    plain_story.accept(TrueUp.objects.get(), now=at(4, 13))
    plain_story.deliver(people(120), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 2)).invoice
    assert draft is not None
    goodwill = "Two days of the outage in April are not charged."
    made = adjust_draft(
        actor=plain_story.manager, invoice=draft, amount=Decimal("-58.00"), reason=goodwill, now=at(5, 2)
    )
    approve_adjustment(actor=plain_story.finance, adjustment=made, now=at(5, 2))
    finance, month, billed = plain_story.finance, date(2026, 4, 1), {"EUR": Decimal("3509.00")}

    (line,) = month_lines(actor=finance, month=month)
    assert (line.net_amount, line.rated_amount) == (Decimal("3509.00"), Decimal("3480.00"))
    assert line.amount_change_percent == Decimal("20.0"), "what is compared are the ratings"
    (april,) = monthly_figures(actor=finance, until=date(2026, 4, 30), months=1)
    (total,) = month_totals([line])
    plan = plan_run(actor=finance, kind="finalize", month=month, lines=[line], now=at(5, 3))
    assert [sums_of([line]).amounts, april.amounts, total.amounts, plan.amounts] == [billed] * 4


def test_a_comparison_stands_in_no_sum_and_a_month_closes_without_it(
    plain_story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_go_live(
        actor=plain_story.finance,
        contract=plain_story.contract,
        live_from=APRIL.start,
        old_seat_price=Decimal("12.50"),
        old_seats=40,
        reason="The first months are compared with the seats.",
        now=at(3, 1),
    )
    plain_story.deliver(people(10), MARCH, now=at(4, 1))
    plain_story.close(MARCH, now=at(4, 3))
    billed = story_of(plain_story.house)
    billed.deliver(people(400), MARCH, now=at(4, 1))
    billed.bill(MARCH, now=at(4, 3))
    finance = plain_story.finance

    lines = month_lines(actor=finance, month=MARCH.start)
    assert {line.contract_number: line.net_amount for line in lines if line.is_shadow} == {"K-2026-009": Decimal(290)}
    (total,) = month_totals(lines)
    assert (total.state, total.contracts, total.amounts) == ("invoiced", 1, {"EUR": Decimal("11600.00")})
    sums = sums_of(lines)
    assert (sums.lines, sums.shadows, sums.users, sums.amounts) == (1, 1, 400, total.amounts)
    (march,) = monthly_figures(actor=finance, until=date(2026, 3, 31), months=1)
    assert (march.contracts, march.contracts_counted, march.amounts) == (1, 1, total.amounts)
    assert [step.words for step in month_steps(lines)][:4] == [
        "1 of 1 with a count", "1 of 1 drafted", "0 to look at, 0 held", "1 of 1 done",
    ]  # fmt: skip
    assert [shown_in(view, line) for view in ("person", "drafted", "ready") for line in lines] == [False] * 6
    assert not is_out(lines)
    sent = [replace(line, delivery="" if line.is_shadow else "sent") for line in lines]
    assert is_out(sent)
    assert not is_out([line for line in sent if line.is_shadow])

    monkeypatch.setattr(clock, "now", lambda: at(4, 12))
    client = Client()
    client.force_login(plain_story.house.finance.user)
    close, today = (
        re.sub(r"<[^>]+>|\s+|&nbsp;|\u00a0", " ", client.get(address).content.decode())
        for address in ("/admin/close/?month=2026-03", "/admin/")
    )
    assert "only compared until the go-live day, never billed, and in none of these sums" in " ".join(close.split())
    assert "1 contract to bill in this view: 400 active users, 11,600.00 EUR before tax" in " ".join(close.split())
    assert "March: 1 of 1 contract drafted, 11,600.00 EUR before tax" in " ".join(today.split())


def test_closing_is_one_job_however_often_it_is_asked_for_and_a_new_one_when_it_is_over(plain_story: Story) -> None:
    plain_story.deliver(people(30), APRIL, now=at(5, 1))

    def ask() -> Job:
        with transaction.atomic():
            return ask_to_close(contract=plain_story.contract, period=APRIL, asked_by=plain_story.finance.name)

    asked = ask()
    assert ask() == asked
    finished = run_job(asked.pk)
    assert finished is not None
    assert (finished.state, finished.result["state"]) == ("succeeded", "drafted"), finished.error
    # What is over may be asked for again: the facts may have changed.
    assert ask() != asked


def test_a_read_report_is_reviewed_by_the_job_behind_it(plain_story: Story) -> None:
    report = plain_story.deliver(people(7), APRIL, now=at(5, 1), review=False)

    context = JobContext(args={"report_id": report.pk}, job_id=0, key="test")
    result = job_kind("billing.review_report").handler(context)

    assert result == {"estimated": 1, "closed_again": 0, "proposed": [], "not_settled": []}
    assert plain_story.row(APRIL).state == "open"


def test_a_rendering_job_stores_the_documents(plain_story: Story) -> None:
    plain_story.deliver(people(7), APRIL, now=at(5, 1))
    invoice = plain_story.bill(APRIL, now=at(5, 3))

    finished = run_job(Job.objects.get(kind="billing.render_document").pk)

    assert finished is not None
    assert (finished.state, finished.result) == ("succeeded", {"documents": ["e_invoice", "evidence_csv", "pdf"]})
    assert invoice.documents.count() == 3


def test_periods_that_have_begun_are_opened_by_themselves(plain_story: Story) -> None:
    result = job_kind("billing.open_periods").handler(JobContext(args={}, job_id=0, key="test"))
    again = job_kind("billing.open_periods").handler(JobContext(args={}, job_id=0, key="test"))

    assert result is not None
    assert result["opened"] == BillingPeriod.objects.count() > 0
    assert again == {"opened": 0, "billed_ahead": 0}
