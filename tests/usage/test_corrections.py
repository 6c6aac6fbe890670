"""Failed rows are corrected and sent again: they are added to the file, which counts once."""

import csv
import io
from datetime import timedelta

import pytest

from ground.models import Job
from ground.operations.run_job import run_job
from ground.storage import open_stored
from tests.cast import BUILDER, House
from tests.usage.sending import NOW, SEPTEMBER, Act, confirm, csv_of, run_jobs, send
from usage.models import UsageReport
from usage.operations.order_table import order_table
from usage.operations.send_correction import NothingToCorrect, send_correction
from usage.queries import current_evidence
from usage.queries.quarantine import reports_with_open_rows

FILE = csv_of(
    [
        Act(user="+49 170", at="2026-09-01T12:00:00Z"),
        Act(user="ada", at="2026-09-01T12:00:00Z"),
        Act(user="bob", at="never"),
        Act(user="", at="2026-09-02T12:00:00Z"),
    ]
)


def failed_rows(report: UsageReport) -> list[list[str]]:
    order_table(actor=BUILDER, report=report, scope="failed", written_as="csv")
    (job,) = run_jobs()
    with open_stored(job.result["key"], job.result["sha256"]) as file:
        return list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))


def as_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def merge(report: UsageReport, content: bytes) -> Job:
    correction = send_correction(actor=BUILDER, report=report, file_name="rows.csv", stream=io.BytesIO(content))
    run_job(correction.job.pk)
    return Job.objects.get(pk=correction.job.pk)


def test_corrected_rows_are_added_to_the_file(house: House) -> None:
    report = send(house.instance_a, FILE)
    assert (report.rows_accepted, report.rows_quarantined) == (2, 2)
    header, bob, _ = failed_rows(report)
    bob[header.index("occurred_at")] = "2026-09-02T12:00:00Z"

    job = merge(report, as_csv([header, bob]))

    assert job.state == Job.State.SUCCEEDED, job.error
    assert (job.result["rows"], job.result["replaced"]) == (4, 1)
    new = UsageReport.objects.get(public_id=job.result["report"])
    assert new.covers == report.covers
    run_jobs()
    confirm(new, generated_at=NOW - timedelta(hours=1))
    run_jobs()
    new.refresh_from_db()
    assert (new.rows_read, new.rows_accepted, new.rows_quarantined) == (4, 3, 1), new.refusal_message
    assert (new.finding_counts, new.users) == ({"user.empty": 1}, 3)
    files = current_evidence(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin").files
    assert [file.report_id for file in files] == [new.pk]
    assert list(reports_with_open_rows(house.finance.actor)) == [new]


def test_what_cannot_be_placed_is_said_and_nothing_changes(house: House) -> None:
    report = send(house.instance_a, FILE)
    header, bob, _ = failed_rows(report)
    bob[header.index("_line")] = "2"

    job = merge(report, as_csv([header, bob]))

    assert job.state == Job.State.FAILED
    assert "line 2 of usage.csv was not put aside" in job.error
    assert UsageReport.objects.count() == 1


def test_the_same_rows_are_merged_once_and_only_where_rows_failed(house: House) -> None:
    report, fine = (
        send(house.instance_a, FILE),
        send(house.instance_b, csv_of([Act(user="x", at="2026-09-01T12:00:00Z")])),
    )
    content = as_csv(failed_rows(report))

    assert merge(report, content).pk == merge(report, content).pk
    with pytest.raises(NothingToCorrect):
        send_correction(actor=BUILDER, report=fine, file_name="x.csv", stream=io.BytesIO(content))
