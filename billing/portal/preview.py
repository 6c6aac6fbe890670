"""What a file would change, in users and in money, before anybody confirms it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from billing.queries.billed import Billed, billed_periods
from ground import clock
from ground.models import Job
from ground.operations.cancel_job import cancel_job
from licenses.portal.page import Crumb, PortalRequest, page
from licenses.queries import zone_at
from rollcall.formats.profile import SNAPSHOT
from rollcall.period import Period
from usage.billed import NotMeant, what_is_meant
from usage.models import PreviewState, ReportPreview, UsageReport
from usage.operations.confirm_preview import LookAgain, confirm_preview
from usage.operations.confirm_report import MadeInTheFuture, NothingCovered, OrderUnclear
from usage.operations.move_report import MoveRefused
from usage.portal.kinds import kind_words
from usage.portal.report import found_report
from usage.portal.words import reason_words
from usage.queries import overlaps_of
from usage.queries.previews import as_said, covers_said, job_of_preview, latest_preview

# The states of a report in which a trial of it is looked at.
LOOKED_AT = ("needs_confirmation", "rejected")
# Tells the page to take the content of a whole page into the place of its own.
IN_PLACE = {"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML"}


@dataclass(frozen=True, kw_only=True)
class Money:
    """One charge of a period before a file and with it; None where nothing is known."""

    charge: str
    currency: str
    before: Decimal | None
    after: Decimal | None
    closed: bool
    invoice: str
    invoice_id: str

    @property
    def change(self) -> Decimal | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, kw_only=True)
class Change:
    """Active users of one metric in one period before a file and with it, and what they cost.

    `is_too_late` says that the contract does not settle any more what changes the period.
    """

    metric: str
    period: Period
    before: int | None
    after: int | None
    money: tuple[Money, ...]
    billed: Billed | None
    is_too_late: bool

    @property
    def change(self) -> int | None:
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def is_same(self) -> bool:
        return self.before == self.after

    @property
    def brings_a_difference(self) -> bool:
        """Whether the money would be another; while it is not known, whether the users would be."""
        return any(one.before != one.after for one in self.money) if self.money else not self.is_same

    @property
    def is_closed(self) -> bool:
        return any(one.closed for one in self.money)


@require_safe
def preview(request: PortalRequest, report: str) -> HttpResponse:
    """Show how far the trial is, why it was refused, or what would change."""
    found = found_report(request, report)
    tried = latest_preview(report=found)
    if tried is None or found.state not in LOOKED_AT:
        return redirect("usage:report", found.public_id)
    return _page(request, found, tried, _work(tried))


def _page(request: PortalRequest, found: UsageReport, tried: ReportPreview, work: Mapping[str, Any]) -> HttpResponse:
    crumbs = [
        Crumb(words="Usage", address=reverse("usage:reports")),
        Crumb(words=found.file_name, address=reverse("usage:confirm", args=[found.public_id])),
        Crumb(words="What will change"),
    ]
    context = {"report": found, "preview": tried, "crumbs": crumbs, **work}
    if tried.state == PreviewState.READY:
        context |= _result(tried)
    return page(request, "portal/usage/preview.html", section="usage", contract=found.contract, context=context)


@require_safe
def preview_work(request: PortalRequest, report: str) -> HttpResponse:
    """Answer the page's question how far the trial is; when it is over the page is asked to reload.

    The users are read before the money is there: it comes into the page as it stands.
    """
    found = found_report(request, report)
    tried = latest_preview(report=found)
    work = _work(tried) if tried is not None else {"is_under_work": False, "is_priced_later": False}
    context = {"report": found, "preview": tried, **work}
    asks_for_money = request.GET.get("for") == "money"
    if work["is_under_work"]:
        return render(request, "portal/usage/parts/preview_work.html", context)
    if work["is_priced_later"] and asks_for_money:
        return render(request, "portal/usage/parts/preview_money.html", context)
    address = reverse("billing:preview", args=[found.public_id])
    if not request.headers.get("HX-Request"):
        return redirect(address)
    if not asks_for_money or tried is None or found.state not in LOOKED_AT:
        return HttpResponse(headers={"HX-Redirect": address})
    shown = _page(request, found, tried, work)
    for name, value in IN_PLACE.items():
        shown.headers[name] = value
    return shown


@require_POST
def stop_preview(request: PortalRequest, report: str) -> HttpResponse:
    """Stop the trial and go back to the columns."""
    found = found_report(request, report)
    tried = latest_preview(report=found)
    job = job_of_preview(tried) if tried is not None else None
    if job is not None and not job.is_over:
        cancel_job(actor=request.actor, job=job)
    return redirect("usage:confirm", found.public_id)


@require_POST
def count(request: PortalRequest, report: str) -> HttpResponse:
    """Confirm word for word what was shown."""
    found = found_report(request, report)
    tried = latest_preview(report=found)
    refusal = _why_not_yet(request, tried)
    if tried is None or refusal:
        messages.warning(request, refusal)
        return redirect("billing:preview", found.public_id)
    try:
        confirm_preview(actor=request.actor, preview=tried, meant=request.POST.get("meant", ""), now=clock.now())
    except NotMeant as refusal:
        messages.warning(request, str(refusal))
        return redirect("billing:preview", found.public_id)
    except (LookAgain, OrderUnclear, NothingCovered, MadeInTheFuture) as refusal:
        messages.warning(request, str(refusal))
        return redirect("usage:confirm", found.public_id)
    except MoveRefused as refusal:
        messages.info(request, str(refusal))
    return redirect("usage:report", found.public_id)


def _why_not_yet(request: PortalRequest, tried: ReportPreview | None) -> str:
    """Say why what was shown cannot be confirmed yet, "" where it can."""
    if tried is None or tried.public_id != request.POST.get("preview"):
        return "Something else was tried since. Look again at what would change."
    if tried.state != PreviewState.READY:
        return ""
    if _work(tried)["is_priced_later"] and (tried.result or {})["kind"] != SNAPSHOT:
        return "The money is still being worked out. Look at it first, then decide."
    return ""


def _work(tried: ReportPreview) -> dict[str, Any]:
    """Return the job of a trial and whether it goes on, or only the money, which comes a moment after the users."""
    job = job_of_preview(tried)
    prices = Job.objects.filter(key=f"billing.price_preview:{job.key}").first() if job is not None else None
    is_tried = job is None or job.is_over or (job.cancel_asked and tried.state == PreviewState.ASKED)
    return {
        "job": job,
        "is_under_work": not is_tried,
        "is_priced_later": tried.amounts is None and prices is not None and not prices.is_over,
    }


def _result(tried: ReportPreview) -> dict[str, Any]:
    found = tried.result or {}
    report = as_said(tried)
    days = covers_said(tried.said)
    zone_name = zone_at(contract=report.contract, day=days.start)
    billed, now = billed_periods(contract=report.contract), clock.now()
    changes = [_change(effect, tried.amounts or [], billed, now) for effect in found["effects"]]
    billed_changes = [one for one in changes if one.billed is not None and not one.is_same]
    reasons = sorted(found["finding_counts"].items(), key=lambda item: (-item[1], item[0]))
    span = (report.covers.lower, report.covers.upper)
    return {
        "result": found,
        "covers": days,
        "zone": zone_name,
        "proposal": {"zone": zone_name},
        "form": {"stated_export": report.generated_at},
        "changes": changes,
        "meant": what_is_meant(billed=billed, effects=found["effects"]),
        "billed_changes": billed_changes,
        "too_late": len([one for one in billed_changes if one.is_too_late]),
        "billed_months": len({one.period for one in billed_changes}),
        "several_metrics": len({effect["metric"] for effect in found["effects"]}) > 1,
        "reasons": [{"words": reason_words(code), "code": code, "rows": rows} for code, rows in reasons],
        "kind": kind_words(found["kind"]),
        "overlaps": overlaps_of(report=report, covers=span, generated_at=report.generated_at, zone=zone_name),
    }


def _change(
    effect: Mapping[str, Any], amounts: list[dict[str, Any]], billed: Mapping[Period, Billed], now: datetime
) -> Change:
    same = ("metric", "start", "end")
    period = Period.from_json(effect)
    return Change(
        metric=effect["metric"],
        period=period,
        billed=billed.get(period),
        is_too_late=period in billed and billed[period].is_too_late(now),
        before=effect["before"],
        after=effect["after"],
        money=tuple(_money(one) for one in amounts if all(one[key] == effect[key] for key in same)),
    )


def _money(found: Mapping[str, Any]) -> Money:
    return Money(
        charge=found["charge"],
        currency=found["currency"],
        before=None if found["before"] is None else Decimal(found["before"]),
        after=None if found["after"] is None else Decimal(found["after"]),
        closed=found["closed"],
        invoice=found["invoice"],
        invoice_id=found["invoice_id"],
    )
