"""Trace a counted person back to the lines of the files."""

from typing import Any

from licenses.ranges import period_of
from rollcall.intake.sandbox import run_again
from usage.children import ENGINE
from usage.files import working_folder
from usage.limits import LINES_KEPT, child_user
from usage.models import ActiveUserCount, EvidenceFile
from usage.operations.make_evidence import Progress, quiet
from usage.queries.activity import references_of
from usage.queries.agreed import agreed_on
from usage.rereading import rereading
from usage.spans import spans_of_json

CHILD = "rollcall.intake.trace_child"


def trace_user(*, count_id: int, user_ref: str, progress: Progress = quiet) -> dict[str, Any]:
    """Go through the raw files of a count, in children, for the rows of one person.

    {"lines": [{"report", "instance", "file", "line", "at", "day", "action"}, ...] (at most 1,000), "total",
    "not_read": [sentences]}. No transaction may be open. Raises ChildDied, StoredFileDamaged, StoredFileMissing.
    """
    count = ActiveUserCount.objects.select_related("contract").get(pk=count_id)
    agreed = agreed_on(count)
    definition = agreed.definition if agreed is not None else None
    period = period_of(count.period)
    wanted = {user_ref} if definition is None else references_of(count, definition, user_ref)
    lines: list[dict[str, Any]] = []
    not_read: list[str] = []
    total = 0
    for evidence in evidence_of(count):
        report = evidence.report
        if report.confirmation != evidence.confirmation:
            not_read.append(f"{report.file_name} was confirmed again since with other columns or days.")
            continue
        with working_folder() as out:
            found = run_again(
                CHILD,
                rereading(report=report, zone=count.zone, spans=spans_of_json(evidence.spans), out=out),
                document={
                    "wanted": sorted(wanted),
                    "first_day": period.start.isoformat(),
                    "end_day": period.end.isoformat(),
                    "at_most": LINES_KEPT - len(lines),
                },
                on_progress=progress,
                user=child_user(),
                start=ENGINE,
            )
        if found["refused"]:
            not_read.append(f"{report.file_name}: {str(found['refused'])[:500]}")
            continue
        total += int(found["total"])
        lines += [
            {"report": report.public_id, "instance": report.instance.name, **_line(one)} for one in found["lines"]
        ]
    return {"lines": lines[:LINES_KEPT], "total": total, "not_read": not_read}


def evidence_of(count: ActiveUserCount) -> list[EvidenceFile]:
    """Return the evidence that a count was made from, each with its report and instance."""
    ids = [entry["evidence_id"] for entry in count.evidence]
    found = EvidenceFile.objects.filter(pk__in=ids).select_related("report__instance", "report__contract")
    return list(found.order_by("first_day", "pk"))


def _line(said: dict[str, Any]) -> dict[str, str | int]:
    """Return one line of a child's answer, strictly."""
    texts = {name: str(said[name])[:600] for name in ("file", "at", "day", "action")}
    return {**texts, "line": int(said["line"])}
