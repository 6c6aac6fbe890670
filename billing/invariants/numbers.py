"""Numbers of a series run without a gap, dates do not decrease with them, and nothing is dated where it must not."""

from datetime import date

from billing.invariants.report import CheckResult
from billing.models import AccountingClose, Invoice, InvoiceSeries


def numbers_have_no_gap() -> CheckResult:
    """Each series holds first..next-1, each number once and written as the series writes it, dates in order."""
    result = CheckResult(name="numbers have no gap, dates do not decrease", figures={"series": 0, "numbers": 0})
    for series in InvoiceSeries.objects.order_by("pk"):
        result.count("series")
        expected, latest = series.first_number, None
        rows = Invoice.objects.filter(series=series).order_by("sequence")
        for pk, sequence, number, issue_date in rows.values_list("pk", "sequence", "number", "issue_date"):
            result.count("numbers")
            result.expect(
                sequence == expected, f"invoice row {pk} has number {sequence} where {expected} of {series} is due"
            )
            result.expect(
                sequence is not None and number == series.number_text(sequence),
                f"invoice row {pk} is number {sequence} of {series} but is called {number}",
            )
            result.expect(
                latest is None or (issue_date is not None and issue_date >= latest),
                f"invoice {number} (row {pk}) is dated {issue_date}, the one before it {latest}",
            )
            result.expect(
                series.year is None or _year(issue_date) == series.year,
                f"invoice {number} (row {pk}) is dated {issue_date} in the series of {series.year}",
            )
            expected, latest = (sequence or 0) + 1, issue_date
        result.expect(
            series.next_number == expected,
            f"series {series} (row {series.pk}) would give {series.next_number} next, not {expected}",
        )
    return result


def closed_accounts_stay_closed() -> CheckResult:
    """No document that became final after a close is dated into it."""
    result = CheckResult(name="nothing is dated into closed accounts", figures={"closes": 0})
    for close in AccountingClose.objects.order_by("pk"):
        result.count("closes")
        into = Invoice.objects.filter(
            series__legal_entity=close.legal_entity_id,
            issue_date__lt=close.closed_to,
            finalized_at__gt=close.closed_at,
        )
        for pk, number, issue_date in into.order_by("pk").values_list("pk", "number", "issue_date"):
            result.findings.append(
                f"invoice {number} (row {pk}) is dated {issue_date} after {close} (row {close.pk}) was closed"
            )
    return result


def _year(day: date | None) -> int | None:
    return day.year if day is not None else None
