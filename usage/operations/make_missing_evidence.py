"""Make the evidence that is missing, so that every report of an instance has evidence of what it owns now."""

from licenses.models import Instance
from licenses.queries import zones_of
from usage.models import EvidenceFile
from usage.operations.make_evidence import EvidenceDiffers, Progress, make_evidence, quiet
from usage.operations.refresh_row_counts import refresh_row_counts
from usage.queries.evidence import needed_evidence
from usage.queries.ownership import owned_by_report


def make_missing_evidence(*, instance: Instance, progress: Progress = quiet) -> list[EvidenceFile]:
    """Make what is missing so that every counted report of an instance has evidence of what it owns now.

    Raises what ``make_evidence`` raises; what was made until then stays.
    """
    zones = zones_of(contract=instance.contract)
    owned = owned_by_report(instance=instance)
    made: list[EvidenceFile] = []
    for need in needed_evidence(owned, zones=zones):
        evidence = make_evidence(need=need, progress=progress).evidence
        if evidence is None:
            raise EvidenceDiffers(f"{need.report.file_name} was read before and can no longer be read.")
        made.append(evidence)
    refresh_row_counts(instance=instance, zone=zones[0])
    return made
