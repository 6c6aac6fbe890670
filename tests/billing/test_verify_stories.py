"""Bundles of what the house can count, checked by the program that a customer runs: no false alarm for any kind."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Invoice
from billing.operations.decide_true_up import decide_true_up
from billing.operations.make_bundle import make_bundle
from billing.operations.review_amendment import review_amendment
from ground.storage import stored_path
from licenses.models import Instance
from licenses.operations.record_provisioned_count import record_provisioned_count
from rollcall.evidence.findings import Verification
from rollcall.evidence.verify import verify_bundle
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, people, per_user, story_of, terms_json
from tests.billing.test_amended_terms import DEARER, MIDDLE, amend
from tests.billing.test_reported_counts import licence_file, month, send
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


BOUGHT = {"kind": "seats", "bought": [{"from": "2026-01-01", "seats": 5}, {"from": "2026-03-11", "seats": 6}]}
REPORTED = {"kind": "reported_users", "calculation": "max"}
SUPPORT = {"support": {"price": {"model": "fixed", "amount": "60.00"}}}


def test_seats_of_the_terms_are_rated_again_without_a_count(committed_house: House) -> None:
    story = told(committed_house, BOUGHT)
    found = checked(story.bill(MARCH, now=at(4, 2)))
    assert [step.detail for step in found.steps if step.what == "count"] == ["nothing is counted"]
    assert found.count_digests == ()


def test_seats_beside_people_whose_use_heads_the_invoice(committed_house: House) -> None:
    terms = terms_json(
        metrics={"active": METRICS["excluded"], "bought": BOUGHT},
        charges={
            "admins": {"metric": "bought", "price": {"model": "per_user", "unit_price": "8.00"}},
            **per_user("10.00", floor={"minimum_users": 12, "shortfall_priced_by": "tiers"}),
            **SUPPORT,
        },
    )
    story = story_of(committed_house, terms=terms)
    story.deliver(people(9), MARCH, now=at(4, 1))
    invoice = story.bill(MARCH, now=at(4, 2))
    assert (invoice.frozen["counts"]["active"], invoice.frozen["counts"]["billed"]) == (8, 12)
    assert len([step for step in checked(invoice).steps if step.what == "rating"]) == 3


@pytest.mark.parametrize("rule", ["next_cycle", "whole_cycle", "by_days"])
def test_a_month_with_two_versions(rule: str, committed_house: House) -> None:
    story = told(committed_house, METRICS["peak"], mid_cycle=rule)
    amend(story, MIDDLE, metrics={"active": METRICS["peak"]}, charges={**DEARER, **SUPPORT}, mid_cycle=rule)
    story.deliver(people(9), MARCH, now=at(4, 2), days=DAYS)
    story.deliver(people(9), APRIL, now=at(5, 2))
    checked(story.bill(MARCH, now=at(4, 3)))
    invoice = story.bill(APRIL, now=at(5, 3))
    assert "VERSIONS.json" in invoice.frozen["attachments"]
    checked(invoice)


def test_an_amendment_of_a_billed_month(committed_house: House) -> None:
    story = told(committed_house, METRICS["window"])
    story.deliver(people(9), APRIL, now=at(5, 2))
    story.bill(APRIL, now=at(5, 2))
    version = amend(story, date(2026, 4, 1), metrics={"active": METRICS["window"]}, charges=per_user("8.00"), month=5)
    review_amendment(version_id=version.pk, now=at(5, 4))
    story.accept(story.row(APRIL).true_ups.get(), now=at(5, 6))
    story.deliver(people(9), MAY, now=at(6, 2))
    found = checked(story.bill(MAY, now=at(6, 3)))
    assert [step.what for step in found.steps[-4:]] == ["rating", "before", "after", "invoice"]


@pytest.mark.parametrize("rule", ["zero", "prior_peak"])
def test_reported_users_of_two_instances_with_a_day_that_is_missing(rule: str, committed_house: House) -> None:
    story = told(committed_house, REPORTED, gap_rule={"rule": rule})
    second = Instance.objects.create(
        customer=story.house.customer_a, contract=story.contract, name="Kiel-2", reports_from=date(2026, 3, 1)
    )
    record_provisioned_count(
        actor=story.manager, contract=story.contract, users=70, date=date(2026, 3, 31), source="user_list", now=at(4, 1)
    )
    for days, now, gap in ((MARCH, at(4, 1), {}), (APRIL, at(5, 1), {"d17": None})):
        send(story, licence_file(month(days, **gap)), covers=days, now=now)
        send(story, licence_file(month(days, d12=10)), covers=days, now=now, name="kiel.csv", instance=second)
        invoice = story.bill(days, now=now.replace(day=2))
        assert invoice.frozen["counts"]["provisioned"]["users"] == 70
        found = checked(invoice)
        assert "The reported users are as stated: nobody's activity is behind them." in found.stated
    assert [entry["days"] for entry in invoice.frozen["missing_days"]] == [["2026-04-17"]]


def test_an_estimate_is_billed_besides_those_who_were_counted(committed_house: House) -> None:
    story = told(committed_house, METRICS["excluded"], gap_rule={"rule": "prior_period"})
    story.deliver(people(30), MARCH, now=at(4, 1))
    story.deliver(people(20), Period(APRIL.start, date(2026, 4, 28)), now=at(5, 1))
    story.bill(MARCH, now=at(4, 2))
    invoice = story.bill(APRIL, now=at(5, 2))
    assert invoice.frozen["counts"]["billed"] > invoice.frozen["counts"]["billable"]
    checked(invoice)


def test_limits_of_the_whole_contract_and_a_charge_of_accounts(committed_house: House) -> None:
    terms = terms_json(
        metrics={"active": METRICS["peak"], "accounts": {"kind": "provisioned_users", "calculation": "max"}},
        charges={
            "accounts": {"metric": "accounts", "price": {"model": "per_user", "unit_price": "2.00"}},
            **per_user("10.00"),
        },
        limits={"cap": {"amount": "150.00", "per": "cycle"}},
    )
    story = story_of(committed_house, terms=terms)
    record_provisioned_count(
        actor=story.manager, contract=story.contract, users=70, date=date(2026, 3, 1), source="user_list", now=at(4, 1)
    )
    story.deliver(people(9), MARCH, now=at(4, 1), days=DAYS)
    invoice = story.bill(MARCH, now=at(4, 2))
    assert invoice.frozen["totals"]["net"] == "150.00"
    assert len(checked(invoice).count_digests) == 2


def test_a_part_of_a_month_with_floor_and_included_users(committed_house: House) -> None:
    reduced = {"minimum_users": 20, "shortfall_priced_by": "tiers", "in_part_periods": "reduced"}
    story = story_of(
        committed_house,
        terms=terms_json(
            metrics={"active": METRICS["excluded"]},
            charges=per_user("10.00", floor=reduced, in_part_periods="reduced"),
            term={"start": "2026-03-11", "end": "2027-03-11"},
        ),
    )
    part = Period(date(2026, 3, 11), date(2026, 4, 1))
    story.deliver(people(9), part, now=at(4, 1))
    invoice = story.bill(part, now=at(4, 2))
    assert invoice.frozen["counts"]["billed"] == 14
    checked(invoice)
