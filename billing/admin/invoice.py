"""One invoice as a document: what it says, how its number came to be, and what may be done with it."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.admin.refusals import said_to
from billing.documents.bundle_words import KEY_FILE, file_stem
from billing.e_invoices import exports_of
from billing.models import Invoice, InvoiceDocument
from billing.operations.discard_draft import discard_draft
from billing.operations.finalize_invoice import finalize_invoice, snapshot_to_freeze
from billing.operations.redraft_invoice import redraft_invoice
from billing.queries import document_of, invoice_detail, invoices_for
from billing.queries.bundles import bundle_on_page, public_key_of
from billing.queries.deliveries import sending_of
from billing.queries.likely_numbers import likely_number
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.sign_in.step_up import step_up
from ground.storage import open_stored
from licenses.queries import billing_contacts_of
from rollcall.signing import public_file

FINALIZING = "An invoice is finalized for good: its number is drawn and nothing in it changes any more."
FILES = {
    InvoiceDocument.Kind.PDF: ("application/pdf", "{number}.pdf", False),
    InvoiceDocument.Kind.EVIDENCE_CSV: ("text/csv; charset=utf-8", "{number}-counted.csv", True),
    InvoiceDocument.Kind.BUNDLE: ("application/zip", "{number}.zip", True),
}


def invoice_or_404(request: HttpRequest, public_id: str) -> Invoice:
    """Return the invoice with its contract; drafts are the vendor's to see."""
    invoice = invoices_for(actor=actor_of(request)).filter(public_id=public_id).first()
    if invoice is None:
        raise Http404("There is no such invoice. A draft that was discarded or drafted anew has a new address.")
    return invoice


@require_GET
def invoice_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show one invoice, draft or finalized."""
    actor, invoice = actor_of(request), invoice_or_404(request, public_id)
    detail = invoice_detail(actor=actor, public_id=public_id, today=clock.today(invoice.zone))
    context: dict[str, Any] = {
        "detail": detail,
        "invoice": detail.invoice,
        "says": detail.says,
        "counts": detail.counts,
        "bundle": bundle_on_page(invoice),
        "sending": sending_of(actor=actor, invoice=invoice) if invoice.state == Invoice.State.FINALIZED else None,
        "is_draft": invoice.state == Invoice.State.DRAFT,
        "exports": exports_of(invoice),
        "may_finalize": actor.vendor_role == "finance",
    }
    name = invoice.number or "Draft"
    return desk_page(request, "desk/invoice.html", context, title=f"{name}, {invoice.customer.name}")


@step_up(FINALIZING)
@require_http_methods(["GET", "POST"])
def finalize(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show what finalizing the draft would do; freeze it and draw its number when that was seen and confirmed."""
    if request.method == "POST":
        actor_of(request).require_vendor("finance")
    invoice = invoice_or_404(request, public_id)
    if invoice.state == Invoice.State.FINALIZED:
        messages.info(request, f"{invoice.number} is finalized already.")
        return redirect("desk:invoice", public_id)
    if request.method == "GET" or request.POST.get("seen") != _mark_of(invoice):
        return _finalize_dry_run(request, invoice)
    with said_to(request):
        final = finalize_invoice(
            actor=actor_of(request), invoice=invoice, now=clock.now(), today=clock.today(invoice.zone)
        )
        messages.success(request, f"Finalized as {final.number}. The document is being made.")
    return redirect("desk:invoice", public_id)


def _mark_of(draft: Invoice) -> str:
    """What a person has seen of a draft: another mark means that it was written anew."""
    return f"{draft.drafted_at.isoformat()} {draft.gross_amount:f}"


def _finalize_dry_run(request: HttpRequest, invoice: Invoice) -> HttpResponseBase:
    """Show the number, the amounts and what follows, or why the draft cannot be finalized; nothing is written."""
    today = clock.today(invoice.zone)
    number = likely_number(invoice=invoice, today=today)
    with said_to(request):
        context: dict[str, Any] = {
            "invoice": invoice,
            "number": number,
            "says": snapshot_to_freeze(invoice=invoice, number=number, today=today),
            "seen": _mark_of(invoice),
            "moved": request.method == "POST",
            "may_finalize": actor_of(request).vendor_role == "finance",
            "contacts": billing_contacts_of(contract=invoice.contract),
        }
        title = f"Dry run: finalize the {invoice}"
        return desk_page(
            request, "desk/invoice/finalize.html", context, title=title, status=409 if context["moved"] else 200
        )
    return redirect("desk:invoice", invoice.public_id)


@require_POST
def redraft(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Compute the draft again from the facts as they are now."""
    invoice = invoice_or_404(request, public_id)
    with said_to(request):
        closing = redraft_invoice(
            actor=actor_of(request), invoice=invoice, now=clock.now(), today=clock.today(invoice.zone)
        )
        messages.success(request, "Computed again." if closing.changed else "Computed again: nothing has changed.")
        if closing.invoice is not None:
            return redirect("desk:invoice", closing.invoice.public_id)
        return redirect(f"{reverse('desk:close')}?month={invoice.period.lower:%Y-%m}")
    return redirect("desk:invoice", public_id)


@require_POST
def discard(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Discard the draft with a reason; its period stays counted."""
    invoice = invoice_or_404(request, public_id)
    with said_to(request):
        discard_draft(actor=actor_of(request), invoice=invoice, reason=request.POST.get("reason", ""), now=clock.now())
        if invoice.corrects is not None:
            messages.success(request, f"Discarded: nothing of {invoice.corrects.number} is given back.")
            return redirect("desk:invoice", invoice.corrects.public_id)
        messages.success(request, "Discarded. Close the month again to draft it anew.")
        return redirect(f"{reverse('desk:close')}?month={invoice.period.lower:%Y-%m}")
    return redirect("desk:invoice", public_id)


@require_GET
def document(request: HttpRequest, public_id: str, kind: str) -> HttpResponseBase:
    """Send one stored document, after its bytes were compared with its SHA-256."""
    if kind == KEY_FILE:
        return public_key(request, public_id)
    if kind not in FILES:
        raise Http404("There is no such kind of document.")
    try:
        stored = document_of(actor=actor_of(request), public_id=public_id, kind=kind)
    except InvoiceDocument.DoesNotExist as missing:
        raise Http404("This document does not exist, or it is still being made.") from missing
    content_type, name, attached = FILES[InvoiceDocument.Kind(kind)]
    return FileResponse(
        open_stored(stored.storage_key, stored.sha256),
        content_type=content_type,
        filename=name.format(number=file_stem(stored.invoice.number)),
        as_attachment=attached,
    )


def public_key(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Send the public key whose fingerprint stands on the invoice."""
    invoice = invoice_or_404(request, public_id)
    key = public_key_of(invoice) if invoice.state == Invoice.State.FINALIZED else None
    if key is None:
        raise Http404("This invoice names no key.")
    return HttpResponse(
        public_file(bytes(key.public_key)),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{KEY_FILE}"'},
    )
