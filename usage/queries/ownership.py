"""Which report owns which instants of an instance, from all its reports at once."""

from collections.abc import Iterable
from enum import StrEnum

from licenses.models import Instance
from licenses.ranges import span_of
from rollcall.formats.profile import COUNTS, SNAPSHOT
from rollcall.ownership import Claim, owned_spans
from usage.declared import is_declaration
from usage.models import Grade, ReportState, UsageReport
from usage.spans import Spans

# A signed report outranks what the instance sent, which outranks what a person uploaded.
# A person's word without a file gives way to every file.
WORD = 0
RANK = {Grade.UPLOAD: 1, Grade.INSTANCE_API: 2, Grade.SIGNED: 3}
COUNTED_STATES = (ReportState.ACCEPTED, ReportState.QUARANTINED)


class Basis(StrEnum):
    """What a report can be the account of. Reports of different bases never take a day from each other."""

    ACTIVITY = "activity"
    COUNTS = "counts"
    LIST = "list"


_BASES = {COUNTS: Basis.COUNTS, SNAPSHOT: Basis.LIST}


def basis_of(report: UsageReport) -> Basis:
    """Return what the report is the account of: activity, daily counts, or the accounts that exist on a day."""
    return _BASES.get(report.kind, Basis.ACTIVITY)


def counted_reports(*, instance: Instance, basis: Basis = Basis.ACTIVITY) -> list[UsageReport]:
    """Return the reports of an instance whose rows take part in counts; unless told otherwise, those of activity."""
    reports = UsageReport.objects.filter(instance=instance, state__in=COUNTED_STATES, covers__isnull=False)
    return [report for report in reports.order_by("pk") if basis_of(report) is basis]


def owned_by_report(
    *, instance: Instance, adding: UsageReport | None = None, basis: Basis = Basis.ACTIVITY
) -> dict[int, Spans]:
    """Return for every counted report (by its id) the instants it owns: half-open, sorted, empty when it owns none.

    ``adding`` is a report that is about to be counted; one of another basis changes nothing.
    """
    reports = counted_reports(instance=instance, basis=basis)
    if adding is not None and basis_of(adding) is basis and all(report.pk != adding.pk for report in reports):
        reports.append(adding)
    return owned(reports)


def owned(reports: Iterable[UsageReport]) -> dict[int, Spans]:
    """Return what each of these reports owns when there are no others. All have a span and one instance."""
    claims = [claim_of(report) for report in reports]
    spans = owned_spans(claims)
    return {int(claim.id): tuple(sorted(spans.get(claim.id, ()))) for claim in claims}


def claim_of(report: UsageReport) -> Claim:
    """Return the claim that a report makes. The instant of its arrival has no part in it."""
    if report.covers is None:
        raise ValueError(f"Report {report.public_id} does not say which days it covers.")
    return Claim(
        id=str(report.pk),
        span=span_of(report.covers),
        grade=WORD if is_declaration(report) else RANK[Grade(report.grade)],
        generated_at=report.generated_at,
        sha256=report.sha256,
    )
