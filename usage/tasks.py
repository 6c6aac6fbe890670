"""Background work of ``usage``: each loads nothing but its arguments and makes one call into ``operations``."""

from datetime import date, timedelta

from ground.jobs import Args, JobContext, JobRefused, job
from ground.storage import StoredFileDamaged, StoredFileMissing
from licenses.models import Instance
from rollcall.intake.events import BatchRefused
from rollcall.intake.sandbox import ChildDied
from usage.operations.annotate_report import NotAnnotated, annotate_report
from usage.operations.confirm_events import confirm_events
from usage.operations.gather_events import gather_events
from usage.operations.gather_waiting import gather_waiting
from usage.operations.issue_receipt import issue_receipt
from usage.operations.make_evidence import EvidenceDiffers
from usage.operations.make_missing_evidence import make_missing_evidence
from usage.operations.merge_correction import NotMerged, merge_correction
from usage.operations.read_report import read_report
from usage.operations.remind_of_reports import remind_of_reports
from usage.operations.send_reminder import send_reminder
from usage.operations.settle_stuck_reports import settle_stuck_reports
from usage.operations.sniff_report import sniff_report
from usage.operations.tidy_store import tidy_store
from usage.operations.trace_user import trace_user
from usage.operations.try_report import try_report


@job("usage.sniff_report")
def sniff(context: JobContext) -> Args:
    """Look at a received file."""
    context.progress(0, 1, "looking at the file")
    try:
        report = sniff_report(report_id=context.args["report_id"], now=context.now())
        report = confirm_events(report_id=report.pk, now=context.now()) or report
    except (StoredFileDamaged, StoredFileMissing) as error:
        raise JobRefused(str(error)) from error
    return {"state": report.state}


@job("usage.gather_waiting", every=timedelta(minutes=5))
def gather_waiting_events(context: JobContext) -> Args:
    """Have events that wait gathered."""
    return {"jobs": len(gather_waiting(now=context.now()))}


@job("usage.gather_events")
def gather(context: JobContext) -> Args:
    """Gather the events of an instance into the reports of their days."""
    context.progress(0, 1, "gathering events")
    try:
        reports = gather_events(instance_id=context.args["instance_id"], now=context.now())
    except (StoredFileDamaged, StoredFileMissing, BatchRefused) as error:
        raise JobRefused(str(error)) from error
    return {"reports": [report.public_id for report in reports]}


@job("usage.read_report")
def read(context: JobContext) -> Args:
    """Read a confirmed file."""
    try:
        report = read_report(report_id=context.args["report_id"], now=context.now(), progress=context.progress)
        issue_receipt(report_id=report.pk, now=context.now())
    except (StoredFileDamaged, StoredFileMissing, EvidenceDiffers) as error:
        raise JobRefused(str(error)) from error
    return {"state": report.state}


@job("usage.preview_report")
def preview(context: JobContext) -> Args:
    """Try a file as it is about to be confirmed."""
    try:
        tried = try_report(preview_id=context.args["preview_id"], now=context.now(), progress=context.progress)
    except (StoredFileDamaged, StoredFileMissing, EvidenceDiffers) as error:
        raise JobRefused(str(error)) from error
    return {"state": tried.state}


@job("usage.make_evidence")
def make_evidence(context: JobContext) -> Args:
    """Make what is missing after a report of the instance was withdrawn."""
    instance = Instance.objects.select_related("contract").get(pk=context.args["instance_id"])
    try:
        made = make_missing_evidence(instance=instance, progress=context.progress)
    except (StoredFileDamaged, StoredFileMissing, EvidenceDiffers) as error:
        raise JobRefused(str(error)) from error
    return {"made": len(made)}


@job("usage.annotate_report", max_attempts=2)
def annotate(context: JobContext) -> Args:
    """Give a file back as a table with what was wrong with each row."""
    args = context.args
    try:
        return dict(
            annotate_report(
                report_id=args["report_id"],
                scope=args["scope"],
                written_as=args["written_as"],
                progress=context.progress,
            )
        )
    except (StoredFileDamaged, StoredFileMissing, NotAnnotated, ChildDied) as error:
        raise JobRefused(str(error)) from error


@job("usage.merge_correction", max_attempts=2)
def merge(context: JobContext) -> Args:
    """Put corrected rows into the file of their report."""
    try:
        return merge_correction(
            report_id=context.args["report_id"], args=context.args, now=context.now(), progress=context.progress
        )
    except (StoredFileDamaged, StoredFileMissing, NotMerged, ChildDied) as error:
        raise JobRefused(str(error)) from error


@job("usage.trace_user", max_attempts=2)
def trace(context: JobContext) -> Args:
    """Go back from a counted person to the lines of the files."""
    args = context.args
    try:
        return trace_user(count_id=args["count_id"], user_ref=args["user_ref"], progress=context.progress)
    except (StoredFileDamaged, StoredFileMissing, ChildDied) as error:
        raise JobRefused(str(error)) from error


@job("usage.settle_stuck_reports", every=timedelta(minutes=15))
def settle(context: JobContext) -> Args:
    """Give reports whose job ended early a state in which a person can act."""
    return {"settled": [report.public_id for report in settle_stuck_reports(now=context.now())]}


@job("usage.tidy_store", every=timedelta(days=1))
def tidy(context: JobContext) -> Args:
    """Remove what killed processes left in the store."""
    return {"removed": tidy_store()}


@job("usage.remind_of_reports", every=timedelta(hours=1))
def remind(context: JobContext) -> Args:
    """Have people reminded of reports that are due."""
    return {"mails": [reminder.key for reminder in remind_of_reports(now=context.now())]}


@job("usage.send_reminder")
def send(context: JobContext) -> Args:
    """Send one reminder."""
    args = context.args
    sent_to = send_reminder(
        contract_id=args["contract_id"],
        start=date.fromisoformat(args["start"]),
        offset=args["offset"],
        user_id=args["user_id"],
        now=context.now(),
    )
    return {"sent_to": sent_to}
