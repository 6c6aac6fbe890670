"""Let a file without activity count: its daily numbers are stored, or the accounts that it lists."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from licenses.models import Instance
from licenses.operations.record_listed_users import record_listed_users
from rollcall.intake.result import UserList
from usage.models import DailyReportedCount, ReportState, UsageReport
from usage.operations.make_evidence import Made
from usage.operations.move_report import MoveRefused, move_report
from usage.queries.listed import stated_day
from usage.queries.ownership import claim_of
from usage.reported_effects import rows_of

WORKER = Actor.system("worker")


def keep_reported(*, report: UsageReport, made: Made, changes: Mapping[str, Any], now: datetime) -> UsageReport:
    """Store what a file of daily counts or a list of accounts says, and let it count, in one transaction.

    ``changes`` are further facts of the report, its effects among them. Doing this again, after a kill at any point,
    stores the same rows once.
    Neither gives evidence, so nobody becomes active by it.
    """
    result = made.result
    with transaction.atomic(durable=True), acting(actor=WORKER, verb="read_report"):
        # One report of an instance at a time, as for evidence.
        Instance.objects.select_for_update(no_key=True).get(pk=report.instance_id)
        try:
            accepted = move_report(
                report_id=report.pk,
                to=ReportState.QUARANTINED if result.rows.quarantined else ReportState.ACCEPTED,
                confirmation=report.confirmation,
                kind=result.kind or "",
                finished_at=now,
                **changes,
            )
        except MoveRefused:
            return UsageReport.objects.get(pk=report.pk)
        rows = rows_of(report=accepted, reported=result.reported)
        DailyReportedCount.objects.bulk_create(rows, ignore_conflicts=True)
        if result.user_list is not None:
            _keep_list(accepted, result.user_list, now)
        fault_point("ingest.before_accept_commit")
    return accepted


def _keep_list(report: UsageReport, listed: UserList, now: datetime) -> None:
    """Record the accounts for the day that its uploader stated; a file that names another was a question before."""
    record_listed_users(
        contract=report.contract,
        instance=report.instance,
        users=listed.users,
        date=stated_day(report),
        source=f"{(report.sniffed or {}).get('format') or 'user list'}, report {report.public_id}",
        report_public_id=report.public_id,
        grade=claim_of(report).grade,
        generated_at=report.generated_at,
        sha256=report.sha256,
        now=now,
    )
