"""Bundles of what the house can count, checked by the program that a customer runs: no false alarm for any kind."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Invoice
from billing.operations.decide_true_up import decide_true_up
from billing.operations.make_bundle import make_bundle
from ground.storage import stored_path
from licenses.operations.record_provisioned_count import record_provisioned_count
from rollcall.evidence import Verification, verify_bundle
from tests.billing.story import APRIL, MARCH, MAY, Story, at, people, per_user, story_of, terms_json
from tests.cast import House
from usage.operations.excuse_days import excuse_days

ANYTHING = {"actions": ["*"]}
DAYS = [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 20)]
METRICS: dict[str, dict[str, Any]] = {
    "peak": {"kind": "active_users", "definition": ANYTHING, "calculation": "max"},
    "peaks of instances": {
        "kind": "active_users",
        "definition": ANYTHING,
        "calculation": "max",
        "across_instances": "peak_then_sum",
    },
    "window": {"kind": "active_users", "definition": {**ANYTHING, "window": {"days": 30}}},
    "actions": {
        "kind": "action_quantity",
        "definition": ANYTHING,
        "measure": "count",
        "unit": "action",
        "units": "actions",
    },
    "excluded": {"kind": "active_users", "definition": {**ANYTHING, "excluded_users": ["*1@*", "*2"]}},
}


def checked(invoice: Invoice) -> Verification:
    """Make the bundle of an invoice and check it."""
    made = make_bundle(invoice_id=invoice.pk, now=at(5, 20))
    key = invoice.customer.legal_entity.keys.get().public_key
    found = verify_bundle(stored_path(made.storage_key, made.sha256), key=bytes(key))
    assert [one.words() for one in found.differences] == []
    return found


def told(committed_house: House, metric: dict[str, Any], **more: Any) -> Story:
    """A contract that bills ten euros for each of a metric."""
    return story_of(committed_house, terms=terms_json(metrics={"active": metric}, charges=per_user("10.00"), **more))


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_each_kind_of_activity(metric: dict[str, Any], committed_house: House) -> None:
    story = told(committed_house, metric)
    story.deliver(people(9), MARCH, now=at(4, 1), days=DAYS)
    assert checked(story.bill(MARCH, now=at(4, 2))).status == 0


def test_a_day_that_a_person_left_out_is_stated(committed_house: House) -> None:
    story = told(committed_house, METRICS["peak"])
    story.deliver(people(9), MARCH, now=at(4, 1), days=DAYS)
    excuse_days(actor=story.manager, contract=story.contract, days=DAYS[:1], reason="Load test", now=at(4, 1))
    found = checked(story.bill(MARCH, now=at(4, 2)))
    assert "Days that a person left out are as stated, with their reason in USAGE.json." in found.stated


def test_accounts_are_added_up_as_stated(committed_house: House) -> None:
    story = told(committed_house, {"kind": "provisioned_users", "calculation": "last"})
    record_provisioned_count(
        actor=story.manager, contract=story.contract, users=70, date=date(2026, 3, 31), source="user_list", now=at(4, 1)
    )
    found = checked(story.bill(MARCH, now=at(4, 2)))
    assert "The provisioned users are as stated: nobody's activity is behind them." in found.stated


def test_earlier_periods_are_stated_by_their_number(committed_house: House) -> None:
    mark = {"kind": "active_users", "definition": ANYTHING, "over_periods": {"rule": "high_water_mark"}}
    story = told(committed_house, mark, term={"start": "2026-03-01", "end": "2027-03-01"})
    story.deliver(people(9), MARCH, now=at(4, 1))
    story.deliver(people(4), APRIL, now=at(5, 1))
    story.bill(MARCH, now=at(4, 2))
    found = checked(story.bill(APRIL, now=at(5, 2)))
    assert any(one.startswith("The usage of 1 other period of the term is as stated") for one in found.stated)


@pytest.mark.parametrize("settled", [None, "50.00"])
def test_a_true_up_on_the_next_invoice(settled: str | None, plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    report = plain_story.deliver(people(14), APRIL, now=at(5, 12), review=False)
    plain_story.review(report, now=at(5, 12))
    decide_true_up(
        actor=plain_story.manager,
        true_up=plain_story.row(APRIL).true_ups.get(),
        accept=True,
        reason="The tablets synchronized late.",
        now=at(5, 13),
        settled_amount=None if settled is None else Decimal(settled),
        adjustment_reason="" if settled is None else "Agreed with their buyer by telephone",
    )
    plain_story.deliver(people(8), MAY, now=at(6, 1))
    found = checked(plain_story.bill(MAY, now=at(6, 3)))
    assert [step.what for step in found.steps[-4:]] == ["rating", "before", "after", "invoice"]
    told = "A true-up was settled at another amount than its difference, for the reason in RATED.json."
    assert (told in found.stated) is (settled is not None)
