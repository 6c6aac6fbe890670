"""Which facts about a period are newer than an instant, in words: what may have made a difference vanish."""

from collections.abc import Iterator
from datetime import datetime

from billing.models import BillingPeriod, TrueUp
from ground.presentation.format import count_of, day
from licenses.models import Contract, ContractVersion
from licenses.ranges import instants_range, range_of
from rollcall.period import Period, civil_day
from usage.models import QuarantineWaiver, ReportedCount, UsageReport

MOST = 4
Change = tuple[datetime, str]


def what_changed(*, contract: Contract, period: Period, zone: str, since: datetime) -> list[str]:
    """Return up to four facts newer than `since`, the newest first: reports, claims, words of people, versions."""
    changes = [
        *_reports(contract, period, zone, since),
        *_claims(contract, period, since),
        *_waivers(contract, period, zone, since),
        *_decisions(contract, period, since),
        *_versions(contract, period, since),
    ]
    newest = sorted(changes, key=lambda change: change[0], reverse=True)[:MOST]
    return [f"{words} ({day(civil_day(at, zone))})" for at, words in newest]


def _reports(contract: Contract, period: Period, zone: str, since: datetime) -> Iterator[Change]:
    reports = UsageReport.objects.filter(
        contract=contract, covers__overlap=instants_range(period.instants(zone))
    ).select_related("instance")
    for report in reports:
        name = f"{report.file_name} of {report.instance.name}"
        if report.withdrawn_at is not None and report.withdrawn_at >= since:
            yield report.withdrawn_at, f"{name} was withdrawn"
        elif report.finished_at is not None and report.finished_at >= since:
            yield report.finished_at, f"{name} was read"


def _claims(contract: Contract, period: Period, since: datetime) -> Iterator[Change]:
    rows = ReportedCount.objects.filter(contract=contract, period=range_of(period), recorded_at__gte=since)
    for row in rows:
        yield row.recorded_at, f"{count_of(row.users, 'user was', 'users were')} reported by {row.source}"


def _waivers(contract: Contract, period: Period, zone: str, since: datetime) -> Iterator[Change]:
    waivers = QuarantineWaiver.objects.filter(
        report__contract=contract,
        report__covers__overlap=instants_range(period.instants(zone)),
        waived_at__gte=since,
    ).select_related("report")
    for waiver in waivers:
        rows = count_of(waiver.rows, "row")
        verb = "was" if waiver.rows == 1 else "were"
        yield waiver.waived_at, f"{rows} of {waiver.report.file_name} {verb} waived by {waiver.waived_by}"


def _decisions(contract: Contract, period: Period, since: datetime) -> Iterator[Change]:
    rows = BillingPeriod.objects.filter(contract=contract, period=range_of(period), is_in_advance=False)
    for row in rows.select_related("invoice"):
        for word in row.released:
            at = datetime.fromisoformat(word["at"])
            if at >= since and row.is_main:
                yield at, f"{word['by']} released the period: {word['reason'].rstrip('.')}"
        issued_at = row.invoice.finalized_at if row.invoice is not None and row.is_main else None
        if issued_at is not None and issued_at >= since:
            yield issued_at, f"{row.invoice} was finalized"
    decided = TrueUp.objects.filter(billing_period__in=rows, decided_at__gte=since)
    for true_up in decided:
        if true_up.decided_at is not None:
            said = true_up.reason.rstrip(".")
            yield true_up.decided_at, f"{true_up.decided_by} {true_up.state} the true-up: {said}"


def _versions(contract: Contract, period: Period, since: datetime) -> Iterator[Change]:
    versions = ContractVersion.objects.filter(contract=contract, agreed_at__gte=since, active__overlap=range_of(period))
    for version in versions:
        yield version.agreed_at, f"version {version.number} of the contract was agreed"
