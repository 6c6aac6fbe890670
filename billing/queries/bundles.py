"""The bundle of an invoice on a page: the stored one, how far its making is, and the copies with names."""

import hashlib
from dataclasses import dataclass
from typing import Any

from billing.documents.bundle_words import KEY_FILE, bundle_file, verify_command
from billing.models import Invoice, InvoiceDocument
from ground.models import Job
from ground.storage import has_stored
from licenses.models import Contract, VendorKey
from usage.models import EvidenceFile

MAKE, PACK = "billing.make_bundle", "billing.pack_download"


@dataclass(frozen=True, kw_only=True)
class BundleOnPage:
    """What a page shows of the bundle of an invoice.

    `stored` is None while it is made, then `job` says how far that is. `fingerprint` is that on the invoice, empty on
    one from before there were keys.
    """

    stored: InvoiceDocument | None
    job: Job | None
    fingerprint: str
    file_name: str
    command: str
    key_file: str = KEY_FILE


def bundle_on_page(invoice: Invoice) -> BundleOnPage | None:
    """Return what a page shows of a finalized invoice's bundle; a draft has none."""
    if invoice.snapshot is None:
        return None
    stored = invoice.documents.filter(kind=InvoiceDocument.Kind.BUNDLE).first()
    return BundleOnPage(
        stored=stored,
        job=None if stored is not None else Job.objects.filter(key=f"{MAKE}:{invoice.public_id}").first(),
        fingerprint=str(invoice.frozen.get("signing", {}).get("fingerprint", "")),
        file_name=bundle_file(invoice.number),
        command=verify_command(invoice.number),
    )


def public_key_of(invoice: Invoice) -> VendorKey | None:
    """Return the public key that is named on a finalized invoice, whether or not it signs anything new."""
    fingerprint = invoice.frozen.get("signing", {}).get("fingerprint", "")
    return VendorKey.objects.filter(fingerprint=fingerprint).first()


def names_mark(*, contract: Contract) -> str:
    """Return what stands for the names of a contract as they are now; empty where every one was erased.

    An erasure gives another mark, so that no copy from before it is served. Of the whole contract, because the portal
    does not see which counts a true-up had before it.
    """
    known = EvidenceFile.objects.filter(contract=contract).exclude(names_key="").order_by("pk")
    listed = [f"{pk} {sha256}" for pk, sha256 in known.values_list("pk", "names_sha256")]
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()[:32] if listed else ""


def pack_key(invoice: Invoice, mark: str) -> str:
    """Return what the keys of the jobs begin with that pack a copy with names; a number follows."""
    return f"{PACK}:{invoice.pk}:{mark}:"


def packings(invoice: Invoice, mark: str) -> list[Job]:
    """Return the jobs that packed a copy with the names of this mark, the newest first."""
    key = pack_key(invoice, mark)
    return list(Job.objects.filter(customer_id=invoice.customer_id, key__startswith=key).order_by("-pk"))


def is_packed(job: Job) -> bool:
    """Return whether a job packed its copy and the copy still lies in the store."""
    made = job.result or {}
    return job.state == Job.State.SUCCEEDED and "key" in made and has_stored(made["key"])


def bundle_block(invoice: Invoice) -> dict[str, Any]:
    """Return what the block "Recompute this invoice" of a finalized invoice shows its customer."""
    mark = names_mark(contract=invoice.contract)
    jobs = packings(invoice, mark) if mark else []
    shown = bundle_on_page(invoice)
    return {
        "invoice": invoice,
        "bundle": shown,
        "has_names": bool(mark),
        "packing": jobs[0] if jobs else None,
        "packed": jobs[0] if jobs and is_packed(jobs[0]) else None,
        "is_under_way": _goes_on(shown.job if shown is not None else None) or _goes_on(jobs[0] if jobs else None),
    }


def _goes_on(job: Job | None) -> bool:
    return job is not None and not job.is_over
