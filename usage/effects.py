"""What a report changes: active users before and with it, per billed period. For people; no bill reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from licenses.models import ContractVersion
from licenses.queries import agreed_days, salt_of, terms_of
from licenses.ranges import period_of, span_of
from rollcall.period import Period
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.metrics import Metric
from usage.count_sandbox import CountRequest, count_in_child
from usage.files import evidence_paths, names_paths
from usage.models import EvidenceFile, UsageReport
from usage.queries.evidence import EvidenceSet, evidence_in, owned_evidence
from usage.queries.ownership import Basis, basis_of


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One metric in one billed period, with the evidence before a report and with it."""

    metric_name: str
    definition: ActivityDefinition
    period: Period
    since: date
    before: EvidenceSet
    after: EvidenceSet


@dataclass(frozen=True, kw_only=True)
class ScratchEvidence:
    """Evidence of a trial reading: a row that is not stored, and where its files lie while they are counted."""

    file: EvidenceFile
    path: Path
    names: Path


def effects_of(*, report: UsageReport, scratch: Mapping[str, ScratchEvidence] | None = None) -> list[dict[str, Any]]:
    """Return per metric and billed period that the report touches: users before it and with it.

    [{"metric", "start", "end", "before": users or None, "after": users or None}, ...]; None means that nothing is
    reported. All evidence must have been made already; ``scratch`` gives the report's own by zone, where it is not
    stored. One child counts everything. Raises CountFailed, NamesErased.
    """
    tried = {one.file.pk: one for one in (scratch or {}).values()}
    comparisons = list(_comparisons(report, scratch or {}))
    sets = [evidence for one in comparisons for evidence in (one.before, one.after)]
    files = [file for pk, file in {file.pk: file for one in sets for file in one.files}.items() if pk not in tried]
    requests: list[CountRequest] = []
    places: list[tuple[int | None, int | None]] = []
    for one in comparisons:
        places.append((_ask(one, one.before, requests), _ask(one, one.after, requests)))
    look_at_names = any(request.looks_at_names for request in requests)
    answers = count_in_child(
        requests,
        salt=salt_of(contract=report.contract),
        paths=evidence_paths(files) | {pk: one.path for pk, one in tried.items()},
        names=names_paths(files) | {pk: one.names for pk, one in tried.items()} if look_at_names else {},
    )
    return [
        {
            "metric": one.metric_name,
            "start": one.period.start.isoformat(),
            "end": one.period.end.isoformat(),
            "before": None if before is None else answers[before].active_users,
            "after": None if after is None else answers[after].active_users,
        }
        for one, (before, after) in zip(comparisons, places, strict=True)
    ]


def _comparisons(report: UsageReport, scratch: Mapping[str, ScratchEvidence]) -> Iterator[Comparison]:
    """Yield what to compare: every metric in every billed period that shares an instant with the report's span."""
    if report.covers is None or basis_of(report) is not Basis.ACTIVITY:
        return
    start, end = span_of(report.covers)
    agreed = agreed_days(contract=report.contract)
    for version in ContractVersion.objects.filter(contract=report.contract).order_by("active"):
        terms = terms_of(version)
        zone = terms.timezone
        before = owned_evidence(contract=report.contract, zone=zone)
        after = owned_evidence(contract=report.contract, zone=zone, adding=report)
        if zone in scratch:
            own = scratch[zone].file
            after = [replace(entry, file=own) if entry.report_id == report.pk else entry for entry in after]
        for period in terms.periods:
            opens, closes = period.instants(zone)
            if closes <= start or end <= opens or not period_of(version.active).contains(period.start):
                continue
            for metric_name, metric in terms.metrics.items():
                if not isinstance(metric, Metric | ActionMetric):
                    continue
                first = metric.definition.windows(period, agreed.start)[0].start
                looked_at = Period(min(first, period.start), period.end)
                yield Comparison(
                    metric_name=metric_name,
                    definition=metric.definition,
                    period=period,
                    since=agreed.start,
                    before=evidence_in(before, period=looked_at, zone=zone),
                    after=evidence_in(after, period=looked_at, zone=zone),
                )


def _ask(one: Comparison, evidence: EvidenceSet, requests: list[CountRequest]) -> int | None:
    """Return the place of a request among the answers, added unless it was just made; None without evidence."""
    if not evidence.files:
        return None
    request = CountRequest(definition=one.definition, period=one.period, evidence=evidence.files, since=one.since)
    if requests[-1:] != [request]:
        requests.append(request)
    return len(requests) - 1
