"""What came out of reading a report: rows, reasons, and what it changed."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse

from licenses.portal.page import PortalRequest
from rollcall.period import Period
from usage.models import Grade, ReportState, UsageReport
from usage.portal.words import KIND_WORDS, reason_words
from usage.queries import days_lost, proposal
from usage.queries.quarantine import findings_of, quarantine_of
from usage.queries.signed import signed_page

ON_A_PAGE = 25
ORDERS = {"line": ("line", "position"), "-line": ("-line", "-position"), "code": ("code", "position")}


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Active users of one period before a report and with it; None where nothing was known."""

    metric: str
    period: Period
    before: int | None
    after: int | None

    @property
    def change(self) -> int | None:
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def is_same(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One code of findings, with the number of its rows."""

    code: str
    words: str
    rows: int


def result_context(request: PortalRequest, report: UsageReport) -> dict[str, Any]:
    """Return what the page of a report that is past its reading shows."""
    reasons = [
        Reason(code=code, words=reason_words(code), rows=rows)
        for code, rows in sorted(report.finding_counts.items(), key=lambda item: -item[1])
    ]
    wanted = request.GET.get("reason", "")
    found = findings_of(report=report, code=wanted, text=request.GET.get("find", ""))
    listed = Paginator(found.order_by(*ORDERS.get(request.GET.get("order", ""), ORDERS["line"])), ON_A_PAGE)
    shown = listed.get_page(request.GET.get("page"))
    proposed = proposal(report)
    effects = effects_of(report)
    signed = signed_page(report)
    has_receipt = signed is not None and signed.receipt is not None
    return {
        "signed": signed,
        "receipt_address": reverse("usage:receipt", args=[report.public_id]) if has_receipt else "",
        "report": report,
        "zone": proposed.zone,
        "covers": proposed.covers if report.covers is not None else None,
        "effects": effects,
        "lost": days_lost(report=report, zone=proposed.zone),
        "several_metrics": len({effect.metric for effect in effects}) > 1,
        "reasons": reasons,
        "most_rows": max((reason.rows for reason in reasons), default=0),
        "kind_words": KIND_WORDS.get(report.kind, report.kind),
        "grade_words": Grade(report.grade).label,
        "page": shown,
        "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
        "filters": {"reason": wanted, "find": request.GET.get("find", "")},
        "is_to_be_corrected": report.state == ReportState.REJECTED or quarantine_of(report).open_rows > 0,
        "is_cut": sum(report.finding_counts.values()) > report.findings.count(),
    }


def effects_of(report: UsageReport) -> list[Effect]:
    """Return what a report changed when it was read, by period."""
    return [
        Effect(
            metric=entry["metric"],
            period=Period.from_json(entry),
            before=entry["before"],
            after=entry["after"],
        )
        for entry in report.effects
    ]
