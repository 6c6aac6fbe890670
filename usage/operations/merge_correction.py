"""Put corrected rows into the file of their report, and take the result in as a new file of the same instance."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.storage import stored_path
from licenses.queries import zones_of
from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.merge import FILE
from rollcall.intake.sandbox import run_again
from usage.children import ENGINE
from usage.files import working_folder
from usage.limits import child_user
from usage.models import ReportState, UsageReport
from usage.operations.make_evidence import Progress, quiet
from usage.operations.receive_report import Received, receive_report
from usage.rereading import rereading

CHILD = "rollcall.intake.merge_child"


class NotMerged(Exception):
    """The corrected rows cannot be put into the file; the message says which and why. Nothing was changed."""


def merge_correction(
    *, report_id: int, args: Mapping[str, str], now: datetime, progress: Progress = quiet
) -> dict[str, Any]:
    """Merge in a child and receive the merged file; {"report": its public id, "rows", "replaced"}.

    The merged file has every row of the first one, so it takes the place of that one wholly, by the rules for files of
    the same days; columns, days and zone are proposed as they were confirmed. ``args`` are those of
    ``send_correction``. Raises NotMerged, ChildDied, StoredFileDamaged, StoredFileMissing.
    """
    report = UsageReport.objects.select_related("instance", "contract").get(pk=report_id)
    with working_folder() as out:
        answer = run_again(
            CHILD,
            rereading(report=report, zone=zones_of(contract=report.contract)[0], spans=None, out=out),
            document={"corrected_name": args["file_name"]},
            more=[
                stored_path(report.findings_key, report.findings_sha256),
                stored_path(args["key"], args["sha256"]),
            ],
            on_progress=progress,
            user=child_user(),
            start=ENGINE,
        )
        if answer.get("refused"):
            raise NotMerged(str(answer["refused"])[:1000])
        with (out / FILE).open("rb") as stream:
            received = receive_report(
                actor=replace(Actor.system("worker"), name=args["sent_by"]),
                instance=report.instance,
                file_name=f"{PurePath(report.file_name).stem} corrected.csv",
                stream=stream,
                now=now,
            )
    _propose(received, report)
    return {
        "report": received.report.public_id,
        "rows": int(answer["rows"]),
        "replaced": int(answer["replaced"]),
    }


def _propose(received: Received, report: UsageReport) -> None:
    """Let the confirmation of the new file begin with what was confirmed for the first one."""
    mapping = report.mapping
    if mapping is not None:
        own = replace(ColumnMapping.from_json(mapping), encoding="utf-8-sig", delimiter=",", header_line=1, sheet=None)
        mapping = own.to_json()
    with transaction.atomic(), acting(actor=Actor.system("worker"), verb="merge_correction"):
        new = UsageReport.objects.select_for_update().get(pk=received.report.pk)
        if new.state in (ReportState.RECEIVED, ReportState.NEEDS_CONFIRMATION) and new.confirmed_at is None:
            new.mapping, new.covers, new.source_timezone = mapping, report.covers, report.source_timezone
            new.save(update_fields=["mapping", "covers", "source_timezone"])
