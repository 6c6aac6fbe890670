"""Stored bundles: there, signed with the key on the invoice, and giving the invoice again from their rows."""

from collections.abc import Iterator
from typing import Any

from billing.invariants.report import CheckResult
from billing.models import Invoice, InvoiceDocument
from billing.queries.bundles import MAKE
from ground.models import Job
from ground.storage import StoredFileDamaged, StoredFileMissing, stored_path
from licenses.models import VendorKey
from usage.count_sandbox import CountFailed, run_child

Kind = InvoiceDocument.Kind
# Bundles that one child checks: starting it costs as much as checking a few small ones.
AT_ONCE = 20
SECONDS_PER_BUNDLE = 600
UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)


def bundles_give_their_invoices() -> CheckResult:
    """Every finalized invoice has its bundle, which `rollcall verify` finds equal with the key on the invoice.

    A bundle that is missing while its job waits or runs is a warning: it is under way.
    """
    result = CheckResult(name="bundles give their invoices again", figures={"invoices": 0, "bundles": 0})
    keys = {key.fingerprint: bytes(key.public_key) for key in VendorKey.objects.all()}
    under_way = set(Job.objects.filter(kind=MAKE, state__in=UNFINISHED).values_list("key", flat=True))
    asked: list[tuple[Invoice, dict[str, str]]] = []
    for invoice in Invoice.objects.filter(state=Invoice.State.FINALIZED).order_by("pk").iterator(chunk_size=200):
        result.count("invoices")
        who = _who(invoice)
        bundle = invoice.documents.filter(kind=Kind.BUNDLE).first()
        if bundle is None:
            _missing(result, who, is_under_way=f"{MAKE}:{invoice.public_id}" in under_way)
            continue
        result.count("bundles")
        key = keys.get((invoice.snapshot or {}).get("signing", {}).get("fingerprint", ""))
        if key is None:
            result.findings.append(f"{who}: the key that it names is not known")
            continue
        try:
            path = stored_path(bundle.storage_key, bundle.sha256)
        except (StoredFileDamaged, StoredFileMissing):
            # The check of documents names the file and says what is wrong with it.
            continue
        asked.append((invoice, {"path": str(path), "key": key.hex()}))
    for invoice, found in _checked(asked):
        _compare(result, invoice, found)
    return result


def _missing(result: CheckResult, who: str, *, is_under_way: bool) -> None:
    if is_under_way:
        result.warnings.append(f"{who} has no bundle yet; its job is under way")
    else:
        result.findings.append(f"{who} has no bundle, and no job will make it")


def _checked(asked: list[tuple[Invoice, dict[str, str]]]) -> Iterator[tuple[Invoice, dict[str, Any]]]:
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        try:
            answer = run_child(
                [document for _, document in some],
                module="billing.bundle.verify_child",
                seconds=SECONDS_PER_BUNDLE * len(some),
            )["bundles"]
        except CountFailed as failed:
            answer = [{"status": 1, "differences": [str(failed)], "invoice": {}}] * len(some)
        yield from zip((invoice for invoice, _ in some), answer, strict=True)


def _compare(result: CheckResult, invoice: Invoice, found: dict[str, Any]) -> None:
    who = _who(invoice)
    if found["status"] != 0:
        first = next(iter(found["differences"]), f"status {found['status']}")
        result.findings.append(f"{who}: its bundle does not verify: {first}")
        return
    stated = {
        "number": invoice.number,
        "snapshot_digest": invoice.snapshot_digest,
        "previous_digest": invoice.previous_digest,
        "chain_digest": invoice.chain_digest,
    }
    result.expect(found["invoice"] == stated, f"{who}: its bundle is of another invoice, or of another state of it")


def _who(invoice: Invoice) -> str:
    return f"invoice {invoice.number} (row {invoice.pk})"
