"""A job is one keyed effect: asked for, delivered and run as often as you like, it happens once and always ends."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from ground.actor import Actor, NotAllowed
from ground.faults import InjectedFault
from ground.jobs import JobContext, LeaseLost
from ground.models import Job
from ground.operations import cancel_job, enqueue_job, run_job, sweep_jobs
from ground.operations.enqueue_due import enqueue_due
from ground.portal_wall import portal_transaction
from ground.wakeup import wake_up

WORKER = Actor.system("worker")


def ask(bench: dict[str, str], name: str = "one", kind: str = "labour.write_once", **args: Any) -> Job:
    return enqueue_job(key=f"{kind}:{name}", kind=kind, args={**bench, "name": name, **args})


@pytest.mark.django_db
def test_the_same_key_is_the_same_job(bench: dict[str, str]) -> None:
    first, second = ask(bench), ask(bench, seconds=9)
    assert (first.pk, Job.objects.count()) == (second.pk, 1)
    assert "seconds" not in second.args


@pytest.mark.django_db
def test_a_job_runs_once_however_often_it_is_woken_up(bench: dict[str, str], notes: Callable[[], list[str]]) -> None:
    asked = ask(bench)
    done = run_job(asked.pk)
    assert done is not None
    assert (done.state, done.result, done.attempts) == ("succeeded", {"made": True}, 1)
    assert run_job(asked.pk) is None
    assert notes() == ["one began", "one made"]


def test_four_workers_at_once_run_it_once(
    cloned_database: str, bench: dict[str, str], notes: Callable[[], list[str]]
) -> None:
    asked = ask(bench, seconds=0.3)
    barrier = threading.Barrier(4)
    ended: list[Job | None] = []

    def work() -> None:
        barrier.wait()
        ended.append(run_job(asked.pk))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [job.state for job in ended if job is not None] == ["succeeded"]
    assert notes() == ["one began", "one made"]


def test_eight_askers_at_once_make_one_job(cloned_database: str, bench: dict[str, str]) -> None:
    barrier = threading.Barrier(8)
    found: list[int] = []

    def work() -> None:
        barrier.wait()
        found.append(ask(bench).pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.django_db
def test_a_failing_job_is_tried_again_with_growing_pauses_and_then_given_up(
    bench: dict[str, str], notes: Callable[[], list[str]]
) -> None:
    asked = ask(bench, kind="labour.fail")
    pauses = []
    for _ in range(2):
        tried = run_job(asked.pk)
        assert tried is not None
        assert (tried.state, tried.error) == ("queued", "RuntimeError: the disk is full")
        assert tried.run_after is not None
        assert tried.started_at is not None
        pauses.append(round((tried.run_after - tried.started_at).total_seconds()))
        assert run_job(asked.pk) is None, "it is not due yet"
        Job.objects.update(run_after=Now())
    given_up = run_job(asked.pk)
    assert given_up is not None
    assert (given_up.state, given_up.attempts, pauses) == ("failed", 3, [5, 10])
    assert notes() == ["one failed"] * 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("labour.refuse", "This file is not a usage export."),
        ("labour.unheard_of", "No worker knows how to do 'labour.unheard_of'."),
    ],
)
def test_what_will_not_get_better_is_not_tried_again(bench: dict[str, str], kind: str, words: str) -> None:
    ended = run_job(ask(bench, kind=kind).pk)
    assert ended is not None
    assert (ended.state, ended.attempts, ended.error) == ("failed", 1, words)


@pytest.mark.django_db
def test_a_worker_that_died_is_replaced_and_one_that_dies_every_time_ends_the_job(bench: dict[str, str]) -> None:
    asked = ask(bench)
    died = {"state": "running", "lease_token": "dead", "leased_until": Now() - timedelta(seconds=1)}
    Job.objects.update(attempts=1, **died)
    taken = run_job(asked.pk)
    assert taken is not None
    assert (taken.state, taken.attempts) == ("succeeded", 2)
    Job.objects.update(attempts=5, finished_at=None, **died)
    ended = run_job(asked.pk)
    assert ended is not None
    assert (ended.state, ended.error) == ("failed", "Given up: its worker ended 5 times while doing it.")


@pytest.mark.django_db
def test_a_living_lease_is_respected(bench: dict[str, str]) -> None:
    asked = ask(bench)
    Job.objects.update(state="running", lease_token="alive", leased_until=Now() + timedelta(seconds=30), attempts=1)
    assert run_job(asked.pk) is None


def test_a_run_whose_lease_was_taken_over_writes_nothing(cloned_database: str, bench: dict[str, str]) -> None:
    asked = ask(bench, kind="labour.steps", steps=60)
    runs: list[Job | None] = []
    thread = threading.Thread(target=lambda: runs.append(run_job(asked.pk)))
    thread.start()
    while not Job.objects.filter(state="running", progress_done__gt=0).exists():
        pass
    Job.objects.update(lease_token="another worker", progress_done=7)
    thread.join()
    row = Job.objects.get()
    assert (row.state, row.lease_token, row.progress_done) == ("running", "another worker", 7)


def test_progress_shows_while_the_job_runs_and_cancelling_ends_it(cloned_database: str, bench: dict[str, str]) -> None:
    asked = ask(bench, kind="labour.steps", steps=400)
    thread = threading.Thread(target=run_job, args=(asked.pk,))
    thread.start()
    while not (seen := Job.objects.filter(progress_done__gt=0).first()):
        pass
    assert seen.progress_words == f"step {seen.progress_done} of 400"
    cancel_job(actor=WORKER, job=asked)
    thread.join(10)
    ended = Job.objects.get()
    assert ended.state == "cancelled"
    assert ended.progress_done < 400


@pytest.mark.django_db
def test_a_waiting_job_that_is_cancelled_never_starts(bench: dict[str, str], notes: Callable[[], list[str]]) -> None:
    asked = ask(bench)
    cancel_job(actor=WORKER, job=asked)
    ended = run_job(asked.pk)
    assert ended is not None
    assert (ended.state, notes()) == ("cancelled", [])


@pytest.mark.django_db
def test_only_those_who_may_see_a_job_may_cancel_it(bench: dict[str, str]) -> None:
    stranger = Actor(user_id=1, name="Stranger", customer_ids=frozenset({8}))
    theirs = enqueue_job(key="theirs", kind="labour.write_once", args=bench, customer_id=7)
    nobodys = ask(bench)
    for job in (theirs, nobodys):
        with pytest.raises(NotAllowed):
            cancel_job(actor=stranger, job=job)
    assert list(Job.objects.for_actor(stranger)) == []
    assert Job.objects.filter(cancel_asked=True).count() == 0


@pytest.mark.django_db
def test_the_portal_sees_asks_and_cancels_its_own_jobs_but_writes_no_result(bench: dict[str, str]) -> None:
    other = enqueue_job(key="other", kind="labour.write_once", args=bench, customer_id=8)
    with portal_transaction(7):
        mine = enqueue_job(key="mine", kind="labour.write_once", args=bench, customer_id=7)
        cancel_job(actor=Actor(user_id=1, name="Anna", customer_ids=frozenset({7})), job=mine)
        assert [job.key for job in Job.objects.all()] == ["mine"]
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            Job.objects.filter(pk=mine.pk).update(state="succeeded")
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            Job.objects.create(key="forged", kind="labour.write_once", customer_id=8)
    assert Job.objects.get(pk=mine.pk).cancel_asked
    assert not Job.objects.get(pk=other.pk).cancel_asked


@pytest.mark.django_db
def test_followers_are_asked_for_in_the_same_transaction(
    bench: dict[str, str], settings: Any, armed: Callable[..., None]
) -> None:
    settings.JOB_FOLLOWERS = {"labour.write_once": ("labour.refuse",)}
    asked = ask(bench)
    armed("job.before_commit", action="raise")
    again = run_job(asked.pk)
    assert again is not None
    assert (again.state, Job.objects.count()) == ("queued", 1), "success and follower are undone together"
    Job.objects.update(run_after=None)
    run_job(asked.pk)
    follower = Job.objects.get(kind="labour.refuse")
    assert (follower.key, follower.args) == ("labour.refuse:labour.write_once:one", asked.args)


@pytest.mark.django_db
@pytest.mark.parametrize("point", ["job.claimed", "job.handled", "job.before_commit"])
def test_a_fault_at_any_point_leaves_a_job_that_still_ends_with_one_effect(
    bench: dict[str, str], notes: Callable[[], list[str]], armed: Callable[..., None], point: str
) -> None:
    asked = ask(bench)
    armed(point, action="raise")
    try:
        run_job(asked.pk)
    except InjectedFault:
        Job.objects.update(leased_until=Now() - timedelta(seconds=1))
    Job.objects.update(run_after=None)
    ended = run_job(asked.pk)
    assert ended is not None
    assert ended.state == "succeeded"
    assert notes().count("one made") == 1


@pytest.mark.django_db
def test_the_sweeper_finds_what_waits_and_leaves_what_runs_is_over_or_comes_later(bench: dict[str, str]) -> None:
    rows = {name: ask(bench, name) for name in ("waiting", "running", "abandoned", "over", "later", "just woken up")}
    soon = Now() + timedelta(seconds=30)
    changes: dict[str, dict[str, Any]] = {
        "running": {"state": "running", "leased_until": soon},
        "abandoned": {"state": "running", "leased_until": Now() - timedelta(seconds=1)},
        "over": {"state": "succeeded"},
        "later": {"run_after": soon},
        "just woken up": {"sent_at": Now()},
    }
    for name, values in changes.items():
        Job.objects.filter(pk=rows[name].pk).update(**values)
    before = set(Job.objects.filter(sent_at=None).values_list("args__name", flat=True))
    assert sweep_jobs() == 2
    woken = before - set(Job.objects.filter(sent_at=None).values_list("args__name", flat=True))
    assert woken == {"waiting", "abandoned"}
    assert sweep_jobs() == 0, "a wake-up is given time to work"


@pytest.mark.django_db
def test_a_broker_that_is_away_loses_nothing(bench: dict[str, str], settings: Any, own_folders: Path) -> None:
    settings.JOB_RESEND_SECONDS = 0
    asked = ask(bench)
    messages = own_folders / "broker" / "messages"
    messages.rename(messages.with_name("away"))
    try:
        assert wake_up(asked.pk) is False
        assert sweep_jobs() == 1
    finally:
        messages.with_name("away").rename(messages)
    before = len(list(messages.iterdir()))
    assert sweep_jobs() == 1, "it is found again"
    assert len(list(messages.iterdir())) == before + 1


@pytest.mark.django_db
def test_recurring_work_is_asked_for_once_per_span(monkeypatch: Any) -> None:
    from ground import jobs

    kind = jobs.JobKind(name="labour.hourly", handler=lambda context: {}, max_attempts=1, every=timedelta(hours=1))
    monkeypatch.setitem(jobs._kinds, "labour.hourly", kind)
    moments = [datetime(2026, 9, 1, 10, minute, tzinfo=UTC) for minute in (0, 0, 59)]
    moments.append(datetime(2026, 9, 1, 13, 5, tzinfo=UTC))
    for moment in moments:
        enqueue_due(now=moment)
    keys = Job.objects.filter(kind="labour.hourly").order_by("id").values_list("key", flat=True)
    assert list(keys) == ["labour.hourly@2026-09-01T10:00:00Z", "labour.hourly@2026-09-01T13:00:00Z"]


def test_a_handler_hears_that_it_lost_its_lease() -> None:
    context = JobContext(args={}, job_id=1, key="one")
    context.check_cancelled()
    context.lease_lost.set()
    with pytest.raises(LeaseLost):
        context.progress(1, 2)
