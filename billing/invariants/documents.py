"""Stored documents: present, whole, unchanged."""

from billing.e_invoices import why_no_e_invoice
from billing.invariants.report import CheckResult
from billing.models import Invoice, InvoiceDocument
from ground.models import Job
from ground.storage import StoredFileDamaged, StoredFileMissing, stored_path

RENDER = "billing.render_document"
# What that job makes; the bundle has a job and a check of its own.
RENDERED: set[str] = {InvoiceDocument.Kind.PDF, InvoiceDocument.Kind.E_INVOICE, InvoiceDocument.Kind.EVIDENCE_CSV}


def documents_are_whole() -> CheckResult:
    """Every stored document has the bytes of its SHA-256; every finalized invoice has its PDF, its evidence list,
    and its e-invoice where EN 16931 has one for its parties.

    A document that is missing while its job waits or runs is a warning: it is under way.
    """
    result = CheckResult(name="documents are there and unchanged", figures={"invoices": 0, "documents": 0})
    for document in InvoiceDocument.objects.select_related("invoice").order_by("pk").iterator(chunk_size=500):
        result.count("documents")
        who = f"{document.kind} of invoice {document.invoice.number} (document row {document.pk})"
        try:
            size = stored_path(document.storage_key, document.sha256).stat().st_size
        except (StoredFileDamaged, StoredFileMissing) as wrong:
            result.findings.append(f"{who}: {wrong}")
        else:
            result.expect(size == document.size, f"{who}: {size} bytes are stored, the row says {document.size}")
    _all_there(result)
    return result


def _all_there(result: CheckResult) -> None:
    under_way = set(
        Job.objects.filter(kind=RENDER, state__in=(Job.State.QUEUED, Job.State.RUNNING)).values_list("key", flat=True)
    )
    finalized = Invoice.objects.filter(state=Invoice.State.FINALIZED).prefetch_related("documents").order_by("pk")
    for invoice in finalized:
        result.count("invoices")
        missing = RENDERED - {document.kind for document in invoice.documents.all()}
        if InvoiceDocument.Kind.E_INVOICE in missing and why_no_e_invoice(invoice):
            missing.discard(InvoiceDocument.Kind.E_INVOICE)
        if not missing:
            continue
        words = f"invoice {invoice.number} (row {invoice.pk}) lacks {', '.join(sorted(missing))}"
        if f"{RENDER}:{invoice.public_id}" in under_way:
            result.warnings.append(f"{words}; its job is under way")
        else:
            result.findings.append(f"{words}, and no job will make it")
