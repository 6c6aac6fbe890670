"""The past under other terms: by how much the bill and the set of users would differ, user by user."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from billing.invariants import CHECKS
from billing.models import BillingPeriod, Invoice
from billing.operations.replay_contract import NothingToReplay, replay_contract
from billing.queries.replay import Replayed, read_replay
from ground.ids import new_public_id
from ground.models import Job
from ground.operations.enqueue_job import enqueue_job
from ground.operations.run_job import run_job
from rollcall.terms.contract import ContractTerms
from tests.billing.desk.conftest import words
from tests.billing.desk.test_agreeing import post
from tests.billing.story import APRIL, MARCH, Story, at, people, per_user, story_of, terms_json
from tests.cast import House
from usage.models import ActiveUserCount


@pytest.fixture
def told(committed_house: House) -> Story:
    """March with 10 and April with 30 users are billed at 29.00 each."""
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00")))
    story.deliver(people(10), MARCH, now=at(4, 1))
    story.bill(MARCH, now=at(4, 3))
    story.deliver(people(30), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    return story


def replayed(story: Story, periods: int = 3, **changes: Any) -> Replayed:
    """Replay as a worker does it."""
    terms = terms_json(**{"charges": per_user("29.00"), **changes})
    args = {"contract_id": story.contract.pk, "terms": terms, "periods": periods, "asked_by": "Amir Manders"}
    job = run_job(enqueue_job(key=f"billing.replay:{new_public_id()}", kind="billing.replay", args=args).pk)
    assert job is not None
    assert (job.state, job.error) == ("succeeded", "")
    return read_replay(job.result or {})


def definition(**more: Any) -> dict[str, Any]:
    return {"active": {"kind": "active_users", "definition": {"actions": ["*"], **more}}}


def test_another_price_changes_the_amount_and_no_user(told: Story) -> None:
    found = replayed(told, charges=per_user("20.00"))
    assert [(one.period, one.users_before, one.users_after) for one in found.periods] == [
        (MARCH, 10, 10),
        (APRIL, 30, 30),
    ]
    assert (f"{found.before:.2f}", f"{found.after:.2f}", f"{found.difference:.2f}") == ("1160.00", "800.00", "-360.00")
    assert all((one.new_users, one.gone_users) == (0, 0) for one in found.periods)
    assert found.is_complete


def test_another_definition_says_who_is_gone(told: Story) -> None:
    found = replayed(told, periods=1, metrics=definition(excluded_users=["user0001@*", "user0002@*"]))
    (april,) = found.periods
    assert (april.users_before, april.users_after, april.gone_users, april.new_users) == (30, 28, 2, 0)
    assert [(one.change, one.user.name) for one in april.people] == [
        ("gone", "user0001@aurel.example"),
        ("gone", "user0002@aurel.example"),
    ]
    assert f"{found.difference:.2f}" == "-58.00"


def test_a_clause_against_spikes_is_tried_on_the_past(told: Story) -> None:
    peaks = {"active": {**definition()["active"], "calculation": "all_but_highest_days", "highest_days": 1}}
    (march, april) = replayed(told, metrics=peaks).periods
    # Ten people spread over March, one a day; thirty over the thirty days of April.
    assert march.after is not None
    assert april.after is not None
    assert (f"{march.after:.2f}", f"{april.after:.2f}") == ("29.00", "29.00")


def test_another_cycle_compares_the_sums_of_the_same_days(told: Story) -> None:
    found = replayed(told, cycle={"unit": "month", "anchor": "2026-01-01", "length": 2})
    assert not found.is_complete
    assert [f"{one.period.start} {one.after}" for one in found.periods if one.after is not None] == [
        "2026-03-01 870.00"
    ]


def test_a_replay_leaves_every_bill_alone(told: Story) -> None:
    before = list(BillingPeriod.objects.order_by("pk").values_list("pk", "state", "rating_digest", "count"))
    invoices = list(Invoice.objects.order_by("pk").values_list("pk", "snapshot_digest"))
    replayed(told, charges=per_user("20.00"), metrics=definition(min_days=2))
    assert list(BillingPeriod.objects.order_by("pk").values_list("pk", "state", "rating_digest", "count")) == before
    assert list(Invoice.objects.order_by("pk").values_list("pk", "snapshot_digest")) == invoices
    assert [finding for check in CHECKS for finding in check().findings] == []


def test_nothing_to_compare_with_is_said(committed_house: House) -> None:
    with pytest.raises(NothingToReplay, match="No period of contract K-2026-001 was counted yet"):
        replay_contract(
            actor=committed_house.account_manager.actor,
            contract=committed_house.contract_a,
            terms=terms_json(),
            periods=3,
            now=at(5, 12),
        )


def test_the_desk_asks_and_a_worker_answers(told: Story, manager: Client) -> None:
    address = f"/admin/contracts/{told.contract.public_id}/replay/"
    answer = post(manager, address, terms_json(charges=per_user("20.00")), do="replay", periods="2")
    assert answer.status_code == 302
    waiting = words(manager.get(answer.headers["Location"]))
    assert "Waiting for a worker" in waiting
    job = run_job(Job.objects.get(kind="billing.replay").pk)
    assert job is not None
    assert (job.state, job.error) == ("succeeded", "")
    assert job.customer_id is None, "the portal never sees what was only tried"
    page = words(manager.get(answer.headers["Location"]))
    assert "360.00" in page
    assert "Each active user costs EUR 20.00" in page


def test_another_zone_counts_the_days_anew(told: Story) -> None:
    (april,) = replayed(told, periods=1, timezone="Europe/Lisbon").periods
    assert (april.users_before, april.users_after, april.difference) == (30, 30, Decimal(0))
    zones = {count.zone for count in ActiveUserCount.objects.filter(contract=told.contract)}
    assert zones == {"Europe/Berlin", "Europe/Lisbon"}


def test_terms_that_were_tried_are_carried_into_an_amendment(told: Story, manager: Client) -> None:
    tried = terms_json(charges=per_user("20.00"), metrics=definition(min_days=2))
    contract = f"/admin/contracts/{told.contract.public_id}"
    asked = post(manager, f"{contract}/replay/", tried, do="replay", periods="2")
    job = Job.objects.get(kind="billing.replay")
    run_job(job.pk)

    came_of_it = words(manager.get(asked.headers["Location"]))
    carried = f"{contract}/amend/?replay={job.public_id}"
    assert f'<a class="rc-btn" href="{carried}">Amend the contract to these terms</a>' in came_of_it
    page = words(manager.get(carried))
    assert "The form holds the terms that were tried on past months." in page
    assert 'name="charges.seats.price.unit_price" value="20.00"' in page
    assert 'name="metrics.active.definition.min_days" value="2"' in page
    assert "Each active user costs EUR 20.00" in page
    assert told.contract.versions.count() == 1, "nothing is agreed by looking"

    answer = post(manager, carried, tried, do="agree", first_day="2026-06-01", reason="As tried on March and April.")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{contract}/")
    version = told.contract.versions.order_by("number").last()
    assert version is not None
    assert (version.number, version.terms_digest) == (2, ContractTerms.from_json(job.args["terms"]).digest())


def test_a_replay_of_another_contract_is_not_carried(told: Story, manager: Client, committed_house: House) -> None:
    post(manager, f"/admin/contracts/{told.contract.public_id}/replay/", terms_json(), do="replay", periods="1")
    job = Job.objects.get(kind="billing.replay")
    other = committed_house.contract_a
    assert manager.get(f"/admin/contracts/{other.public_id}/amend/?replay={job.public_id}").status_code == 404
    assert manager.get(f"/admin/contracts/{told.contract.public_id}/amend/?replay=nothing").status_code == 404
