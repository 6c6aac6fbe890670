"""Charges that rest on no count: fixed amounts in advance, from the first day of a term to its last."""

from datetime import date, datetime
from typing import Any

import pytest

from billing.invariants.periods import periods_are_billed_once, ratings_repeat
from billing.models import BillingPeriod, Invoice
from billing.operations.bill_ahead import bill_ahead
from billing.operations.close_period import PeriodNotOver
from billing.operations.open_periods import open_periods
from billing.queries import month_lines
from billing.queries.run_plan import plan_run
from ground.models import Job
from rollcall.period import Period
from tests.billing.story import MARCH, Story, at, people, story_of, terms_json
from tests.cast import House

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))
PLAN = {"price": {"model": "fixed", "amount": "310.00"}, "bill": "in_advance", "in_part_periods": "reduced"}
PER_USER = {"metric": "active", "price": {"model": "per_user", "unit_price": "10.00"}}


def terms(**changes: Any) -> dict[str, Any]:
    return terms_json(charges={"plan": PLAN, "usage": PER_USER}, **changes)


def only_fixed(**changes: Any) -> dict[str, Any]:
    document = terms_json(charges={"plan": PLAN}, **changes)
    del document["metrics"]
    return document


def lines(invoice: Invoice | None) -> list[tuple[str, str, str]]:
    """The lines as (key, first day of the period, amount)."""
    assert invoice is not None
    return [
        (line.key, line.period.lower.isoformat(), f"{line.amount:.2f}") for line in invoice.lines.order_by("position")
    ]


def repeats() -> None:
    for check in (ratings_repeat(), periods_are_billed_once()):
        assert check.findings == []


@pytest.fixture
def mixed(committed_house: House) -> Story:
    """EUR 310.00 a month in advance and EUR 10.00 for each active user in arrears."""
    return story_of(committed_house, terms=terms())


def test_the_first_period_is_billed_on_its_first_day_and_the_next_with_the_usage_before_it(mixed: Story) -> None:
    first = mixed.close(JANUARY, now=at(1, 1, 12))
    assert lines(first.invoice) == [("plan/price", "2026-01-01", "310.00")]
    assert mixed.close(JANUARY, now=at(1, 5)).changed is False
    mixed.finalize(first, now=at(1, 5))

    mixed.deliver(people(7), JANUARY, now=at(2, 2))
    second = mixed.close(JANUARY, now=at(2, 3))
    assert lines(second.invoice) == [("usage/price", "2026-01-01", "70.00"), ("plan/price", "2026-02-01", "310.00")]
    assert mixed.close(JANUARY, now=at(2, 4)).changed is False
    mixed.finalize(second, now=at(2, 4), render=True)

    assert mixed.close(FEBRUARY, now=at(2, 5)).invoice == second.invoice, "it is on the invoice before"
    states = BillingPeriod.objects.filter(contract=mixed.contract).order_by("period", "charge_key")
    assert list(states.values_list("charge_key", "state", "is_counted", "is_in_advance")) == [
        ("plan", "invoiced", False, True),
        ("usage", "invoiced", True, False),
        ("plan", "invoiced", False, True),
        ("usage", "open", True, False),
    ]
    repeats()


def test_what_was_not_billed_on_its_first_day_comes_on_the_next_invoice(mixed: Story) -> None:
    mixed.deliver(people(7), JANUARY, now=at(2, 2))
    closing = mixed.close(JANUARY, now=at(2, 3))
    assert lines(closing.invoice) == [
        ("usage/price", "2026-01-01", "70.00"),
        ("plan/price", "2026-01-01", "310.00"),
        ("plan/price", "2026-02-01", "310.00"),
    ]
    repeats()


def test_a_held_month_lets_what_is_due_in_advance_wait_or_go_alone(mixed: Story) -> None:
    mixed.finalize(mixed.close(JANUARY, now=at(1, 2)), now=at(1, 2))
    held = mixed.close(JANUARY, now=at(2, 3))
    assert (held.state, held.held_code) == ("held", "no_reports")
    alone = mixed.close(FEBRUARY, now=at(2, 3))
    assert lines(alone.invoice) == [("plan/price", "2026-02-01", "310.00")]

    mixed.deliver(people(7), JANUARY, now=at(2, 4))
    late = mixed.close(JANUARY, now=at(2, 5))
    assert lines(late.invoice) == [("usage/price", "2026-01-01", "70.00")]
    assert alone.invoice != late.invoice
    repeats()


def test_a_draft_that_is_discarded_by_a_hold_frees_what_was_due_in_advance(mixed: Story) -> None:
    mixed.finalize(mixed.close(JANUARY, now=at(1, 2)), now=at(1, 2))
    mixed.deliver(people(7), JANUARY, now=at(2, 2))
    mixed.close(JANUARY, now=at(2, 3))
    mixed.deliver(people(9), JANUARY, now=at(2, 4), read=False)
    assert mixed.close(JANUARY, now=at(2, 5)).state == "held"
    free = BillingPeriod.objects.get(
        contract=mixed.contract, charge_key="plan", period=(date(2026, 2, 1), date(2026, 3, 1))
    )
    assert (free.state, free.invoice_id) == ("counted", None)


def test_a_period_of_usage_alone_is_not_closed_before_its_end(committed_house: House) -> None:
    story = story_of(committed_house, terms=terms_json(charges={"usage": PER_USER}))
    with pytest.raises(PeriodNotOver, match="can be closed from 2026-02-01 on"):
        story.close(JANUARY, now=at(1, 15))


def test_a_contract_of_fixed_amounts_needs_no_report_and_its_last_part_has_its_days(committed_house: House) -> None:
    part = only_fixed(term={"start": "2026-01-17", "end": "2026-02-15"})
    story = story_of(committed_house, terms=part)
    first = Period(date(2026, 1, 17), date(2026, 2, 1))
    last = Period(date(2026, 2, 1), date(2026, 2, 15))
    one = story.close(first, now=at(1, 17, 12))
    assert lines(one.invoice) == [("plan/price", "2026-01-17", "150.00")]
    story.finalize(one, now=at(1, 18), render=True)
    two = story.close(first, now=at(2, 1, 12))
    assert lines(two.invoice) == [("plan/price", "2026-02-01", "155.00")]
    story.finalize(two, now=at(2, 2))
    assert story.close(last, now=at(2, 16)).changed is False, "after the term nothing is due"
    repeats()


def test_a_floor_of_the_whole_contract_counts_what_was_billed_in_advance_for_the_same_month(
    committed_house: House,
) -> None:
    story = story_of(committed_house, terms=terms(limits={"floor": {"minimum_amount": "500.00"}}))
    story.finalize(story.close(MARCH, now=at(3, 1, 12)), now=at(3, 2))
    story.deliver(people(7), MARCH, now=at(4, 2))
    closing = story.close(MARCH, now=at(4, 3))
    assert lines(closing.invoice) == [
        ("usage/price", "2026-03-01", "70.00"),
        ("contract/floor", "2026-03-01", "120.00"),
        ("plan/price", "2026-04-01", "310.00"),
    ]
    repeats()


def test_the_closing_of_a_month_collects_its_usage_and_the_next_month_in_advance(committed_house: House) -> None:
    story = story_of(committed_house, terms=only_fixed())
    assert bill_ahead(contract=story.contract, asked_by="worker") == 0, "no period is open yet"
    open_periods(actor=story.finance, contract=story.contract, today=date(2026, 3, 2))
    assert left_out(story, JANUARY, now=at(2, 2)) == []
    story.finalize(story.close(JANUARY, now=at(2, 2)), now=at(2, 2))
    assert left_out(story, JANUARY, now=at(2, 3)) == ["invoiced already"]
    assert left_out(story, FEBRUARY, now=at(3, 2)) == []
    repeats()


def left_out(story: Story, month: Period, *, now: datetime) -> list[str]:
    """Why drafting a month would pass over the contract."""
    lines = [
        line for line in month_lines(actor=story.finance, month=month.start) if line.period.contract == story.contract
    ]
    assert len(lines) == 1
    plan = plan_run(actor=story.finance, kind="draft", month=month.start, lines=lines, now=now)
    return [part.left_out for part in plan.left_out]


def test_the_first_bill_in_advance_is_asked_for_once(committed_house: House) -> None:
    story = story_of(committed_house, terms=terms())
    from_open = story.close(JANUARY, now=at(1, 1, 12))
    assert from_open.state == "drafted"
    assert bill_ahead(contract=story.contract, asked_by="worker") == 0, "it is drafted already"
    assert not Job.objects.filter(kind="billing.close_period", args__contract_id=story.contract.pk).exists()
