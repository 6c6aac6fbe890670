"""Customers take turns at the workers: nobody waits behind everything that another customer has sent."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from ground.models import Job
from ground.operations import enqueue_job, run_next_job
from ground.operations.run_next_job import next_job

pytestmark = pytest.mark.django_db

_LEASE = timedelta(minutes=1)


def ask(bench: dict[str, str], name: str, customer_id: int | None, **more: Any) -> Job:
    args = {**bench, "name": name}
    return enqueue_job(key=name, kind="labour.write_once", args=args, customer_id=customer_id, **more)


def run_all() -> list[str]:
    """Run until nothing is due; the keys in the order in which they ran."""
    order = []
    while (done := run_next_job()) is not None:
        order.append(done.key)
    return order


def test_customers_take_turns(bench: dict[str, str]) -> None:
    for name, customer in [("a1", 1), ("a2", 1), ("a3", 1), ("b1", 2), ("b2", 2), ("c1", 3), ("house", None)]:
        ask(bench, name, customer)
    assert run_all() == ["a1", "b1", "c1", "house", "a2", "b2", "a3"]


def test_who_comes_new_is_next(bench: dict[str, str]) -> None:
    for name in ("a1", "a2", "a3"):
        ask(bench, name, 1)
    first = run_next_job()
    ask(bench, "b1", 2)
    assert first is not None
    assert [first.key, *run_all()] == ["a1", "b1", "a2", "a3"]


def test_a_customer_has_no_more_running_than_its_share(bench: dict[str, str], settings: Any) -> None:
    for name in ("a1", "a2", "a3"):
        ask(bench, name, 1)
    Job.objects.filter(key="a1").update(state="running", started_at=Now(), leased_until=Now() + _LEASE)
    assert next_job() is None
    settings.JOB_MOST_PER_CUSTOMER = 2
    assert next_job() == Job.objects.get(key="a2").pk


def test_a_worker_that_died_holds_nobody_up(bench: dict[str, str]) -> None:
    for name in ("a1", "a2"):
        ask(bench, name, 1)
    Job.objects.filter(key="a1").update(state="running", started_at=Now(), leased_until=Now() - _LEASE)
    assert run_all() == ["a1", "a2"]


def test_work_of_no_customer_has_no_bound(bench: dict[str, str]) -> None:
    for name in ("one", "two"):
        ask(bench, name, None)
    Job.objects.filter(key="one").update(state="running", started_at=Now(), leased_until=Now() + _LEASE)
    assert next_job() == Job.objects.get(key="two").pk
