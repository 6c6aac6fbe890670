"""What people have said without a file: on which days nobody was active, who said so and when."""

from dataclasses import dataclass
from datetime import timedelta

from licenses.models import Contract
from rollcall.period import Period, civil_day
from usage.declared import DECLARATION
from usage.models import ReportState, UsageReport


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One person's word for whole civil days of an instance; ``report`` is what is kept of it."""

    report: UsageReport
    days: Period

    @property
    def is_withdrawn(self) -> bool:
        return self.report.state == ReportState.WITHDRAWN


def declarations_in(*, contract: Contract, period: Period, zone: str) -> list[Declaration]:
    """Return the declarations that meet a period, the last one first, withdrawn ones too."""
    start, end = period.instants(zone)
    found = UsageReport.objects.filter(
        contract=contract, sniffed__format=DECLARATION, covers__startswith__lt=end, covers__endswith__gt=start
    ).select_related("instance")
    return [_declaration(report, zone) for report in found.order_by("-received_at", "-pk")]


def _declaration(report: UsageReport, zone: str) -> Declaration:
    if report.covers is None:
        raise ValueError(f"Declaration {report.public_id} does not say its days.")
    last = civil_day(report.covers.upper - timedelta(microseconds=1), zone)
    return Declaration(report=report, days=Period(civil_day(report.covers.lower, zone), last + timedelta(days=1)))
