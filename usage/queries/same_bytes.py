"""The same file at another instance: what a person is told before it counts a second time."""

from ground.actor import Actor
from usage.models import ReportState, UsageReport
from usage.queries.reports import reports_for

# What was taken back or never read counts nowhere.
GONE = (ReportState.REJECTED, ReportState.WITHDRAWN)


def same_file_elsewhere(*, actor: Actor, report: UsageReport) -> list[UsageReport]:
    """Return the reports of the same bytes for other instances of the customer, the counted ones first."""
    others = reports_for(actor).filter(customer=report.customer_id, sha256=report.sha256)
    found = others.exclude(instance=report.instance_id).exclude(state__in=GONE).order_by("received_at", "pk")
    return sorted(found, key=lambda other: not other.is_counted)
