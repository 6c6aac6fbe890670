"""Gathers what the bundle of an invoice holds, from the rows and files that were frozen with it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from billing.bundle.count_document import count_document
from billing.bundle.evidence_sandbox import Asked, files_of, write_evidence
from billing.bundle.sides import Side, counted_sides, sides_of
from billing.e_invoices import KeptEInvoice
from billing.models import Invoice
from billing.snapshot_figures import versions_document
from ground.storage import stored_path
from licenses.queries import salt_of
from rollcall import __version__
from rollcall.evidence import BundleContents, CountFolder, RatedFolder
from rollcall.evidence.contents import evidence_member
from rollcall.period import TZDATA_VERSION
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.metrics import OF_ACTIVITY
from usage.models import ActiveUserCount, EvidenceFile, ReportReceipt, UsageReport


def bundle_contents(*, invoice: Invoice, e_invoice: KeptEInvoice, folder: Path) -> BundleContents:
    """Return the contents of a finalized invoice's bundle; large members are files, those made now in `folder`.

    Raises NamesErased, CountFailed, EvidenceDiffers, MetricUnknown, StoredFileDamaged, StoredFileMissing.
    """
    sides = sides_of(invoice)
    counted = counted_sides(sides)
    counts = {pk: side.count for pk, side in counted.items() if side.count is not None}
    files = {pk: files_of(count) for pk, count in counts.items()}
    asked = {pk: found for pk, side in counted.items() if (found := _asked(side, files[pk])) is not None}
    written = write_evidence(
        files=[file for behind in files.values() for file in behind],
        resolutions=list(asked.values()),
        salt=salt_of(contract=invoice.contract),
        folder=folder,
    )
    resolutions = dict(zip(asked, written.resolutions, strict=True))
    alike: Counter[str] = Counter()
    folders: dict[int, CountFolder] = {}
    for pk, side in counted.items():
        # Two counts over other evidence may come to the same: their folders are numbered.
        alike[counts[pk].digest] += 1
        folders[pk] = _count_folder(side, resolutions.get(pk), number=alike[counts[pk].digest])
    frozen = invoice.frozen
    return BundleContents(
        number=invoice.number or "",
        snapshot_digest=invoice.snapshot_digest,
        previous_digest=invoice.previous_digest,
        chain_digest=invoice.chain_digest,
        engine_version=frozen["count"]["engine_version"] or __version__,
        tzdata_version=frozen["count"]["tzdata_version"] or TZDATA_VERSION,
        invoice=frozen,
        invoice_xml=e_invoice.xml or None,
        why_no_xml=e_invoice.refusal,
        reports=_reports(counts.values(), finalized_at=invoice.finalized_at),
        evidence=written.evidence,
        counts=list(folders.values()),
        rated=[_rated_folder(side, folders) for side in sides],
    )


def files_with_names(invoice: Invoice) -> list[EvidenceFile]:
    """Return the evidence behind an invoice whose names were not erased, each file once."""
    found: dict[int, EvidenceFile] = {}
    for side in counted_sides(sides_of(invoice)).values():
        if side.count is not None:
            found |= {file.pk: file for file in files_of(side.count) if file.names_key}
    return [file for _, file in sorted(found.items())]


def _asked(side: Side, files: Sequence[EvidenceFile]) -> Asked | None:
    """What has to be worked out about people before this count can be made again without names; mostly nothing."""
    metric = side.metric()
    if not isinstance(metric, OF_ACTIVITY) or not _looks_at_names(metric.definition):
        return None
    return Asked(definition=metric.definition, evidence=files)


def _looks_at_names(definition: ActivityDefinition) -> bool:
    return bool(definition.excluded_users or definition.identity.aliases)


def _count_folder(side: Side, resolution: dict[str, object] | None, *, number: int) -> CountFolder:
    count = side.count
    verdicts = None
    if count is not None and count.has_people:
        verdicts = stored_path(count.verdicts_key, count.verdicts_sha256)
    return CountFolder(document=count_document(side), verdicts=verdicts, resolution=resolution, number=number)


def _rated_folder(side: Side, folders: Mapping[int, CountFolder]) -> RatedFolder:
    return RatedFolder(
        charge=side.charge,
        period=(side.span.start.isoformat(), side.span.end.isoformat()),
        role=side.role,
        terms=side.force.terms.shortest_form(),
        usage=side.usage,
        rating=side.rating,
        count=folders[side.count.pk] if side.count is not None else None,
        versions=versions_document(side.force),
        true_up=side.true_up,
        settled=side.settled,
    )


def _reports(counts: Iterable[ActiveUserCount], *, finalized_at: datetime | None) -> list[dict[str, Any]]:
    """One entry per received file behind the counts, as the counts recorded it; `evidence` names the member.

    `receipt` is the digest of the vendor's receipt of a signed report, where it was given before the invoice.
    """
    entries = {entry["evidence_id"] or entry["report"]: entry for count in counts for entry in count.evidence}
    named = {entry["report"] for entry in entries.values()}
    received = dict(UsageReport.objects.filter(public_id__in=named).values_list("public_id", "received_at"))
    given = ReportReceipt.objects.filter(report__public_id__in=named, issued_at__lte=finalized_at)
    receipts = dict(given.values_list("report__public_id", "digest"))
    return [
        {
            "report": entry["report"],
            "file_name": entry["file_name"],
            "sha256": entry["sha256"],
            "instance": entry["instance"],
            "grade": entry["grade"],
            "received_at": f"{received[entry['report']]:%Y-%m-%dT%H:%M:%S.%fZ}",
            "rows_read": entry["rows_read"],
            "rows_accepted": entry["rows_accepted"],
            "rows_quarantined": entry["rows_quarantined"],
            **({"events": entry["events"]} if "events" in entry else {}),
            "receipt": receipts.get(entry["report"]),
            "evidence": evidence_member(entry["digest"]) if entry["evidence_id"] else None,
        }
        for _, entry in sorted(entries.items(), key=lambda item: (item[1]["report"], item[1]["digest"]))
    ]
