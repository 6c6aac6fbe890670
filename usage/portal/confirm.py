"""Check a file before it counts: its columns, its days, the answers to what it leaves open."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ground import clock
from licenses.portal.page import Crumb, PortalRequest, page
from rollcall.period import UnknownZone
from usage.billed import NotMeant
from usage.models import KeptMapping, PreviewState, ReportState, UsageReport
from usage.operations.confirm_report import MadeInTheFuture, NothingCovered, OrderUnclear, confirm_report
from usage.operations.look_again import DelimiterUnknown, EncodingUnknown
from usage.operations.look_again import look_again as have_looked_again
from usage.operations.move_report import MoveRefused
from usage.operations.preview_report import preview_report
from usage.operations.put_aside_report import put_aside_report
from usage.portal.confirm_form import ConfirmForm
from usage.portal.forms import DELIMITER_WORDS, SHEET_OPEN, LookAgainForm
from usage.portal.kinds import format_words, kind_words
from usage.queries import Overlap, Proposal, overlaps_of, proposal, report_of
from usage.queries.mappings import as_before, kept_mapping
from usage.queries.previews import latest_preview
from usage.queries.same_bytes import same_file_elsewhere


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: PortalRequest, report: str) -> HttpResponse:
    """Show the form, or record the person's word and have the file read."""
    found = _found(request, report)
    can_be_confirmed = found.state == ReportState.NEEDS_CONFIRMATION or (
        found.state == ReportState.REJECTED and found.sniffed is not None
    )
    if not can_be_confirmed:
        return redirect("usage:report", found.public_id)
    crumbs = [Crumb(words="Usage", address=reverse("usage:reports")), Crumb(words=found.file_name)]
    return confirm_page(request, found, crumbs=crumbs)


@require_POST
def put_aside(request: PortalRequest, report: str) -> HttpResponse:
    """Take a file that nobody confirmed off the list of what waits."""
    found = _found(request, report)
    try:
        put_aside_report(actor=request.actor, report=found, now=clock.now())
    except MoveRefused as refusal:
        messages.info(request, str(refusal))
        return redirect("usage:report", found.public_id)
    messages.info(request, f"{found.file_name} was put aside. It does not count; sent again, it is taken up again.")
    return redirect("usage:reports")


def _found(request: PortalRequest, public_id: str) -> UsageReport:
    try:
        return report_of(request.actor, public_id)
    except UsageReport.DoesNotExist as error:
        raise Http404("This report does not exist.") from error


def confirm_page(request: PortalRequest, found: UsageReport, *, crumbs: Sequence[Crumb]) -> HttpResponse:
    """Return the page of the form; a form that was sent and is right leads on to the report."""
    proposed = proposal(found)
    sniffed = found.sniffed or {}
    kept, begun_with = _from_last_time(found, proposed)
    elsewhere = same_file_elsewhere(actor=request.actor, report=found)
    form = ConfirmForm(
        request.POST if request.method == "POST" else None,
        sniffed=sniffed,
        questions=[*proposed.questions, *_refused_trial(found)],
        covers=proposed.covers,
        bill_zone=proposed.zone,
        last={
            "mapping": begun_with,
            "source_timezone": proposed.source_timezone or (kept.source_timezone if kept else ""),
            "generated_at": found.generated_at,
        },
        also_of=found.instance.name if elsewhere else "",
    )
    is_sent = request.method == "POST" and form.is_valid()
    overlaps = _overlaps(found, form)
    if is_sent and _has_been_read(form, overlaps) and _confirmed(request, found, form):
        return redirect("billing:preview" if request.POST.get("then") == "look" else "usage:report", found.public_id)
    return page(
        request,
        "portal/usage/confirm.html",
        section="usage",
        contract=found.contract,
        status=422 if form.errors else 200,
        context={
            "report": found,
            "sniffed": sniffed,
            "proposal": proposed,
            "form": form,
            "used_columns": sum(1 for one in form.column_rows() if one["field"] is not None and one["field"].value()),
            "again": LookAgainForm(sniffed=sniffed, said_zone=found.source_timezone, bill_zone=proposed.zone),
            "is_sheet_open": any(question["code"] == SHEET_OPEN for question in proposed.questions),
            "delimiter_words": DELIMITER_WORDS.get(sniffed.get("delimiter") or "", ""),
            "kept": kept,
            "elsewhere": elsewhere,
            "kind": kind_words(sniffed.get("kind") or ""),
            "format_words": format_words(sniffed.get("format") or ""),
            "overlaps": overlaps,
            "overlaps_shown": _as_shown(overlaps),
            "crumbs": crumbs,
        },
    )


@require_POST
def look_again(request: PortalRequest, report: str) -> HttpResponse:
    """Have the file looked at anew with a person's answer about its encoding and its zone."""
    found = _found(request, report)
    form = LookAgainForm(request.POST, sniffed=found.sniffed or {}, said_zone="", bill_zone=proposal(found).zone)
    if not form.is_valid():
        messages.error(request, "Choose each answer from its list.")
        return redirect("usage:confirm", found.public_id)
    try:
        have_looked_again(actor=request.actor, report=found, **form.cleaned_data)
    except (EncodingUnknown, DelimiterUnknown, UnknownZone, MoveRefused) as refusal:
        messages.error(request, str(refusal))
    return redirect("usage:report", found.public_id)


def _from_last_time(found: UsageReport, proposed: Proposal) -> tuple[KeptMapping | None, Mapping[str, Any] | None]:
    """Return what was kept for files of this shape, and the mapping that the form begins with."""
    columns = [column["name"] for column in (found.sniffed or {}).get("columns") or []]
    if found.mapping is not None or proposed.mapping is None or not columns:
        return None, proposed.mapping
    kept = kept_mapping(instance=found.instance, columns=columns)
    if kept is None:
        return None, proposed.mapping
    return kept, as_before(found=proposed.mapping, kept=kept)


def _refused_trial(found: UsageReport) -> list[dict[str, Any]]:
    """Return what the last trial left open, and why it was refused, as questions to the person."""
    tried = latest_preview(report=found)
    if tried is None or tried.state != PreviewState.REFUSED or tried.result is None:
        return []
    refusal = {"code": tried.result["code"], "message": tried.result["message"], "choices": []}
    return [refusal, *tried.result.get("questions", [])]


def _overlaps(found: UsageReport, form: ConfirmForm) -> tuple[Overlap, ...]:
    """Return what the stated days and time of export mean for other files; none while they are not known."""
    covers = form.stated_days()
    if covers is None:
        return ()
    zone_name = form.bill_zone
    return overlaps_of(
        report=found, covers=covers.instants(zone_name), generated_at=form.stated_export(), zone=zone_name
    )


def _has_been_read(form: ConfirmForm, overlaps: Sequence[Overlap]) -> bool:
    """Refuse what only the bytes would decide, and what the person has not been shown before confirming."""
    unclear = next((one for one in overlaps if one.needs_time), None)
    if unclear is not None:
        words = "State when this file was exported: "
        words += "nothing else says which of the two files is the later."
        if unclear.other.generated_at is not None:
            words = f"{unclear.other.file_name} was exported at the very same time. State the exact times."
        form.add_error("generated_at", words)
    elif form.data.get("overlaps_shown", "") != _as_shown(overlaps):
        form.add_error(
            None, "Another file covers some of these days. Read below which file they count from, then confirm."
        )
    return not form.errors


def _as_shown(overlaps: Sequence[Overlap]) -> str:
    """Return what the page says about other files, so that a confirmation shows what was read."""
    return " ".join(
        f"{one.other.public_id}:{'keeps' if not (one.is_taken or one.needs_time) else 'loses'}:"
        + ",".join(f"{days.start}/{days.end}" for days in one.days)
        for one in overlaps
    )


def _confirmed(request: PortalRequest, found: UsageReport, form: ConfirmForm) -> bool:
    """Have the word tried, or record it; what is refused becomes an error of the form."""
    act = preview_report if request.POST.get("then") == "look" else confirm_report
    try:
        act(
            actor=request.actor,
            report=found,
            mapping=form.mapping(),
            source_timezone=form.cleaned_data.get("source_timezone") or "",
            covers=form.covers(),
            generated_at=form.exported_at(),
            nobody_active=form.cleaned_data.get("nobody_active", False),
            day_as_stated=form.cleaned_data.get("day_as_stated", False),
            repeated_files=form.cleaned_data.get("repeated_files") or "",
            now=clock.now(),
        )
    except NothingCovered as refusal:
        form.add_error("covers_from", str(refusal))
    except (MadeInTheFuture, OrderUnclear) as refusal:
        form.add_error("generated_at", str(refusal))
    except (UnknownZone, MoveRefused, NotMeant) as refusal:
        form.add_error(None, str(refusal))
    else:
        return True
    return False
