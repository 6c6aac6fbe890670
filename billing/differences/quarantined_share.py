"""Quarantined rows: what a file says and no count has, with the most people that it could name."""

from collections.abc import Iterable

from billing.differences.found import Found, at_stake
from billing.models import Difference
from billing.period_facts import PeriodFacts
from ground.presentation.format import count_of, percent
from usage.models import Finding, UsageReport
from usage.queries.quarantine import by_code

CODE = Difference.Code.QUARANTINED_SHARE
GONE = "The rows were corrected, replaced by a later file, or waived."
LINES_SHOWN = 20


def find(facts: PeriodFacts) -> Iterable[Found]:
    """Find each counted file of the period with rows that nobody has corrected or waived."""
    for quarantine in facts.quarantines:
        rows, report = quarantine.open_rows, quarantine.report
        if not rows:
            continue
        share = percent(rows, report.rows_read or rows)
        yield Found(
            detail=report.public_id,
            words=f"{count_of(rows, 'row is', 'rows are')} in no count, {share} of {report.file_name}: at most "
            f"{count_of(rows, 'person', 'people')} of {report.instance.name}.",
            users=-rows,
            amount=at_stake(facts.effect_of_users(rows)),
            facts={
                "report": report.public_id,
                "file": report.file_name,
                "instance": report.instance.name,
                "rows": rows,
                "read": report.rows_read,
                "by_code": [[code, found] for code, found in by_code(report)],
                "lines": _lines(report),
            },
        )


def _lines(report: UsageReport) -> list[dict[str, object]]:
    """The first lines with what is wrong there; the value itself stays in the file, where it can be erased."""
    found = Finding.objects.filter(report=report).order_by("position")[:LINES_SHOWN]
    return [{"line": one.line, "column": one.column, "code": one.code, "message": one.message} for one in found]
