"""What brought a re-rating: one cause may move many periods, and its proposals are shown together.

Owns: the keys of causes, which are stored beside each proposal. Invariant: a key names a fact that stays: a report, a
version, an instance; never an instant.
"""

from dataclasses import dataclass

from licenses.models import ContractVersion, Instance
from usage.models import ExcusedDay, ReporterRecall, ReportState, UsageReport

LATE_USAGE, CORRECTION, AMENDMENT = "late_usage", "correction", "amendment"


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why periods are rated again: what kind of fact, and which one."""

    kind: str
    key: str


def cause_of_report(report: UsageReport) -> Cause:
    """Name a report: a correction where it speaks of days for which the same instance had reported, else late usage."""
    others = UsageReport.objects.filter(
        instance=report.instance_id, state=ReportState.ACCEPTED, covers__overlap=report.covers, pk__lt=report.pk
    )
    kind = CORRECTION if others.exists() else LATE_USAGE
    return Cause(kind=kind, key=f"report:{report.public_id}")


def cause_of_withdrawal(instance: Instance) -> Cause:
    """Name an instance of which a report was withdrawn, or whose days were said to be otherwise."""
    return Cause(kind=CORRECTION, key=f"instance:{instance.public_id}")


def cause_of_word(word: ExcusedDay) -> Cause:
    """Name a person's word about days: the first row of it."""
    return Cause(kind=CORRECTION, key=f"days:{word.pk}")


def cause_of_recall(recall: ReporterRecall) -> Cause:
    """Name the recall of a reporter, whose reports were corrected."""
    return Cause(kind=CORRECTION, key=f"recall:{recall.public_id}")


def cause_of_version(version: ContractVersion) -> Cause:
    """Name an amendment."""
    return Cause(kind=AMENDMENT, key=f"version:{version.number}")
