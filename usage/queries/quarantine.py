"""Rows that were kept apart: how many wait, what was decided about them, and when there are too many."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from ground.actor import Actor
from licenses.queries import NothingAgreed, terms_at, zone_at
from rollcall.intake.result import ReadResult
from rollcall.money import shortest
from rollcall.period import civil_day
from usage.models import Finding, QuarantineWaiver, ReportState, UsageReport
from usage.queries.reports import reports_for

# Rows behind which nobody stands: listed like others, and no fault of the file.
NOBODY = "user.nobody"
_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Quarantine:
    """The rows of a report that were kept apart. ``nobody`` of them stand for nobody and wait for nothing."""

    report: UsageReport
    rows: int
    nobody: int
    waiver: QuarantineWaiver | None

    @property
    def faulty_rows(self) -> int:
        """The rows with which something is wrong, so that they can be corrected."""
        return self.rows - self.nobody

    @property
    def open_rows(self) -> int:
        """The rows that wait to be corrected or waived."""
        counts = self.report.is_counted and self.waiver is None
        return self.faulty_rows if counts else 0


def quarantine_of(report: UsageReport) -> Quarantine:
    """Return what became of the rows of a report that were kept apart."""
    rows = sum(report.finding_counts.values()) if report.rows_quarantined is None else report.rows_quarantined
    return Quarantine(
        report=report,
        rows=rows,
        nobody=min(rows, report.finding_counts.get(NOBODY, 0)),
        waiver=QuarantineWaiver.objects.filter(report=report, confirmation=report.confirmation).first(),
    )


def reports_with_open_rows(actor: Actor) -> QuerySet[UsageReport]:
    """Return the counted reports with rows that nobody has waived, the oldest first.

    A report that lost all its days to a later one waits no longer: the later one says what its rows are.
    Those of which every row stands for nobody are among them; ``quarantine_of`` tells.
    """
    waived = QuarantineWaiver.objects.filter(report=OuterRef("pk"), confirmation=OuterRef("confirmation"))
    waiting = reports_for(actor).filter(state=ReportState.QUARANTINED, rows_quarantined__gt=0, rows_accepted__gt=0)
    return waiting.filter(~Exists(waived)).order_by("received_at", "pk")


def quarantine_limit(report: UsageReport) -> Decimal | None:
    """Return the share of quarantined rows above which the contract refuses the file, by its first covered day.

    None where nothing is agreed for that day.
    """
    first = report.covers.lower if report.covers is not None else report.received_at
    try:
        zone = zone_at(contract=report.contract, day=first.date())
        return terms_at(contract=report.contract, day=civil_day(first, zone)).quarantine_limit
    except NothingAgreed:
        return None


def too_much_quarantined(*, report: UsageReport, result: ReadResult) -> str | None:
    """Return why the contract refuses a file that was read, naming share, limit and the first findings; else None.

    Rows behind which nobody stands are left out of the share, above and below the line.
    """
    limit = quarantine_limit(report)
    nobody = min(result.rows.quarantined, result.finding_counts.get(NOBODY, 0))
    bad, read = result.rows.quarantined - nobody, result.rows.read - nobody
    if limit is None or not bad or Decimal(bad) <= limit * read:
        return None
    said = [finding for finding in result.findings if finding.code != NOBODY][:_SHOWN]
    listed = " ".join(f"Line {finding.line:,}: {finding.message}" for finding in said)
    return (
        f"{bad:,} of {read:,} rows ({_percent(Decimal(bad) / read, above=limit)} %) cannot be counted; the contract "
        f"takes a file with at most {shortest(limit * 100)} %. {listed}"
    )


def _percent(share: Decimal, *, above: Decimal) -> str:
    """Write a share in percent with as few decimals as show that it is above the limit."""
    for places in range(1, 9):
        text = f"{share * 100:.{places}f}"
        if Decimal(text) > above * 100:
            return shortest(Decimal(text))
    return str(share * 100)


def by_code(report: UsageReport) -> Sequence[tuple[str, int]]:
    """Return the codes found in a report with the number of their rows, the most frequent first."""
    return sorted(report.finding_counts.items(), key=lambda item: (-item[1], item[0]))


def findings_of(*, report: UsageReport, code: str = "", text: str = "") -> QuerySet[Finding]:
    """Return the findings of a report in the order of the file: of one code, or those that hold a text.

    ``text`` is looked for in value, column and words; digits also name a line. Always of this report alone.
    """
    found = Finding.objects.filter(report=report, customer_id=report.customer_id).order_by("position")
    if code:
        found = found.filter(code=code)
    if text := text.strip()[:200]:
        wanted = Q(value__icontains=text) | Q(column__icontains=text) | Q(message__icontains=text)
        found = found.filter(wanted | Q(line=int(text)) if text.isdecimal() and len(text) < 16 else wanted)
    return found


def has_several_files(*, report: UsageReport) -> bool:
    """Return whether the findings of a report lie in more than one file, so that a line alone names no place."""
    of_report = Finding.objects.filter(report=report, customer_id=report.customer_id)
    return of_report.order_by().values("file").distinct().count() > 1
