"""From a confirmed file to evidence: what is read, what is refused, what a person is asked, and all of it once."""

from datetime import UTC, date, datetime

import pytest

from ground.models import Job
from ground.operations.run_job import run_job
from ground.storage import stored_path
from rollcall.formats.mapping import MappingRefused
from rollcall.period import Period
from tests.cast import House
from tests.usage.sending import NOW, SEPTEMBER, Act, confirm, csv_of, days, receive, run_jobs, send, september
from usage.models import EvidenceFile, Finding, Grade, ReportState, UsageReport
from usage.operations.confirm_report import MadeInTheFuture, NothingCovered, confirm_report
from usage.operations.decide_report import ReasonMissing, decide_report
from usage.operations.move_report import MOVES, MoveRefused, move_report
from usage.operations.read_report import read_report
from usage.operations.sniff_report import sniff_report
from usage.queries import proposal, report_of, reports_for, reports_waiting


def test_a_file_becomes_evidence(house: House) -> None:
    report = send(house.instance_a, days(["ada", "bob", "Ada "], [1, 2, 3]))
    assert report.state == ReportState.ACCEPTED
    assert (report.rows_read, report.rows_accepted, report.rows_quarantined) == (9, 9, 0)
    assert (report.rows_duplicate, report.rows_not_owned, report.users) == (0, 0, 2)
    evidence = EvidenceFile.objects.get()
    assert (evidence.zone, evidence.rows, evidence.users) == ("Europe/Berlin", 6, 2)
    assert (evidence.first_day, evidence.last_day) == (date(2026, 9, 1), date(2026, 9, 3))
    assert evidence.spans == [["2026-08-31T22:00:00Z", "2026-09-30T22:00:00Z"]]
    assert evidence.digest.startswith("sha256:")
    assert stored_path(evidence.storage_key, evidence.storage_sha256).stat().st_size > 0
    names = stored_path(evidence.names_key, evidence.names_sha256).read_text(encoding="utf-8")
    assert "ada" in names


def test_evidence_names_nobody(house: House) -> None:
    send(house.instance_a, days(["somebody.known@aurel.example"], [1]))
    evidence = EvidenceFile.objects.get()
    assert b"somebody" not in stored_path(evidence.storage_key, evidence.storage_sha256).read_bytes()


def test_what_was_seen_is_proposed(house: House) -> None:
    report = receive(house.instance_a, days(["ada"], [3, 4, 7])).report
    run_jobs()
    report.refresh_from_db()
    assert report.state == ReportState.NEEDS_CONFIRMATION
    proposed = proposal(report)
    assert proposed.covers == september(3, 7)
    assert proposed.zone == "Europe/Berlin"
    assert proposed.mapping is not None
    assert proposed.mapping["columns"]["user"] == "user_id"


def test_broken_rows_are_quarantined_by_line(house: House) -> None:
    content = csv_of([Act(user="ada", at="2026-09-01T12:00:00Z"), Act(user="bob", at="yesterday")])
    report = send(house.instance_a, content)
    assert report.state == ReportState.QUARANTINED
    assert (report.rows_read, report.rows_accepted, report.rows_quarantined) == (2, 1, 1)
    finding = Finding.objects.get()
    assert (finding.line, finding.column, finding.value) == (3, "occurred_at", "yesterday")
    assert report.finding_counts == {finding.code: 1}
    assert finding.message
    assert b"yesterday" in stored_path(report.findings_key, report.findings_sha256).read_bytes()


def test_at_most_a_thousand_findings_lie_in_the_database(house: House) -> None:
    good = [Act(user="ada", at="2026-09-01T12:00:00Z")] * 3000
    bad = [Act(user="bob", at="never")] * 1200
    report = send(house.instance_a, csv_of([*good, *bad]))
    assert report.rows_quarantined == 1200
    assert Finding.objects.count() == 1000
    assert sum(report.finding_counts.values()) == 1200


def test_a_file_that_is_no_export_is_rejected_with_words(house: House) -> None:
    report = receive(house.instance_a, b"%PDF-1.7 not an export").report
    run_jobs()
    report.refresh_from_db()
    assert report.state == ReportState.REJECTED
    assert report.refusal_message
    assert report.refusal_code


def test_a_missing_zone_is_a_question(house: House) -> None:
    report = receive(house.instance_a, csv_of([Act(user="ada", at="2026-09-01 12:00:00")])).report
    run_jobs()
    report.refresh_from_db()
    assert [question["code"] for question in report.questions] == ["zone.missing"]
    confirm(report)
    run_jobs()
    report.refresh_from_db()
    assert report.state == ReportState.NEEDS_CONFIRMATION
    assert [question["code"] for question in report.questions] == ["zone.missing"]
    confirm(report, source_timezone="Europe/Berlin")
    run_jobs()
    report.refresh_from_db()
    assert report.state == ReportState.ACCEPTED
    assert report.questions == []


def test_reading_again_changes_nothing(house: House) -> None:
    report = send(house.instance_a, days(["ada", "bob"], [1, 2]))
    before = UsageReport.objects.filter(pk=report.pk).values().get()
    evidence = list(EvidenceFile.objects.values())
    for job in Job.objects.filter(kind__startswith="usage."):
        Job.objects.filter(pk=job.pk).update(state="queued", attempts=0)
        ran = run_job(job.pk)
        assert ran is not None
        assert ran.state == "succeeded"
    read_report(report_id=report.pk, now=NOW)
    sniff_report(report_id=report.pk, now=NOW)
    assert UsageReport.objects.filter(pk=report.pk).values().get() == before
    assert list(EvidenceFile.objects.values()) == evidence


def test_what_cannot_be_confirmed_says_why(house: House) -> None:
    report = receive(house.instance_a, days(["ada"], [1])).report
    run_jobs()
    with pytest.raises(NothingCovered, match="has not begun"):
        confirm(report, Period(date(2026, 11, 1), date(2026, 12, 1)))
    with pytest.raises(MadeInTheFuture):
        confirm(report, generated_at=datetime(2026, 10, 2, tzinfo=UTC))
    with pytest.raises(MappingRefused, match="colour"):
        confirm_report(
            actor=house.customer_admin_a.actor,
            report=UsageReport.objects.get(),
            mapping={"colour": 1},
            source_timezone="",
            covers=SEPTEMBER,
            generated_at=None,
            now=NOW,
        )
    assert UsageReport.objects.get().state == ReportState.NEEDS_CONFIRMATION


def test_days_to_come_are_not_covered(house: House) -> None:
    report = receive(house.instance_a, days(["ada"], [1])).report
    run_jobs()
    confirm(report, Period(date(2026, 9, 1), date(2026, 11, 1)))
    assert UsageReport.objects.get().covers.upper == NOW


def test_confirming_twice_reads_once(house: House) -> None:
    report = receive(house.instance_a, days(["ada"], [1])).report
    run_jobs()
    report.refresh_from_db()
    confirm(report)
    with pytest.raises(MoveRefused, match="being read"):
        confirm(report)
    run_jobs()
    assert Job.objects.filter(kind="usage.read_report").count() == 1


def test_a_lower_grade_waits_for_the_account_manager(house: House) -> None:
    better = send(house.instance_a, days(["ada"], [1, 2]), september(1, 2))
    assert better.state == ReportState.ACCEPTED
    lower = receive(house.instance_a, days(["bob"], [2, 3])).report
    run_jobs()
    # The first came from the instance itself: only a report not yet counted can be told so.
    other = receive_graded(house, days(["cleo"], [2]), Grade.SIGNED)
    confirm(other, september(2, 2))
    run_jobs()
    confirm(lower, september(2, 3))
    lower.refresh_from_db()
    assert lower.state == ReportState.NEEDS_DECISION
    assert lower.waits_for_a_person
    assert "counts for more" in lower.questions[0]["message"]
    assert reports_waiting(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin") == [lower]
    with pytest.raises(ReasonMissing):
        decide_report(actor=house.account_manager.actor, report=lower, accept=True, reason=" ", now=NOW)
    decide_report(actor=house.account_manager.actor, report=lower, accept=True, reason="day 3 is theirs", now=NOW)
    run_jobs()
    lower.refresh_from_db()
    assert (lower.state, lower.rows_accepted, lower.rows_not_owned) == (ReportState.ACCEPTED, 1, 1)


def receive_graded(house: House, content: bytes, grade: Grade) -> UsageReport:
    from io import BytesIO

    from usage.operations.receive_report import receive_report

    report = receive_report(
        actor=house.finance.actor,
        instance=house.instance_a,
        file_name="signed.csv",
        stream=BytesIO(content),
        now=NOW,
        grade=grade,
    ).report
    run_jobs()
    return report


def test_every_state_has_its_moves_and_no_other_is_made(house: House) -> None:
    report = receive(house.instance_a, days(["ada"], [1])).report
    assert set(MOVES) == set(ReportState)
    for to in ReportState:
        if to in MOVES[ReportState.RECEIVED]:
            continue
        with pytest.raises(MoveRefused, match="is received"):
            move_report(report_id=report.pk, to=to)
    assert UsageReport.objects.get().state == ReportState.RECEIVED


def test_everyone_sees_their_own_reports(house: House) -> None:
    a = receive(house.instance_a, days(["ada"], [1])).report
    b = receive(house.instance_b, days(["bea"], [1])).report
    assert list(reports_for(house.customer_admin_a.actor)) == [a]
    assert list(reports_for(house.customer_admin_b.actor)) == [b]
    assert list(reports_for(house.stranger.actor)) == []
    assert set(reports_for(house.account_manager.actor)) == {a, b}
    with pytest.raises(UsageReport.DoesNotExist):
        report_of(house.customer_admin_a.actor, b.public_id)
