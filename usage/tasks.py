"""Background work of ``usage``: each loads nothing but its arguments and makes one call into ``operations``."""

from ground.jobs import Args, JobCancelled, JobContext, JobRefused, job
from ground.storage import StoredFileDamaged, StoredFileMissing
from licenses.models import Instance
from usage.operations.make_evidence import EvidenceDiffers, make_missing_evidence
from usage.operations.read_report import read_report, reading_stopped
from usage.operations.sniff_report import sniff_report


@job("usage.sniff_report")
def sniff(context: JobContext) -> Args:
    """Look at a received file."""
    context.progress(0, 1, "looking at the file")
    report = sniff_report(report_id=context.args["report_id"], now=context.now())
    return {"state": report.state}


@job("usage.read_report")
def read(context: JobContext) -> Args:
    """Read a confirmed file; a person may stop it, and then it waits for confirmation again."""
    try:
        report = read_report(report_id=context.args["report_id"], now=context.now(), progress=context.progress)
    except JobCancelled:
        reading_stopped(report_id=context.args["report_id"])
        raise
    except (StoredFileDamaged, StoredFileMissing, EvidenceDiffers) as error:
        raise JobRefused(str(error)) from error
    return {"state": report.state}


@job("usage.make_evidence")
def make_evidence(context: JobContext) -> Args:
    """Make what is missing after a report of the instance was withdrawn."""
    instance = Instance.objects.select_related("contract").get(pk=context.args["instance_id"])
    try:
        made = make_missing_evidence(instance=instance, progress=context.progress)
    except (StoredFileDamaged, StoredFileMissing, EvidenceDiffers) as error:
        raise JobRefused(str(error)) from error
    return {"made": len(made)}
