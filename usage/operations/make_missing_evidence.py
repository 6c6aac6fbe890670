"""Make the evidence that is missing, so that every report of an instance has evidence of what it owns now."""

from collections.abc import Iterable

from ground.actor import Actor
from licenses.models import Instance
from licenses.operations.withdraw_listed_users import withdraw_listed_users
from licenses.queries import zones_of
from rollcall.formats.profile import SNAPSHOT
from usage.models import EvidenceFile, ReportState, UsageReport
from usage.operations.make_evidence import EvidenceDiffers, Progress, make_evidence, quiet
from usage.operations.refresh_row_counts import refresh_row_counts
from usage.queries.evidence import EvidenceNeed, needed_evidence
from usage.queries.ownership import owned_by_report

WORKER = Actor.system("worker")


def make_missing_evidence(*, instance: Instance, progress: Progress = quiet) -> list[EvidenceFile]:
    """Make what is missing so that every counted report of an instance has evidence of what it owns now.

    The accounts of a list that was withdrawn are taken back as well.
    Raises what ``make_evidence`` raises; what was made until then stays.
    """
    zones = zones_of(contract=instance.contract)
    needs = needed_evidence(owned_by_report(instance=instance), zones=zones)
    made = make_needed_evidence(needs=needs, progress=progress)
    refresh_row_counts(instance=instance, zone=zones[0])
    for report in UsageReport.objects.filter(instance=instance, kind=SNAPSHOT, state=ReportState.WITHDRAWN):
        withdraw_listed_users(actor=WORKER, contract=instance.contract, report_public_id=report.public_id)
    return made


def make_needed_evidence(*, needs: Iterable[EvidenceNeed], progress: Progress = quiet) -> list[EvidenceFile]:
    """Make exactly the evidence that is named, each in its zone, and return it in the same order.

    Raises what ``make_evidence`` raises, and EvidenceDiffers for a file that was read before and now gives no rows;
    what was made until then stays.
    """
    made: list[EvidenceFile] = []
    for need in needs:
        evidence = make_evidence(need=need, progress=progress).evidence
        if evidence is None:
            raise EvidenceDiffers(f"{need.report.file_name} was read before and can no longer be read.")
        made.append(evidence)
    return made
