"""A month goes out in bulk: dry run, run, and one sentence per contract about what became of it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from billing.models import BillingPeriod, BillingRun, BillingRunItem, Invoice
from billing.operations.cancel_billing_run import cancel_billing_run
from billing.operations.carry_out_run import carry_out_run
from billing.operations.close_period import close_period
from billing.operations.discard_draft import discard_draft
from billing.operations.open_periods import open_periods
from billing.operations.start_billing_run import NothingToRun, start_billing_run
from billing.queries import month_lines
from billing.queries.run_plan import plan_run
from ground.actor import NotAllowed
from ground.jobs import JobCancelled
from ground.models import Job
from ground.operations import run_job
from licenses.models import Contract
from licenses.operations.add_contract_version import add_contract_version
from rollcall.period import Period
from tests.billing.runs.fleet import APRIL_DAY, carried_out, done, fixed_terms, fleet, outcomes, plan_of, started
from tests.billing.story import APRIL, at
from tests.cast import House, sign_contract


def test_a_dry_run_says_how_many_how_much_and_what_is_left_out_and_writes_nothing(committed_house: House) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, ["100.00", "250.50"])
    dollars = fleet(committed_house, ["70.00"], currency="USD", prefix="K-USD")
    done(finance, "draft", only=[*fleet(committed_house, ["10.00"], prefix="K-LATE"), *dollars])
    before = Job.objects.count()

    drafting, finalizing = plan_of(finance, "draft"), plan_of(finance, "finalize")

    assert [part.contract_number for part in drafting.parts] == ["K-LATE-001", "K-RUN-001", "K-RUN-002", "K-USD-001"]
    assert (drafting.amounts, drafting.left_out) == ({}, ())
    assert finalizing.amounts == {"EUR": Decimal("10.00"), "USD": Decimal("70.00")}
    assert finalizing.reasons == [("not drafted yet", 2)]
    early = plan_of(finance, "draft", now=at(4, 30))
    assert (early.parts, early.reasons) == ((), [("not over yet", 4)])
    assert (Job.objects.count(), Invoice.objects.count()) == (before, 2)
    assert plan_of(finance, "finalize").digest == finalizing.digest != drafting.digest


def test_a_month_is_over_when_it_is_over_where_the_contract_bills(committed_house: House) -> None:
    """April ends in Berlin two hours before it ends in UTC, and not a second earlier."""
    finance = committed_house.finance.actor
    fleet(committed_house, ["100.00"])

    early = plan_of(finance, "draft", now=datetime(2026, 4, 30, 21, 59, 59, tzinfo=UTC))
    over = plan_of(finance, "draft", now=datetime(2026, 4, 30, 22, 0, tzinfo=UTC))

    assert early.reasons == [("not over yet", 1)]
    assert [part.contract_number for part in over.parts] == ["K-RUN-001"]


def test_a_month_is_drafted_and_finalized_with_a_sentence_per_contract(committed_house: House) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, ["100.00", "200.00", "300.00"])

    drafted = done(finance, "draft")
    assert outcomes(drafted) == [(f"K-RUN-{number:03}", "done", "drafted") for number in (1, 2, 3)]
    again = done(finance, "draft")
    assert {words for _, _, words in outcomes(again)} == {"the draft stands as it was"}
    final = done(finance, "finalize")

    assert outcomes(final) == [
        ("K-RUN-001", "done", "finalized as R-0001"),
        ("K-RUN-002", "done", "finalized as R-0002"),
        ("K-RUN-003", "done", "finalized as R-0003"),
    ]
    assert [item.amount for item in final.items.order_by("position")] == [Decimal(100), Decimal(200), Decimal(300)]
    assert set(Invoice.objects.values_list("state", "finalized_by")) == {("finalized", finance.name)}
    with pytest.raises(NothingToRun, match="3 finalized already"):
        started(finance, "finalize")


def test_what_is_held_or_has_no_bill_says_why_and_holds_up_nothing(committed_house: House) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, ["100.00"])
    house_a = committed_house.contract_a
    close_period(actor=finance, contract=house_a, period=APRIL, now=at(5, 3), today=date(2026, 5, 3))

    run = done(finance, "draft")

    assert outcomes(run)[1] == ("K-RUN-001", "done", "drafted")
    number, outcome, words = outcomes(run)[0]
    assert (number, outcome) == ("K-2026-001", "held")
    assert "report" in words
    assert plan_of(finance, "finalize").reasons == [("held: no report has arrived", 1)]


def test_the_same_token_is_the_same_run_and_starting_asks_for_one_job(committed_house: House) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, ["100.00"])
    plan = plan_of(finance, "draft")

    first = start_billing_run(actor=finance, plan=plan, token="one", now=at(5, 3))
    second = start_billing_run(actor=finance, plan=plan, token="one", now=at(5, 3))

    assert first == second
    assert Job.objects.filter(kind="billing.run").count() == 1
    finished = run_job(first.job_id)
    assert finished is not None
    assert (finished.state, finished.result) == ("succeeded", {"done": 1})
    assert (finished.progress_done, finished.progress_total) == (1, 1)


def test_a_draft_that_moved_since_the_dry_run_is_not_finalized_unseen(committed_house: House) -> None:
    finance = committed_house.finance.actor
    year = Period(date(2026, 1, 1), date(2027, 1, 1))
    old = sign_contract(committed_house.customer_a, "K-OLD", fixed_terms("100.00", start="2026-01-01"), year)
    open_periods(actor=finance, contract=old, today=date(2026, 5, 3))
    fleet(committed_house, ["200.00"])
    done(finance, "draft")
    run = started(finance, "finalize")
    amended, active = fixed_terms("120.00", start="2026-01-01"), Period(date(2026, 4, 1), date(2027, 1, 1))
    add_contract_version(actor=finance, contract=old, terms=amended, active=active, agreed_at=at(4, 1))
    close_period(actor=finance, contract=old, period=APRIL, now=at(5, 3), today=date(2026, 5, 3))

    carried_out(run)

    (_, outcome, words), other = outcomes(run)
    assert outcome == "refused"
    assert "100.00" in words
    assert "120.00" in words
    assert other == ("K-RUN-001", "done", "finalized as R-0001")


def test_a_draft_that_was_discarded_meanwhile_is_said_to_be_gone(committed_house: House) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, ["100.00"])
    done(finance, "draft")
    run = started(finance, "finalize")
    discard_draft(actor=finance, invoice=Invoice.objects.get(), reason="The order number is missing.", now=at(5, 3))

    carried_out(run)

    assert [(outcome, words[:18]) for _, outcome, words in outcomes(run)] == [("refused", "The draft is gone:")]
    client = Client()
    client.force_login(committed_house.finance.user)
    page = client.get(f"/admin/close/runs/{run.public_id}/").content.decode()
    assert f'<a href="/admin/contracts/{Contract.objects.get(number="K-RUN-001").public_id}/">' in page
    assert "/admin/invoices/" not in page.partition("Contract by contract")[2]


def test_a_stopped_run_ends_between_contracts_and_leaves_the_rest_as_it_was(committed_house: House) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, ["100.00", "200.00", "300.00", "400.00"])
    run = started(finance, "draft")
    told: list[tuple[int, int | None]] = []

    def progress(number: int, total: int | None, words: str) -> None:
        told.append((number, total))
        if number == 2:
            cancel_billing_run(actor=finance, run=run, now=at(5, 3))

    with pytest.raises(JobCancelled, match=finance.name):
        carry_out_run(run=run, now=lambda: at(5, 3), progress=progress)

    assert told == [(0, 4), (1, 4), (2, 4)]
    assert [outcome for _, outcome, _ in outcomes(run)] == ["done", "done", "waiting", "waiting"]
    states = BillingPeriod.objects.filter(contract__number__startswith="K-RUN", period=(APRIL.start, APRIL.end))
    assert list(states.order_by("contract__number").values_list("state", flat=True)) == [
        "drafted", "drafted", "open", "open",
    ]  # fmt: skip
    finished = run_job(run.job_id)
    assert finished is not None
    assert finished.state == "cancelled"
    assert [part.contract_number for part in plan_of(finance, "draft").parts[2:]] == ["K-RUN-003", "K-RUN-004"]


def test_who_may_start_and_stop_a_step(committed_house: House) -> None:
    finance, manager = committed_house.finance.actor, committed_house.account_manager.actor
    fleet(committed_house, ["100.00"])
    done(manager, "draft")
    run = started(finance, "finalize")

    for kind in ("finalize", "send"):
        with pytest.raises(NotAllowed, match="it takes finance"):
            plan_of(manager, kind)
    with pytest.raises(NotAllowed, match="it takes finance"):
        cancel_billing_run(actor=manager, run=run, now=at(5, 3))
    lines = month_lines(actor=finance, month=APRIL_DAY)
    with pytest.raises(NotAllowed):
        plan_run(actor=committed_house.customer_admin_a.actor, kind="draft", month=APRIL_DAY, lines=lines, now=at(5, 3))


def test_a_run_acts_with_the_rights_its_starter_has_now(committed_house: House) -> None:
    finance = committed_house.finance
    fleet(committed_house, ["100.00"])
    done(finance.actor, "draft")
    run = started(finance.actor, "finalize")
    type(finance.user).objects.filter(pk=finance.user.pk).update(vendor_role="account_manager")

    carried_out(run)

    assert [(outcome, "it takes finance" in words) for _, outcome, words in outcomes(run)] == [("refused", True)]
    assert Invoice.objects.get().state == "draft"


def test_an_outcome_is_written_once_and_a_run_never_changes(committed_house: House) -> None:
    fleet(committed_house, ["100.00"])
    run = done(committed_house.finance.actor, "draft")
    item = run.items.get()

    for change in (
        lambda: BillingRunItem.objects.filter(pk=item.pk).update(words="another"),
        lambda: BillingRunItem.objects.filter(pk=item.pk).delete(),
        lambda: BillingRun.objects.filter(pk=run.pk).update(kind="send"),
        lambda: BillingRun.objects.filter(pk=run.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    item.refresh_from_db()
    assert item.words == "drafted"
