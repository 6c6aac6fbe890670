"""A second file takes days from a first, and the work on it dies or fails: the retry ends where a calm run ends.

`tests/faults` kills a whole month, of one clean file, at every named point. What it does not meet is here: evidence of
a displaced report made again, rows that are put aside, and work that fails with an error instead of being killed, as
when a disk is full.
"""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections

from ground import faults
from ground.models import Job
from licenses.models import Contract, Instance
from licenses.operations.register_instance import register_instance
from licenses.queries import terms_at
from tests.cast import BUILDER, YEAR, House, sign_contract, terms_json
from tests.usage.sending import NOW, SEPTEMBER, Act, confirm, csv_of, receive, run_jobs, september
from usage.models import ActiveUserCount, EvidenceFile, Finding, ReportState, UsageReport
from usage.operations.count_period import count_period

# Killed where the second file has changed half of what it changes; failed where each kind of work writes.
FAULTS = [
    ("ingest.after_displaced_evidence", 1, "kill"),
    ("ingest.before_accept", 2, "kill"),
    ("ingest.before_accept_commit", 2, "kill"),
    ("ingest.after_accept", 2, "kill"),
    ("ingest.before_receive_commit", 1, "raise"),
    ("ingest.after_sniff", 1, "raise"),
    ("ingest.after_store_evidence", 1, "raise"),
    ("ingest.after_displaced_evidence", 1, "raise"),
    ("ingest.before_accept_commit", 2, "raise"),
    ("ingest.before_count_commit", 1, "raise"),
]
# A failure ends the client (3) or its job (1).
ENDS = {"kill": {-signal.SIGKILL}, "raise": {1, 3}}


def acts(user: str, *days: int) -> list[Act]:
    return [Act(user=user, at=f"2026-09-{day:02}T12:00:00Z") for day in days]


# The second file was made later and takes days 5 to 10 from the first; its broken row is a finding.
FILES = [
    (csv_of([*acts("ada", 1, 5, 9), *acts("bob", 6)]), september(1, 10), datetime(2026, 9, 11, tzinfo=UTC)),
    (csv_of([*acts("cleo", 5, 12), Act(user="dan", at="never")]), september(5, 20), datetime(2026, 9, 21, tzinfo=UTC)),
]


def ingest(instance_id: int) -> None:
    """Send both files and count, as a client and a worker do who know nothing of an earlier attempt."""
    instance = Instance.objects.select_related("contract").get(pk=instance_id)
    for content, covers, made in FILES:
        report = receive(instance, content).report
        run_jobs()
        report.refresh_from_db()
        if report.state == ReportState.NEEDS_CONFIRMATION:
            confirm(report, covers, generated_at=made)
        run_jobs()
    terms = terms_at(contract=instance.contract, day=SEPTEMBER.start)
    count_period(contract=instance.contract, metric_name="active", terms=terms, period=SEPTEMBER, now=NOW)


def outcome(instance_id: int) -> dict[str, Any]:
    """Everything that ingest leaves, without row numbers and random keys."""
    reports = UsageReport.objects.filter(instance=instance_id).order_by("covers")
    return {
        "reports": [
            (report.state, report.rows_read, report.rows_accepted, report.rows_quarantined, report.rows_not_owned,
             report.effects, report.finding_counts)
            for report in reports
        ],
        "findings": Finding.objects.filter(report__instance=instance_id).count(),
        "evidence": sorted(
            (file.report.sha256, file.spans_digest, file.rows)
            for file in EvidenceFile.objects.filter(report__instance=instance_id).select_related("report")
        ),
        "counts": [count.active_users for count in ActiveUserCount.objects.filter(contract__instances=instance_id)],
        "jobs": sorted(
            Job.objects.filter(customer_id=Instance.objects.get(pk=instance_id).customer_id, kind__startswith="usage.")
            .filter(args__report_id__in=[report.pk for report in reports])
            .values_list("kind", "state")
        ),
    }  # fmt: skip


def new_instance(house: House, number: str) -> int:
    contract: Contract = sign_contract(house.customer_a, number, terms_json(), YEAR)
    return register_instance(actor=BUILDER, contract=contract, name="Berlin-1", reports_from=YEAR.start).pk


def in_a_process_that_may_die(work: Callable[[], None]) -> int:
    """Run the work in a forked child; return the signal that ended it, or its exit status."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except faults.InjectedFault:
            status = 3
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    return -os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else os.waitstatus_to_exitcode(ended)


def time_passes() -> None:
    """Leases run out and pauses end, as they do for the sweeper."""
    Job.objects.filter(state=Job.State.RUNNING).update(state=Job.State.QUEUED, leased_until=None)
    Job.objects.update(run_after=None)


CALM: dict[str, Any] = {}


def calm_outcome(house: House) -> dict[str, Any]:
    """What a run without a fault leaves; made once, in the database of the first test that asks."""
    if not CALM:
        calm = new_instance(house, "K-calm")
        ingest(calm)
        CALM.update(outcome(calm))
    assert CALM["reports"][0][:5] == (ReportState.ACCEPTED, 4, 1, 0, 3)
    return CALM


@pytest.mark.parametrize(("point", "visit", "action"), FAULTS)
def test_a_fault_at_this_point_changes_nothing_in_the_end(
    committed_house: House, point: str, visit: int, action: str
) -> None:
    expected = calm_outcome(committed_house)
    instance_id = new_instance(committed_house, f"K-{visit}-{action}")

    def disturbed() -> None:
        faults.arm(point, visit=visit, action=action)
        ingest(instance_id)

    assert in_a_process_that_may_die(disturbed) in ENDS[action]
    time_passes()
    ingest(instance_id)
    assert outcome(instance_id) == expected
