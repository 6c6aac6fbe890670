"""What a recall of a reporter concerns: the reports, and the periods that rest on them, each with what is next."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from billing.models import BillingPeriod, TrueUp
from billing.settled_facts import OPEN_STATES
from licenses.models import Contract
from usage.models import ActiveUserCount, EvidenceFile, ReporterRecall, ReportState, SignedReport
from usage.queries.counts import latest_count
from usage.queries.ownership import owned_by_report
from usage.queries.recalls import reports_recalled
from usage.spans import Spans, meet

# What is next, by its code.
CORRECT, RECOUNT, DECIDE, SETTLED = "correct", "recount", "decide", "settled"
NEXT_WORDS = {
    CORRECT: "a corrected report of these days is needed, made by another version",
    RECOUNT: "corrected reports are here: count again",
    DECIDE: "decide about the true-up",
    SETTLED: "settled by corrected reports",
}


@dataclass(frozen=True, kw_only=True)
class RecalledPeriod:
    """A period of one charge that was counted from recalled reports, and what is next.

    `reports` are those that its count rests on, or will; `true_up` is the open proposal, if there is one.
    """

    row: BillingPeriod
    reports: tuple[SignedReport, ...]
    next: str
    true_up: TrueUp | None

    @property
    def next_words(self) -> str:
        """What is next, in words."""
        return NEXT_WORDS[self.next]


@dataclass(frozen=True, kw_only=True)
class RecalledReport:
    """A report of a recalled version, and whether any of its days still counts by it."""

    signed: SignedReport
    is_replaced: bool

    @property
    def state_words(self) -> str:
        """What became of it, in words."""
        if self.signed.report.is_counted and self.is_replaced:
            return "replaced by corrected reports"
        return str(self.signed.report.get_state_display())


@dataclass(frozen=True, kw_only=True)
class Concerned:
    """Everything that a recall concerns."""

    reports: tuple[RecalledReport, ...]
    periods: tuple[RecalledPeriod, ...]

    @property
    def waiting(self) -> int:
        """The reports that wait for a decision."""
        return sum(one.signed.report.state == ReportState.NEEDS_DECISION for one in self.reports)

    @property
    def to_count_again(self) -> tuple[Contract, ...]:
        """The contracts of the periods that are not settled, each once: counting again changes nothing else."""
        found = {one.row.contract_id: one.row.contract for one in self.periods if one.next != SETTLED}
        return tuple(found.values())


def concerned_by(recall: ReporterRecall) -> Concerned:
    """Return what a recall concerns. Whoever asks is one of the vendor's."""
    signed = list(reports_recalled(recall))
    owned = _owned(signed)
    reports = tuple(RecalledReport(signed=one, is_replaced=not owned.get(one.report_id)) for one in signed)
    counted = [one for one in signed if one.report.is_counted]
    by_contract: dict[int, list[SignedReport]] = {}
    for one in counted:
        by_contract.setdefault(one.contract_id, []).append(one)
    periods = [period for group in by_contract.values() for period in _periods(group, owned)]
    return Concerned(reports=reports, periods=tuple(periods))


def _owned(signed: Iterable[SignedReport]) -> dict[int, Spans]:
    """The instants that still count by these reports, of those that count."""
    counted = {one.report_id: one.instance for one in signed if one.report.is_counted}
    instances = {instance.pk: instance for instance in counted.values()}
    owned = {pk: spans for one in instances.values() for pk, spans in owned_by_report(instance=one).items()}
    return {pk: owned[pk] for pk in counted if pk in owned}


def _periods(signed: Collection[SignedReport], owned: Mapping[int, Spans]) -> list[RecalledPeriod]:
    """The periods of one contract that were counted from these reports, or will be."""
    first = min(one.report.covers.lower for one in signed)
    last = max(one.report.covers.upper for one in signed)
    rows = BillingPeriod.objects.filter(
        contract_id=next(iter(signed)).contract_id,
        kind=BillingPeriod.Kind.REGULAR,
        is_counted=True,
        starts_at__lt=last,
        ends_at__gt=first,
    )
    rows = rows.select_related("contract__customer", "count", "invoice").order_by("period", "charge_key")
    evidence = dict(
        EvidenceFile.objects.filter(report__in=[one.report_id for one in signed]).values_list("pk", "report_id")
    )
    found = []
    for row in rows:
        still = {one.report_id for one in signed if meet(owned.get(one.report_id, ()), (row.starts_at, row.ends_at))}
        resting = _behind(row.count, evidence)
        behind = [one for one in signed if one.report_id in still | resting]
        if behind:
            found.append(_period(row, behind, still_counts=bool(still), evidence=evidence))
    return found


def _period(
    row: BillingPeriod, behind: Collection[SignedReport], *, still_counts: bool, evidence: Mapping[int, int]
) -> RecalledPeriod:
    proposed = row.true_ups.filter(state__in=OPEN_STATES).order_by("pk").last()
    if proposed is not None:
        what = DECIDE
    elif still_counts:
        what = CORRECT
    else:
        what = RECOUNT if _behind(_newest(row), evidence) else SETTLED
    return RecalledPeriod(row=row, reports=tuple(behind), next=what, true_up=proposed)


def _newest(row: BillingPeriod) -> ActiveUserCount | None:
    """The last count that was made of what the period bills, whether it is billed by that or not."""
    if row.count is None:
        return None
    return latest_count(contract=row.contract, metric_digest=row.count.metric_digest, period=row.span, zone=row.zone)


def _behind(count: ActiveUserCount | None, evidence: Mapping[int, int]) -> set[int]:
    """The recalled reports, by their ids, from the evidence of which a count was made."""
    named = () if count is None else (entry.get("evidence_id") for entry in count.evidence)
    return {evidence[pk] for pk in named if pk in evidence}
