"""Overlapping reports: who owns an instant never depends on which file came first."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from licenses.queries import terms_at
from tests.cast import House
from tests.usage.sending import NOW, SEPTEMBER, days, run_jobs, send, september
from usage.models import EvidenceFile, ReportState, UsageReport
from usage.operations.count_period import count_period
from usage.operations.withdraw_report import PeriodClosed, withdraw_report
from usage.queries import current_evidence, owned_by_report

FILES = [
    ("first half", days(["ada", "bob"], range(1, 16)), september(1, 15), datetime(2026, 9, 16, tzinfo=UTC)),
    ("middle, corrected", days(["ada", "cleo"], range(10, 21)), september(10, 20), datetime(2026, 9, 21, tzinfo=UTC)),
    ("rest", days(["dan"], range(16, 31)), september(16, 30), datetime(2026, 9, 20, tzinfo=UTC)),
]


def active_users(house: House) -> int:
    terms = terms_at(contract=house.contract_a, day=SEPTEMBER.start)
    count = count_period(contract=house.contract_a, metric_name="active", terms=terms, period=SEPTEMBER, now=NOW)
    return count.active_users


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_files_in_any_order_give_the_same_count(house: House, order: tuple[int, ...]) -> None:
    for place in order:
        name, content, covers, made = FILES[place]
        assert send(house.instance_a, content, covers, name=name, generated_at=made).state == ReportState.ACCEPTED
    assert active_users(house) == 4
    evidence = current_evidence(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin")
    assert evidence.is_complete
    assert {file.report.file_name: file.spans for file in evidence.files} == {
        "first half": [["2026-08-31T22:00:00Z", "2026-09-09T22:00:00Z"]],
        "middle, corrected": [["2026-09-09T22:00:00Z", "2026-09-20T22:00:00Z"]],
        "rest": [["2026-09-20T22:00:00Z", "2026-09-30T22:00:00Z"]],
    }
    rows = {
        report.file_name: (report.rows_read, report.rows_accepted, report.rows_not_owned)
        for report in UsageReport.objects.all()
    }
    assert rows == {"first half": (30, 18, 12), "middle, corrected": (22, 22, 0), "rest": (15, 10, 5)}


def test_a_displaced_report_keeps_its_old_evidence_and_gets_new(house: House) -> None:
    older = send(house.instance_a, days(["ada", "bob"], range(1, 11)), september(1, 10), generated_at=FILES[0][3])
    first_evidence = EvidenceFile.objects.get()
    assert active_users(house) == 2
    send(house.instance_a, days(["ada"], range(5, 11)), september(5, 10), generated_at=FILES[1][3])
    older.refresh_from_db()
    assert (older.rows_accepted, older.rows_not_owned) == (8, 12)
    assert EvidenceFile.objects.filter(report=older).count() == 2
    first_evidence.refresh_from_db()
    assert first_evidence.spans == [["2026-08-31T22:00:00Z", "2026-09-10T22:00:00Z"]]


def test_a_wholly_displaced_report_stays_readable_and_counts_nothing(house: House) -> None:
    older = send(house.instance_a, days(["ada", "bob"], [5]), september(5, 5), generated_at=FILES[0][3])
    send(house.instance_a, days(["cleo"], [5]), september(1, 10), generated_at=FILES[1][3])
    older.refresh_from_db()
    assert (older.state, older.rows_accepted, older.rows_not_owned) == (ReportState.ACCEPTED, 0, 2)
    assert owned_by_report(instance=house.instance_a)[older.pk] == ()
    assert active_users(house) == 1


def test_an_older_export_that_arrives_later_takes_nothing(house: House) -> None:
    newer = send(house.instance_a, days(["cleo"], [5]), september(1, 10), generated_at=FILES[1][3])
    late = send(house.instance_a, days(["ada", "bob"], [5]), september(5, 5), generated_at=FILES[0][3])
    newer.refresh_from_db()
    assert (late.state, late.rows_accepted, late.rows_not_owned) == (ReportState.ACCEPTED, 0, 2)
    assert (newer.rows_accepted, newer.rows_not_owned) == (1, 0)
    assert active_users(house) == 1


def test_what_a_report_changes_is_told_per_period(house: House) -> None:
    send(house.instance_a, days(["ada"], [1, 2]), september(1, 15), generated_at=FILES[0][3])
    second = send(house.instance_a, days(["bob", "cleo"], [16]), september(16, 30), generated_at=FILES[1][3])
    assert second.effects == [{"metric": "active", "start": "2026-09-01", "end": "2026-10-01", "before": 1, "after": 3}]
    assert UsageReport.objects.exclude(pk=second.pk).get().effects[0]["before"] is None


def test_a_withdrawal_gives_back_what_was_taken(house: House) -> None:
    send(house.instance_a, days(["ada", "bob"], range(1, 11)), september(1, 10), generated_at=FILES[0][3])
    newer = send(house.instance_a, days(["cleo"], range(1, 11)), september(1, 10), generated_at=FILES[1][3])
    assert active_users(house) == 1
    withdraw_report(actor=house.customer_admin_a.actor, report=newer, reason="wrong instance", closed=[], now=NOW)
    run_jobs()
    newer.refresh_from_db()
    assert (newer.state, newer.withdrawn_reason) == (ReportState.WITHDRAWN, "wrong instance")
    older = UsageReport.objects.exclude(pk=newer.pk).get()
    assert (older.rows_accepted, older.rows_not_owned) == (20, 0)
    assert active_users(house) == 2


def test_nothing_is_withdrawn_from_a_closed_period(house: House) -> None:
    report = send(house.instance_a, days(["ada"], [1]))
    with pytest.raises(PeriodClosed, match="1 to 30 Sep 2026"):
        withdraw_report(actor=house.customer_admin_a.actor, report=report, reason="oops", closed=[SEPTEMBER], now=NOW)
    assert UsageReport.objects.get().state == ReportState.ACCEPTED
