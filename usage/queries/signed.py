"""Signed reports for a page: the chain of an instance, what was noticed about each, and what waits for a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from ground.actor import Actor
from licenses.models import Contract
from rollcall.signing.license import LastReceipt
from usage.models import ReportReceipt, ReportState, SignedReport, UsageReport
from usage.queries.reports import reports_for

# What a code means, in the words of the page.
CODE_WORDS = {
    "FORK": "two reports with one number",
    "GAP": "a report before it is missing",
    "BROKEN_CHAIN": "does not follow the report before",
    "COVERAGE": "days are left out or stated twice",
    "CLOCK": "the clock does not fit",
    "ROLLBACK": "the machine was taken back to an earlier state",
    "METRIC": "counted by another definition",
    "COUNT": "its rows do not count to what it states",
    "SEAL": "a day was sealed anew",
    "HOST": "comes from another machine",
    "RECALLED": "made by a version that is recalled",
}


@dataclass(frozen=True, kw_only=True)
class SignedPage:
    """What the page of a report shows of its signature. `findings` are (code in words, sentence)."""

    signed: SignedReport
    receipt: ReportReceipt | None
    findings: tuple[tuple[str, str], ...]

    @property
    def said(self) -> Mapping[str, Any]:
        """The statement, as it was signed."""
        return dict(self.signed.statement)


def signed_page(report: UsageReport) -> SignedPage | None:
    """Return what is shown of a signed report; None for any other."""
    signed = SignedReport.objects.filter(report=report).select_related("key").first()
    if signed is None:
        return None
    return SignedPage(
        signed=signed,
        receipt=ReportReceipt.objects.filter(report=report).first(),
        findings=tuple((CODE_WORDS.get(one["code"], one["code"]), one["words"]) for one in signed.findings),
    )


def neighbors_of(signed: SignedReport) -> QuerySet[SignedReport]:
    """Return the reports of the same key around one, in the order of the chain; a fork shows both of its number."""
    first = max(1, signed.sequence - 2)
    return (
        SignedReport.objects.filter(key=signed.key, sequence__range=(first, signed.sequence + 2))
        .select_related("report")
        .order_by("sequence", "pk")
    )


def reports_to_decide(actor: Actor) -> QuerySet[UsageReport]:
    """Return the reports that wait for the vendor's word, the longest waiting first."""
    waiting = reports_for(actor).filter(state=ReportState.NEEDS_DECISION)
    return waiting.order_by("received_at", "pk")


def last_receipts(contract: Contract) -> dict[str, LastReceipt]:
    """Return {instance's public id: the last report of it that has a receipt}, as the next licence says it."""
    rows = (
        SignedReport.objects.filter(contract=contract, report__receipt__isnull=False)
        .select_related("instance")
        .order_by("instance_id", "key_id", "sequence")
    )
    return {row.instance.public_id: LastReceipt(seq=row.sequence, report=row.digest) for row in rows}
