"""Work that ends early leaves no report behind without a way on."""

import pytest

from ground.actor import NotAllowed
from ground.models import Job
from ground.operations.run_job import run_job
from ground.portal_wall import portal_transaction
from ground.storage import remove_stored
from tests.cast import House
from tests.usage.sending import NOW, SEPTEMBER, confirm, days, receive, run_jobs
from usage.models import ReportState, UsageReport
from usage.operations.move_report import MoveRefused
from usage.operations.settle_stuck_reports import settle_stuck_reports
from usage.operations.stop_reading import stop_reading
from usage.operations.withdraw_report import withdraw_report

CONTENT = days(["ada"], [1])


def confirmed(house: House) -> UsageReport:
    report = receive(house.instance_a, CONTENT).report
    run_jobs()
    return confirm(report)


def test_a_person_stops_the_reading_and_confirms_again(house: House) -> None:
    report = confirmed(house)
    with pytest.raises(NotAllowed):
        stop_reading(actor=house.customer_admin_b.actor, report=report, now=NOW)
    stopped = stop_reading(actor=house.customer_admin_a.actor, report=report, now=NOW)
    assert stopped.state == ReportState.NEEDS_CONFIRMATION
    assert stopped.questions[0]["code"] == "reading.stopped"
    job = run_job(Job.objects.get(kind="usage.read_report").pk)
    assert job is not None
    assert job.state == Job.State.CANCELLED
    with pytest.raises(MoveRefused):
        stop_reading(actor=house.customer_admin_a.actor, report=stopped, now=NOW)
    confirm(stopped)
    run_jobs()
    assert UsageReport.objects.get().state == ReportState.ACCEPTED


def test_a_reading_that_is_stopped_while_its_child_works_counts_nothing(house: House) -> None:
    report = confirmed(house)
    job = Job.objects.get(kind="usage.read_report")
    stop_reading(actor=house.customer_admin_a.actor, report=report, now=NOW)
    Job.objects.filter(pk=job.pk).update(cancel_asked=False)
    ran = run_job(job.pk)
    assert ran is not None
    assert ran.result == {"state": "needs_confirmation"}
    assert UsageReport.objects.get().rows_read is None


def test_a_report_whose_bytes_are_lost_waits_with_the_reason(house: House) -> None:
    report = confirmed(house)
    remove_stored(report.storage_key)
    job = run_job(Job.objects.get(kind="usage.read_report").pk)
    assert job is not None
    assert job.state == Job.State.FAILED
    assert UsageReport.objects.get().state == ReportState.READING
    assert settle_stuck_reports(now=NOW) == [report]
    report.refresh_from_db()
    assert report.state == ReportState.NEEDS_CONFIRMATION
    assert "is missing" in report.questions[0]["message"]
    assert settle_stuck_reports(now=NOW) == []


def test_a_file_that_was_never_looked_at_is_sent_again(house: House) -> None:
    report = receive(house.instance_a, CONTENT).report
    Job.objects.update(state=Job.State.FAILED, error="Given up.")
    settle_stuck_reports(now=NOW)
    report.refresh_from_db()
    assert report.state == ReportState.REJECTED
    assert "send it again" in report.refusal_message
    again = receive(house.instance_a, CONTENT)
    assert (again.already_received, again.report.state) == (False, ReportState.RECEIVED)
    run_jobs()
    assert UsageReport.objects.get().state == ReportState.NEEDS_CONFIRMATION


def test_the_portal_confirms_stops_and_withdraws_under_its_own_role(committed_house: House) -> None:
    actor = committed_house.customer_admin_a.actor
    customer_id = committed_house.customer_a.pk
    receive(committed_house.instance_a, CONTENT)
    run_jobs()
    with portal_transaction(customer_id):
        stop_reading(actor=actor, report=confirm(UsageReport.objects.get(), SEPTEMBER, actor=actor), now=NOW)
        confirm(UsageReport.objects.get(), SEPTEMBER, actor=actor)
    run_jobs_but_cancelled()
    assert UsageReport.objects.get().state == ReportState.ACCEPTED
    with portal_transaction(customer_id):
        withdraw_report(actor=actor, report=UsageReport.objects.get(), reason="wrong file", closed=[], now=NOW)
    run_jobs()
    report = UsageReport.objects.get()
    assert (report.state, report.withdrawn_by) == (ReportState.WITHDRAWN, "Anna Aurel")


def run_jobs_but_cancelled() -> None:
    for job in Job.objects.filter(state=Job.State.QUEUED, cancel_asked=True):
        run_job(job.pk)
    run_jobs()
