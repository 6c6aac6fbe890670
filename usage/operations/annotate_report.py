"""Give a report's file back as a table with what was wrong with each row."""

from collections.abc import Mapping
from typing import Any

from ground.storage import store_file, stored_path
from licenses.queries import zones_of
from rollcall.intake.annotate import FAILED, WHOLE
from rollcall.intake.sandbox import run_again
from usage.children import ENGINE
from usage.files import working_folder
from usage.limits import child_user
from usage.models import UsageReport
from usage.operations.make_evidence import Progress, quiet
from usage.queries.tables import can_be_made
from usage.rereading import rereading

CHILD = "rollcall.intake.annotate_child"


class NotAnnotated(Exception):
    """The file cannot be given back as a table; the message says why."""


def annotate_report(
    *, report_id: int, scope: str, written_as: str, progress: Progress = quiet
) -> Mapping[str, str | int]:
    """Write the whole file, or its failed rows, as csv or xlsx in a child; store the table and return what it is.

    {"key", "sha256", "size", "rows", "failed", "cut_cells"}. No transaction may be open: a child takes long.
    Raises NotAnnotated, ChildDied, StoredFileDamaged, StoredFileMissing.
    """
    if scope not in (WHOLE, FAILED):
        raise NotAnnotated("Choose the whole file or the failed rows.")
    report = UsageReport.objects.select_related("instance", "contract").get(pk=report_id)
    if not can_be_made(report):
        raise NotAnnotated("Nothing was found wrong with the rows of this file, so there is nothing to add to it.")
    with working_folder() as out:
        answer = run_again(
            CHILD,
            rereading(report=report, zone=zones_of(contract=report.contract)[0], spans=None, out=out),
            document={"scope": scope, "written_as": written_as},
            more=[stored_path(report.findings_key, report.findings_sha256)],
            on_progress=progress,
            user=child_user(),
            start=ENGINE,
        )
        found = _answered(answer)
        stored = store_file(customer_id=report.customer_id, kind="table", source=out / f"annotated.{written_as}")
    return {"key": stored.key, "sha256": stored.sha256, "size": stored.size, **found}


def _answered(answer: Mapping[str, Any]) -> dict[str, int]:
    """Return the numbers of a child's answer, strictly. Raises NotAnnotated."""
    if answer.get("refused"):
        raise NotAnnotated(str(answer["refused"])[:1000])
    return {name: int(answer[name]) for name in ("rows", "failed", "cut_cells")}
