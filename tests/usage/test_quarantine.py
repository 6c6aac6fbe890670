"""Rows that were kept apart: refused above the contract's limit, waived with a reason, given back as tables."""

import csv
import io
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from ground.actor import NotAllowed
from ground.models import Job
from ground.operations.run_job import run_job
from ground.storage import open_stored, remove_stored
from licenses.operations.register_instance import register_instance
from rollcall.intake.findings import Finding
from rollcall.intake.result import ReadResult, RowCounts
from tests.cast import BUILDER, House, sign_contract, terms_json
from tests.usage.sending import NOW, SEPTEMBER, Act, csv_of, run_jobs, send
from usage.models import QuarantineWaiver, ReportState, UsageReport
from usage.operations.annotate_report import NotAnnotated
from usage.operations.decide_report import ReasonMissing
from usage.operations.order_table import order_table
from usage.operations.waive_rows import NothingToWaive, waive_rows
from usage.queries.quarantine import quarantine_of, reports_with_open_rows, too_much_quarantined
from usage.queries.tables import tables_of


def mixed(good: int, bad: int) -> bytes:
    """A file with so many good rows and so many whose time cannot be read."""
    acts = [Act(user=f"user{number}", at="2026-09-01T12:00:00Z") for number in range(good)]
    return csv_of([*acts, *(Act(user=f"late{number}", at="never") for number in range(bad))])


@pytest.fixture
def strict(house: House) -> House:
    """Customer A's instance, under a contract that takes a file with at most 5 % of quarantined rows."""
    contract = sign_contract(house.customer_a, "K-2026-009", terms_json(quarantine_limit="0.05"))
    instance = register_instance(actor=BUILDER, contract=contract, name="Strict-1", reports_from=SEPTEMBER.start)
    return replace(house, instance_a=instance)


@pytest.mark.parametrize(
    ("good", "bad", "state"), [(95, 5, "quarantined"), (94, 6, "rejected"), (19, 1, "quarantined")]
)
def test_the_contract_says_how_many_rows_may_fail(strict: House, good: int, bad: int, state: str) -> None:
    report = send(strict.instance_a, mixed(good, bad))

    assert report.state == state, report.refusal_message


def test_a_refusal_names_share_limit_and_the_first_rows_and_loses_nothing(strict: House) -> None:
    report = send(strict.instance_a, mixed(40, 10))

    assert report.refusal_code == "rows.above_limit"
    assert (
        "10 of 50 rows (20 %) cannot be counted; the contract takes a file with at most 5 %." in report.refusal_message
    )
    assert report.refusal_message.count("Line 4") == 3
    assert report.findings.count() == 10
    assert report.finding_counts == {"time.invalid": 10}
    order_table(actor=BUILDER, report=report, scope="failed", written_as="csv")
    (job,) = run_jobs()
    assert job.result["rows"] == 10
    with open_stored(report.storage_key, report.sha256) as raw:
        assert raw.read() == mixed(40, 10)


def test_half_of_the_rows_may_fail_where_nothing_is_agreed(house: House) -> None:
    assert send(house.instance_a, mixed(3, 3)).state == "quarantined"
    assert send(house.instance_b, mixed(3, 4)).state == "rejected"


def test_rows_of_nobody_are_not_held_against_the_file(strict: House) -> None:
    report = UsageReport(contract=strict.instance_a.contract, received_at=NOW)
    finding = Finding(file="x", line=9, column="user", code="user.empty", value="", message="There is no user.")

    def said(bad: int, nobody: int) -> str | None:
        result = ReadResult(
            outcome="quarantined",
            rows=RowCounts(read=100 + nobody, accepted=100 - bad, quarantined=bad + nobody),
            finding_counts={"user.nobody": nobody, "user.empty": bad},
            findings=(finding,),
        )
        return too_much_quarantined(report=report, result=result)

    assert said(5, 900) is None
    assert said(6, 900) == (
        "6 of 100 rows (6 %) cannot be counted; the contract takes a file with at most 5 %. Line 9: There is no user."
    )


def test_a_waiver_changes_no_count_and_the_report_waits_no_longer(committed_house: House) -> None:
    house = committed_house
    report = send(house.instance_a, mixed(8, 2))
    assert list(reports_with_open_rows(house.finance.actor)) == [report]
    assert quarantine_of(report).open_rows == 2

    waiver = waive_rows(actor=house.finance.actor, report=report, reason=" Test accounts. ", now=NOW)
    again = waive_rows(actor=house.finance.actor, report=report, reason="Another reason", now=NOW)

    report.refresh_from_db()
    assert (waiver.rows, waiver.reason, waiver.waived_by) == (2, "Test accounts.", str(house.finance.actor))
    assert again == waiver
    assert list(reports_with_open_rows(house.finance.actor)) == []
    assert quarantine_of(report).open_rows == 0
    assert (report.state, report.rows_quarantined, report.rows_accepted) == (ReportState.QUARANTINED, 2, 8)


def test_a_waiver_needs_the_vendor_a_reason_and_rows(committed_house: House) -> None:
    house = committed_house
    report, fine = send(house.instance_a, mixed(8, 2)), send(house.instance_b, mixed(8, 0))

    with pytest.raises(NotAllowed):
        waive_rows(actor=house.customer_admin_a.actor, report=report, reason="please", now=NOW)
    with pytest.raises(ReasonMissing):
        waive_rows(actor=house.finance.actor, report=report, reason="  ", now=NOW)
    with pytest.raises(NothingToWaive):
        waive_rows(actor=house.finance.actor, report=fine, reason="none", now=NOW)
    assert QuarantineWaiver.objects.count() == 0


@pytest.mark.parametrize(
    "statement", ["UPDATE usage_quarantinewaiver SET reason = 'x'", "DELETE FROM usage_quarantinewaiver"]
)
def test_a_waiver_never_changes(committed_house: House, statement: str) -> None:
    report = send(committed_house.instance_a, mixed(8, 2))
    waive_rows(actor=committed_house.finance.actor, report=report, reason="Test accounts.", now=NOW)

    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        connection.cursor().execute(statement)


def test_a_table_is_made_once_and_again_when_it_is_gone(house: House) -> None:
    report = send(house.instance_a, mixed(8, 2))

    first = order_table(actor=BUILDER, report=report, scope="whole", written_as="csv")
    assert order_table(actor=BUILDER, report=report, scope="whole", written_as="csv") == first
    run_job(first.pk)
    made = Job.objects.get(pk=first.pk).result
    rows = list(csv.DictReader(io.StringIO(open_stored(made["key"], made["sha256"]).read().decode("utf-8-sig"))))
    assert [row["user_id"] for row in rows] == [*(f"user{n}" for n in range(8)), "late0", "late1"]
    assert [row["_error_code"] for row in rows] == [""] * 8 + ["time.invalid"] * 2
    assert order_table(actor=BUILDER, report=report, scope="whole", written_as="csv").pk == first.pk
    remove_stored(made["key"])
    assert order_table(actor=BUILDER, report=report, scope="whole", written_as="csv").pk != first.pk


def test_no_table_is_made_of_a_file_without_findings_or_of_another_kind(house: House) -> None:
    fine, report = send(house.instance_a, mixed(8, 0)), send(house.instance_b, mixed(8, 2))

    for one, scope, written_as in ((fine, "whole", "csv"), (report, "half", "csv"), (report, "whole", "pdf")):
        with pytest.raises(NotAnnotated):
            order_table(actor=BUILDER, report=one, scope=scope, written_as=written_as)
    assert tables_of(fine) == []
    assert [table.rows for table in tables_of(report)] == [10, 10, 2, 2]
