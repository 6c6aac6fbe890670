"""A worker may die at any point of ingest: nothing is lost or double, and the retry ends where a calm run ends.

Every point is passed three times with a fault: killed at its first and at its second visit, and failed at its first.
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

POINTS = [
    "ingest.after_stage",
    "ingest.after_store",
    "ingest.before_receive_commit",
    "ingest.after_receive_commit",
    "ingest.before_sniff",
    "ingest.after_sniff",
    "ingest.before_read",
    "ingest.after_child",
    "ingest.after_store_evidence",
    "ingest.after_displaced_evidence",
    "ingest.before_accept",
    "ingest.before_accept_commit",
    "ingest.after_accept",
    "ingest.after_count",
    "ingest.before_count_commit",
]
FAULTS = [(1, "kill"), (2, "kill"), (1, "raise")]
# A point that is visited once lets its second fault pass (0); a failure ends the client (3) or its job (1).
ENDS = {(1, "kill"): {-signal.SIGKILL}, (2, "kill"): {-signal.SIGKILL, 0}, (1, "raise"): {1, 3}}


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


@pytest.mark.parametrize("point", POINTS)
def test_a_fault_at_this_point_changes_nothing_in_the_end(committed_house: House, point: str) -> None:
    expected = calm_outcome(committed_house)
    for visit, action in FAULTS:
        instance_id = new_instance(committed_house, f"K-{visit}-{action}")

        def disturbed(instance_id: int = instance_id, visit: int = visit, action: str = action) -> None:
            faults.arm(point, visit=visit, action=action)
            ingest(instance_id)

        ended = in_a_process_that_may_die(disturbed)
        print(f"{point}, visit {visit}, {action}: ended {ended}")  # noqa: T201 - the list of faults is the evidence
        assert ended in ENDS[visit, action]
        time_passes()
        ingest(instance_id)
        assert outcome(instance_id) == expected
