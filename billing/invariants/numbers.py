"""Numbers of a series run without a gap, and dates do not decrease with them."""

from billing.invariants.report import CheckResult
from billing.models import Invoice, InvoiceSeries


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
                str(number).endswith(str(sequence)) if sequence is not None else False,
                f"invoice row {pk} is number {sequence} of {series} but is called {number}",
            )
            result.expect(
                latest is None or (issue_date is not None and issue_date >= latest),
                f"invoice {number} (row {pk}) is dated {issue_date}, the one before it {latest}",
            )
            expected, latest = (sequence or 0) + 1, issue_date
        result.expect(
            series.next_number == expected,
            f"series {series} (row {series.pk}) would give {series.next_number} next, not {expected}",
        )
    return result
