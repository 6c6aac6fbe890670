"""The evidence that counts now: of every report, exactly the rows of the instants it owns."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from django.db.models import F

from licenses.models import Contract, Instance
from rollcall.period import Period
from usage.models import EvidenceFile, UsageReport
from usage.queries.ownership import owned_by_report
from usage.spans import Spans, meet, spans_digest


@dataclass(frozen=True, kw_only=True)
class EvidenceNeed:
    """Evidence that has not been made yet: of one report, in one zone, of the instants it owns."""

    report: UsageReport
    zone: str
    spans: Spans


@dataclass(frozen=True, kw_only=True)
class EvidenceSet:
    """The evidence of one contract for one period, in the order of its digests.

    ``needs`` lists what is still to be made; while it is not empty, ``digest`` is not that of the whole.
    """

    files: tuple[EvidenceFile, ...]
    needs: tuple[EvidenceNeed, ...]
    digest: str

    @property
    def is_complete(self) -> bool:
        return not self.needs

    @property
    def is_empty(self) -> bool:
        """Whether nothing was reported of anybody's activity; that is not the same as nobody being active."""
        return not self.files and not self.needs


@dataclass(frozen=True, kw_only=True)
class OwnedEvidence:
    """What one report owns, and the evidence made of it; None while it is still to be made."""

    report_id: int
    spans: Spans
    file: EvidenceFile | None


def current_evidence(*, contract: Contract, period: Period, zone: str) -> EvidenceSet:
    """Return the evidence from which the period is counted now: all instances, all reports that own part of it.

    Empty ``files`` and ``needs`` mean that nothing was reported, which is not the same as nobody being active.
    """
    return evidence_in(owned_evidence(contract=contract, zone=zone), period=period, zone=zone)


def owned_evidence(*, contract: Contract, zone: str, adding: UsageReport | None = None) -> list[OwnedEvidence]:
    """Return for every counted report of the contract that owns anything what it owns and the evidence of it.

    ``adding`` is a report that is about to be counted.
    """
    book: list[OwnedEvidence] = []
    for instance in Instance.objects.filter(contract=contract).order_by("pk"):
        mine = adding if adding is not None and adding.instance_id == instance.pk else None
        owned = {pk: spans for pk, spans in owned_by_report(instance=instance, adding=mine).items() if spans}
        made = made_evidence(owned, zones=[zone])
        book += [OwnedEvidence(report_id=pk, spans=spans, file=made.get((pk, zone))) for pk, spans in owned.items()]
    return book


def evidence_in(book: Iterable[OwnedEvidence], *, period: Period, zone: str) -> EvidenceSet:
    """Return those of the evidence whose instants meet the period's."""
    window = period.instants(zone)
    inside = [entry for entry in book if meet(entry.spans, window)]
    files = sorted((entry.file for entry in inside if entry.file), key=lambda file: (file.digest, file.pk))
    missing = {entry.report_id: entry.spans for entry in inside if not entry.file}
    return EvidenceSet(
        files=tuple(files),
        needs=tuple(needed_evidence(missing, zones=[zone], made={})),
        digest=evidence_set_digest(files),
    )


def evidence_set_digest(files: Iterable[EvidenceFile]) -> str:
    """Return "sha256:..." over the sorted digests of evidence; neither order nor repetition matters."""
    digests = sorted({file.digest for file in files})
    return f"sha256:{hashlib.sha256(rfc8785.dumps(digests)).hexdigest()}"


def made_evidence(owned: Mapping[int, Spans], *, zones: Sequence[str]) -> dict[tuple[int, str], EvidenceFile]:
    """Return the evidence that exists for what each report owns, by (report id, zone), under its last confirmation."""
    digests = {report_id: spans_digest(spans) for report_id, spans in owned.items()}
    found = EvidenceFile.objects.filter(
        report_id__in=owned,
        confirmation=F("report__confirmation"),
        zone__in=zones,
        spans_digest__in=set(digests.values()),
    ).select_related("report__instance")
    return {(file.report_id, file.zone): file for file in found if file.spans_digest == digests[file.report_id]}


def needed_evidence(
    owned: Mapping[int, Spans], *, zones: Sequence[str], made: Mapping[tuple[int, str], EvidenceFile] | None = None
) -> list[EvidenceNeed]:
    """Return what is still to be made so that every report that owns anything has its evidence in every zone."""
    present = made_evidence(owned, zones=zones) if made is None else made
    missing = [
        (report_id, zone)
        for report_id, spans in owned.items()
        for zone in zones
        if spans and (report_id, zone) not in present
    ]
    if not missing:
        return []
    reports = UsageReport.objects.select_related("instance", "contract").in_bulk({pk for pk, _ in missing})
    return [EvidenceNeed(report=reports[report_id], zone=zone, spans=owned[report_id]) for report_id, zone in missing]


def events_in(entry: Mapping[str, Any]) -> int:
    """Return the activities of the accepted rows of one file that a count names: one each where it does not say so."""
    return int(entry.get("events", entry["rows_accepted"]))
