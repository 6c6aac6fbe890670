"""Twenty workers are killed at random moments while months are in flight; the books come out as if nobody had died.

With both brokers. The same course without the sweeper gets stuck, and goes on to its right end once a sweeper runs.
"""

import random
import time
from collections.abc import Callable

from django.db.models import Sum
from django.db.models.functions import Now

from ground.models import Job
from tests.cast import House
from tests.faults.month import UNFINISHED, Month, assert_books_are_whole, expected, new_month
from tests.workers import Start, kill, states, worker

KILLS, KILLS_OF_A_CAMPAIGN = 20, 100
MONTHS, MONTHS_AT_LEAST, MONTHS_WITHOUT_SWEEPER = 8, 3, 3
LONGEST_LIFE_SECONDS = 2.0
# A job whose worker died so often is given up by design; no job is hit so often here, however slow the machine.
LAST_ATTEMPT = 5
# Longer than a lease, a sweep and the start of a worker on a busy machine.
IDLE_SECONDS = 10
PATIENCE_SECONDS = 240
SEED = 20261107


class Office:
    """The people of several months, who do what is due again and again while workers come and go."""

    def __init__(self, house: House, months: int) -> None:
        self.house = house
        self.open: list[Month] = []
        self.done: list[Month] = []
        self.rests_when_done = True
        for _ in range(months):
            self.begin_another()

    def begin_another(self) -> None:
        """Every second month has a late file, so that true-ups are in flight too."""
        number = len(self.open) + len(self.done) + 1
        self.open.append(new_month(self.house, number, late=number % 2 == 0))

    def work(self) -> None:
        """Take one step in each month; while workers are still to be killed, never run out of months."""
        for month in list(self.open):
            if month.step():
                self.open.remove(month)
                self.done.append(month)
        while not self.rests_when_done and len(self.open) < MONTHS_AT_LEAST:
            self.begin_another()

    def is_over(self) -> bool:
        """Whether all months are done and no job is left."""
        return not self.open and not Job.objects.filter(state__in=UNFINISHED).exists()

    def says(self) -> str:
        """Where it stands, for a failure."""
        return f"{states()}; {[(month.contract.number, month.outcome()) for month in self.open]}"

    def work_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Keep working until the condition holds; False when it does not within so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return True
            self.work()
            time.sleep(0.05)
        return condition()

    def assert_all_is_as_if_nobody_died(self) -> None:
        for month in self.done:
            assert month.outcome() == expected(month), month.contract.number
        assert not self.open
        assert set(states()) == {"succeeded"}
        assert_books_are_whole(invoices=len(self.done))


def runs_begun() -> int:
    return Job.objects.aggregate(runs=Sum("attempts", default=0))["runs"]


def runs_now() -> set[str]:
    """The leases that are held, by the living or by the dead."""
    return set(Job.objects.filter(state=Job.State.RUNNING).values_list("lease_token", flat=True))


def no_last_attempt_runs() -> bool:
    return not Job.objects.filter(
        state=Job.State.RUNNING, attempts__gte=LAST_ATTEMPT - 1, leased_until__gt=Now()
    ).exists()


def live_and_die(office: Office, start: Start, seconds: float, patience: float) -> int | None:
    """Start a worker and kill it so long after it took its first job; return the runs hit, None if it took none."""
    before, victim = runs_begun(), worker(start)
    left_by_the_dead = runs_now()
    found_work = office.work_until(lambda: runs_begun() > before, patience)
    if found_work:
        office.work_until(lambda: False, seconds)
        assert office.work_until(no_last_attempt_runs, PATIENCE_SECONDS), states()
    kill(victim)
    return len(runs_now() - left_by_the_dead) if found_work else None


def test_twenty_killed_workers_lose_nothing_and_double_nothing(
    committed_house: House, broker: str, start: Start, figure: Callable[[str], None], campaign: bool
) -> None:
    chance, kills = random.Random(SEED), KILLS_OF_A_CAMPAIGN if campaign else KILLS
    office = Office(committed_house, MONTHS)
    office.rests_when_done = False
    start("manage.py", "sweeper")
    hits = []
    for number in range(kills):
        hit = live_and_die(office, start, chance.uniform(0.0, LONGEST_LIFE_SECONDS), PATIENCE_SECONDS)
        assert hit is not None, f"worker {number + 1} found nothing to do: {states()}"
        hits.append(hit)
    office.rests_when_done = True

    worker(start)
    assert office.work_until(office.is_over, PATIENCE_SECONDS), office.says()
    office.assert_all_is_as_if_nobody_died()
    hit_kills = sum(hit > 0 for hit in hits)
    assert hit_kills >= kills / 4, "too few kills hit a running job"
    figure(
        f"killed workers, {broker}: {kills} SIGKILLs, {hit_kills} of them hit {sum(hits)} running jobs, "
        f"{len(office.done)} months, {runs_begun()} runs of {Job.objects.count()} jobs, seed {SEED}; "
        "0 lost, 0 double, 0 gaps"
    )


def test_without_the_sweeper_the_same_course_gets_stuck(
    committed_house: House, broker: str, start: Start, figure: Callable[[str], None]
) -> None:
    chance = random.Random(SEED)
    office = Office(committed_house, MONTHS_WITHOUT_SWEEPER)
    kills = 0
    while live_and_die(office, start, chance.uniform(0.0, LONGEST_LIFE_SECONDS), IDLE_SECONDS) is not None:
        kills += 1
        assert kills < KILLS, f"workers still find work after {kills} of them were killed: {states()}"

    worker(start)
    assert not office.work_until(office.is_over, IDLE_SECONDS), "it came to its end without the sweeper"
    stuck = Job.objects.filter(state__in=UNFINISHED).count()
    assert stuck >= 1
    assert office.open
    figure(f"without the sweeper, {broker}: stuck after {kills} SIGKILLs, {stuck} jobs and {len(office.open)} months")

    start("manage.py", "sweeper")
    assert office.work_until(office.is_over, PATIENCE_SECONDS), office.says()
    office.assert_all_is_as_if_nobody_died()
