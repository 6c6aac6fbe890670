"""The list behind an invoice: every user of its counts, counted or not and why.

The stored document carries references only, because it is kept for ever and a person may be erased; the page and the
download show names while they exist.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from billing.models import Invoice
from ground.storage import stored_path
from rollcall.counting.answer import read_verdicts
from rollcall.safe_csv import SafeWriter
from usage.models import ActiveUserCount
from usage.queries import VerdictRow, verdict_rows
from usage.queries.verdicts import VERDICT_COLUMNS, verdict_cells

COLUMNS = ("metric", *VERDICT_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class EvidenceRow:
    """One user of one count of an invoice."""

    metric: str
    user: VerdictRow


def counts_of(invoice: Invoice) -> list[ActiveUserCount]:
    """The counts that an invoice bills, each once, in the order of their metrics."""
    counts = ActiveUserCount.objects.filter(billing_periods__invoice=invoice).distinct()
    return list(counts.order_by("metric_name", "pk"))


def evidence_rows(invoice: Invoice) -> Iterator[EvidenceRow]:
    """Yield every user with a name where it still exists, sorted by name within each metric."""
    for count in _with_users(invoice):
        for row in verdict_rows(count=count):
            yield EvidenceRow(metric=count.metric_name, user=row)


def evidence_csv(invoice: Invoice) -> bytes:
    """The list as it is stored: references, no names; the same invoice gives the same bytes on any day."""
    out, writer = _writer(COLUMNS)
    for count in _with_users(invoice):
        for verdict in read_verdicts(stored_path(count.verdicts_key, count.verdicts_sha256)):
            writer.writerow((count.metric_name, *verdict_cells(verdict)))
    return out.getvalue().encode("utf-8")


def evidence_rows_with_names(invoice: Invoice) -> Iterator[tuple[str | int, ...]]:
    """Yield the header and the rows of the list as it is downloaded: the stored columns after the user's name."""
    yield ("user", *COLUMNS)
    for row in evidence_rows(invoice):
        yield (row.user.name or "", row.metric, *verdict_cells(row.user, why=row.user.why_words))


def evidence_csv_with_names(invoice: Invoice) -> bytes:
    """The list as it is downloaded, as CSV; the name is empty where it was erased."""
    header, *rows = evidence_rows_with_names(invoice)
    out, writer = _writer(tuple(str(name) for name in header))
    for row in rows:
        writer.writerow(row)
    # The mark lets a spreadsheet read names in any script.
    return out.getvalue().encode("utf-8-sig")


def _with_users(invoice: Invoice) -> list[ActiveUserCount]:
    """The counts that have a list of users: nobody is behind reported numbers, accounts and seats."""
    return [count for count in counts_of(invoice) if count.has_people]


def _writer(columns: tuple[str, ...]) -> tuple[io.StringIO, SafeWriter]:
    out = io.StringIO(newline="")
    writer = SafeWriter(out)
    writer.writerow(columns)
    return out, writer
