"""Ask for a report's file as a table with what was wrong with each row."""

from django.db import transaction

from ground.actor import Actor
from ground.models import Job
from ground.operations.enqueue_job import enqueue_job
from usage.models import UsageReport
from usage.operations.annotate_report import NotAnnotated
from usage.queries.tables import TABLE_KINDS, can_be_made, is_kept, table_key, tables_made


def order_table(*, actor: Actor, report: UsageReport, scope: str, written_as: str) -> Job:
    """Return the job that makes the table; one that is under way, or whose table is still kept, is returned as it is.

    Raises NotAllowed, NotAnnotated for a table that cannot be made.
    """
    actor.require_customer(report.customer_id)
    if (scope, written_as) not in TABLE_KINDS or not can_be_made(report):
        raise NotAnnotated("There is no such table of this report.")
    with transaction.atomic():
        jobs = tables_made(report, scope, written_as)
        latest = jobs[0] if jobs else None
        if latest is not None and (not latest.is_over or is_kept(latest)):
            return latest
        return enqueue_job(
            key=f"{table_key(report, scope, written_as)}{len(jobs)}",
            kind="usage.annotate_report",
            args={"report_id": report.pk, "scope": scope, "written_as": written_as},
            customer_id=report.customer_id,
        )
