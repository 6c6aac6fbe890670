"""Count the active users of one period from the evidence that is current now."""

from collections.abc import Iterable
from datetime import datetime

from licenses.models import Contract
from licenses.queries import salt_of
from licenses.ranges import range_of
from rollcall import __version__
from rollcall.period import TZDATA_VERSION, Period
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.contract import ContractTerms
from rollcall.terms.instances import PEOPLE
from rollcall.terms.metrics import Metric
from rollcall.terms.provisioned import ProvisionedMetric
from rollcall.terms.reported import ReportedMetric
from rollcall.terms.seats import SeatsMetric
from usage.count_sandbox import CountGroup, CountRequest
from usage.files import evidence_paths, names_paths
from usage.models import ActiveUserCount, EvidenceFile
from usage.operations.count_provisioned_users import NoProvisionedUsers, count_provisioned_users
from usage.operations.count_reported_users import NoCountsReported, count_reported_users, provisioned_facts
from usage.operations.count_seats import count_seats
from usage.operations.count_together import WantedCount, count_together
from usage.operations.make_evidence import Progress, quiet
from usage.operations.make_missing_evidence import make_missing_evidence, make_needed_evidence
from usage.queries.basis import Basis, basis_for
from usage.queries.counts import reported_count
from usage.queries.evidence import EvidenceSet, current_evidence


class NothingReported(Exception):
    """No report owns any instant of the period, so there is nothing to count; that is not a count of zero."""


def count_period(
    *,
    contract: Contract,
    metric_name: str,
    terms: ContractTerms,
    period: Period,
    now: datetime,
    progress: Progress = quiet,
    even_without_reports: bool = False,
) -> ActiveUserCount:
    """Return the count of a metric in a period; made now if these definition, period and evidence were never counted.

    Counts what is known: whether days are missing is ``queries.coverage``, and what then happens is the contract's gap
    rule. Evidence that is still to be made is made first, so no transaction may be open.
    ``even_without_reports`` gives a count of nobody over no evidence, for a bill that estimates what is missing.
    Raises NothingReported, NamesErased, CountFailed, KeyError for a metric that the terms lack.
    """
    found = want_count(
        contract=contract,
        metric_name=metric_name,
        terms=terms,
        period=period,
        now=now,
        progress=progress,
        even_without_reports=even_without_reports,
    )
    return found if isinstance(found, ActiveUserCount) else count_together(wanted=[found])[0]


def want_count(
    *,
    contract: Contract,
    metric_name: str,
    terms: ContractTerms,
    period: Period,
    now: datetime,
    progress: Progress = quiet,
    even_without_reports: bool = False,
) -> ActiveUserCount | WantedCount:
    """Return the count as `count_period` does, or where a child has to count, what it is to be asked.

    With `count_together` many contracts are counted in one child. Raises what `count_period` raises, but CountFailed
    only for evidence that had to be made.
    """
    metric = terms.metrics[metric_name]
    if not isinstance(metric, Metric | ActionMetric):
        return _of_no_activity(contract, (metric_name, metric), period, terms, now, even_without_reports)
    basis, evidence = _known_now(contract, metric_name, metric, terms, period, progress)
    if not evidence.files and not even_without_reports:
        raise NothingReported(
            f"Nothing was reported for {period.words(terms.timezone)} under contract {contract.number}."
        )
    key = {
        "contract": contract,
        "metric_digest": metric.digest(),
        "period": range_of(period),
        "zone": terms.timezone,
        "evidence_set_digest": evidence.digest,
        "basis_digest": basis.digest,
    }
    known = ActiveUserCount.objects.filter(**key).first()
    if known is not None:
        return known
    facts = {
        "metric_name": metric_name,
        "metric_kind": metric.kind,
        "evidence": evidence_list(evidence.files),
        "reported_users": reported_count(contract=contract, period=period),
        "look_back": dict(basis.look_back),
        "engine_version": __version__,
        "tzdata_version": TZDATA_VERSION,
        "counted_at": now,
        **provisioned_facts(contract=contract, period=period),
    }
    group = _group(contract, metric, basis, evidence.files)
    return WantedCount(key=key, facts=facts, metric=metric, basis=basis, group=group)


def _group(
    contract: Contract, metric: Metric | ActionMetric, basis: Basis, files: tuple[EvidenceFile, ...]
) -> CountGroup:
    """Return what a child is asked of one contract."""
    request = CountRequest(
        definition=metric.definition,
        period=basis.period,
        evidence=files,
        since=basis.since,
        measure=metric.measure if isinstance(metric, ActionMetric) else "",
        by_instance=isinstance(metric, Metric) and metric.across_instances != PEOPLE,
    )
    return CountGroup(
        requests=(request,),
        salt=salt_of(contract=contract),
        paths=evidence_paths(files),
        names=names_paths(files) if request.looks_at_names else {},
    )


def _of_no_activity(
    contract: Contract,
    named: tuple[str, ReportedMetric | ProvisionedMetric | SeatsMetric],
    period: Period,
    terms: ContractTerms,
    now: datetime,
    even_without: bool,
) -> ActiveUserCount:
    """Count what nobody did: numbers that are reported, accounts that exist, seats that are bought."""
    name, metric = named
    if isinstance(metric, SeatsMetric):
        return count_seats(contract=contract, metric_name=name, metric=metric, terms=terms, period=period, now=now)
    try:
        if isinstance(metric, ProvisionedMetric):
            return count_provisioned_users(
                contract=contract, metric_name=name, metric=metric, period=period, zone=terms.timezone, now=now
            )
        return count_reported_users(
            contract=contract,
            metric_name=name,
            metric=metric,
            period=period,
            zone=terms.timezone,
            now=now,
            even_without_reports=even_without,
        )
    except (NoCountsReported, NoProvisionedUsers) as nothing:
        raise NothingReported(str(nothing)) from nothing


def _known_now(
    contract: Contract,
    metric_name: str,
    metric: Metric | ActionMetric,
    terms: ContractTerms,
    period: Period,
    progress: Progress,
) -> tuple[Basis, EvidenceSet]:
    """Return the evidence, made where it was not there, and the days that are known once it is."""
    by_user = _looks_at_people(terms, metric_name)
    basis = basis_for(contract=contract, metric=metric, terms=terms, period=period, by_user=by_user)
    evidence = _complete_evidence(contract, basis.looked_at, terms.timezone, progress)
    return basis_for(contract=contract, metric=metric, terms=terms, period=period, by_user=by_user), evidence


def _looks_at_people(terms: ContractTerms, metric_name: str) -> bool:
    """Whether a cap of the contract looks at what single people used."""
    caps = [charge.limits.per_user_cap for charge in terms.charges.values() if charge.metric == metric_name]
    return any(cap is not None and cap.reading == "each_person" for cap in caps)


def evidence_list(files: Iterable[EvidenceFile]) -> list[dict[str, object]]:
    """Return what a count and an invoice keep of the evidence: one entry per file, in the order of the digests.

    Where a row stands for several activities, as in a signed report, "events" says how many they are together.
    """
    return [
        {
            "evidence_id": file.pk,
            "report": file.report.public_id,
            "file_name": file.report.file_name,
            "sha256": file.report.sha256,
            "instance": file.report.instance.name,
            "grade": file.report.grade,
            "rows_read": file.row_counts["read"],
            "rows_accepted": file.row_counts["accepted"],
            "rows_quarantined": file.row_counts["quarantined"],
            "rows_duplicate": file.row_counts["duplicate"],
            "rows_not_owned": file.row_counts["not_owned"],
            "users": file.users,
            "digest": file.digest,
            **({"events": file.row_counts["events"]} if "events" in file.row_counts else {}),
        }
        for file in files
    ]


def _complete_evidence(contract: Contract, period: Period, zone: str, progress: Progress) -> EvidenceSet:
    evidence = current_evidence(contract=contract, period=period, zone=zone)
    while not evidence.is_complete:
        instances = {need.report.instance for need in evidence.needs}
        make_needed_evidence(needs=evidence.needs, progress=progress)
        for instance in instances:
            make_missing_evidence(instance=instance, progress=progress)
        evidence = current_evidence(contract=contract, period=period, zone=zone)
    return evidence
