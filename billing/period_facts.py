"""Everything that is stored about one period of one contract and that could disagree, gathered once.

Owns: which facts a difference may rest on. Does not own: what is a difference (`billing.differences`), nor any write
but the count itself, which is a fact and changes no period.
Invariant: what the files of `billing/differences` find depends on these facts alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from billing.counting import count_metrics
from billing.models import BillingPeriod, TrueUp
from billing.people_tally import NOBODY, PeopleTally, people_tally
from billing.subset_counts import subset_counts
from billing.terms_in_force import TermsInForce, counted_metrics, terms_in_force
from billing.what_if import WhatIf, what_if
from licenses.models import Contract
from licenses.queries import NothingAgreed
from licenses.ranges import instants_range, range_of
from rollcall.counting.answer import COUNTED
from rollcall.period import Period, civil_day
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.metrics import Metric
from usage.files import NamesErased
from usage.models import ActiveUserCount, EvidenceFile, ReportedCount, UsageReport
from usage.operations.count_period import NothingReported
from usage.queries import Coverage, coverage
from usage.queries.namespaces import namespaces_of
from usage.queries.ownership import COUNTED_STATES
from usage.queries.quarantine import Quarantine, quarantine_of

State = BillingPeriod.State
TREND = 3


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A number of users that an instance, or the customer for the whole contract (`instance` is ""), says it had."""

    instance: str
    users: int
    source: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class PeriodFacts:
    """One period: its rows, the newest count of its main metric, and what stands beside it.

    `count` is None where nothing can be counted. `earlier` are up to three periods before it, the newest first;
    `files_before` is the evidence of the first of them.
    """

    contract: Contract
    force: TermsInForce
    period: Period
    now: datetime
    rows: tuple[BillingPeriod, ...]
    counts: Mapping[str, ActiveUserCount]
    count: ActiveUserCount | None
    tally: PeopleTally
    files: tuple[EvidenceFile, ...]
    files_before: tuple[EvidenceFile, ...]
    claims: tuple[Claim, ...]
    covered: Coverage
    earlier: tuple[BillingPeriod, ...]
    quarantines: tuple[Quarantine, ...]
    namespaces: Mapping[str, int]
    true_ups: tuple[TrueUp, ...]

    @property
    def row(self) -> BillingPeriod:
        """The row of the main charge."""
        return next((row for row in self.rows if row.is_main), self.rows[0])

    @property
    def zone(self) -> str:
        return self.force.terms.timezone

    @property
    def currency(self) -> str:
        return self.force.terms.currency

    @property
    def today(self) -> date:
        return civil_day(self.now, self.zone)

    @property
    def is_over(self) -> bool:
        return self.row.ends_at <= self.now

    @property
    def has_people(self) -> bool:
        """Whether there is a list of people behind the number."""
        return self.count is not None and self.count.has_people

    @property
    def metric_name(self) -> str:
        """The metric of the main charge; "" where it counts nothing."""
        return self.force.metric_of(self.row.charge_key) or next(iter(sorted(self.counts)), "")

    @property
    def definition(self) -> ActivityDefinition | None:
        """Who is active, where activity is counted."""
        metric = self.force.billed_terms.metrics.get(self.metric_name)
        return metric.definition if isinstance(metric, Metric | ActionMetric) else None

    @cached_property
    def by_instance(self) -> dict[str, list[EvidenceFile]]:
        """The evidence of the count by the name of the instance."""
        found: dict[str, list[EvidenceFile]] = {}
        for file in self.files:
            found.setdefault(file.report.instance.name, []).append(file)
        return dict(sorted(found.items()))

    @cached_property
    def alone(self) -> dict[str, int]:
        """The people whom each instance has by itself, under the definition of the contract."""
        return _seen_alone(self.count, self.definition, self.files) or self.people_of(self.by_instance)

    @cached_property
    def without(self) -> dict[str, int]:
        """The people who are left when an instance is left out, by its name."""
        return self.people_of(
            {name: [file for file in self.files if file not in files] for name, files in self.by_instance.items()}
        )

    @cached_property
    def alone_before(self) -> dict[str, int]:
        """The people whom each instance had by itself in the period before, under the definition of now."""
        if self.definition is None or not self.earlier:
            return {}
        if seen := _seen_alone(self.earlier[0].count, self.definition, self.files_before):
            return seen
        parts: dict[str, list[EvidenceFile]] = {}
        for file in self.files_before:
            parts.setdefault(file.report.instance.name, []).append(file)
        return self.people_of(parts, period=self.earlier[0].span)

    @cached_property
    def on_several(self) -> int:
        """How often people stand on another instance besides one: what the instances have more than the whole."""
        if not self.has_people or len(self.by_instance) < 2 or not self.alone:
            return 0
        return sum(self.alone.values()) - self.tally.people

    def people_of(
        self,
        parts: Mapping[str, Sequence[EvidenceFile]],
        definition: ActivityDefinition | None = None,
        period: Period | None = None,
    ) -> dict[str, int]:
        """Return how many people a part of the evidence has, by its name; of erased names nobody can be told apart."""
        chosen = definition or self.definition
        if chosen is None:
            return {}
        try:
            return subset_counts(contract=self.contract, definition=chosen, period=period or self.period, parts=parts)
        except NamesErased:
            return {}

    @cached_property
    def what_if(self) -> WhatIf | None:
        """What the period would come to with another number of its main metric."""
        if self.count is None:
            return None
        return what_if(
            contract=self.contract,
            force=self.force,
            period=self.period,
            counts=self.counts,
            metric=self.metric_name,
            released=self.row.released_codes,
        )

    @cached_property
    def net_amount(self) -> Decimal | None:
        """What the period comes to before tax with the newest counts."""
        return self.what_if.net() if self.what_if is not None else None

    def effect_of_users(self, more: int) -> Decimal | None:
        """What so many more (or fewer) users would change; None where nobody can say."""
        return self.what_if.effect_of_users(more) if self.what_if is not None else None


def _seen_alone(
    count: ActiveUserCount | None, definition: ActivityDefinition | None, files: Sequence[EvidenceFile]
) -> dict[str, int]:
    """Return the people of each instance from the count's own steps, where everybody who is seen counts; else empty."""
    steps = count.funnel if count is not None else {}
    if not steps or definition is None or (definition.min_events, definition.min_days) != (1, 1):
        return {}
    if set(steps["verdicts"]) != {COUNTED} or steps["not_qualifying"] or steps["same_person"]:
        return {}
    names = {file.report.instance.public_id: file.report.instance.name for file in files}
    ids: Mapping[str, int] = steps["ids_by_instance"]
    return {names[key]: people for key, people in sorted(ids.items())} if set(ids) <= set(names) else {}


def gather_facts(*, contract: Contract, period: Period, now: datetime) -> PeriodFacts | None:
    """Return the facts of a period, counted anew where evidence is newer than the last count.

    None where the contract has no regular row or no version for it. No transaction may be open.
    Raises CountFailed, StoredFileDamaged, StoredFileMissing.
    """
    rows = tuple(_rows(contract, period))
    if not rows:
        return None
    try:
        force = terms_in_force(contract=contract, period=period)
    except NothingAgreed:
        return None
    counts = _counts(contract, force, period, now)
    main = next((row for row in rows if row.is_main), rows[0])
    count = counts.get(force.metric_of(main.charge_key) or "") or next(iter(counts.values()), None)
    earlier = tuple(_earlier(main))
    files = _files(count)
    return PeriodFacts(
        contract=contract,
        force=force,
        period=period,
        now=now,
        rows=rows,
        counts=counts,
        count=count,
        tally=people_tally(count) if count is not None else NOBODY,
        files=files,
        files_before=_files(earlier[0].count) if earlier else (),
        claims=tuple(claims_of(contract=contract, period=period)),
        covered=coverage(contract=contract, period=period, zone=force.terms.timezone),
        earlier=earlier,
        quarantines=tuple(_quarantines(contract, period, force.terms.timezone)),
        namespaces=namespaces_of(files),
        true_ups=tuple(TrueUp.objects.filter(billing_period__in=rows).order_by("pk")),
    )


def claims_of(*, contract: Contract, period: Period) -> list[Claim]:
    """Return the numbers that are claimed for a period: the one for the whole contract, else those of the instances."""
    last: dict[str, Claim] = {}
    stated = ReportedCount.objects.filter(contract=contract, period=range_of(period)).select_related("instance")
    for row in stated.order_by("pk"):
        name = row.instance.name if row.instance is not None else ""
        last[name] = Claim(instance=name, users=row.users, source=row.source, recorded_at=row.recorded_at)
    return [last[""]] if "" in last else [last[name] for name in sorted(last)]


def _rows(contract: Contract, period: Period) -> Sequence[BillingPeriod]:
    rows = BillingPeriod.objects.filter(
        contract=contract, kind=BillingPeriod.Kind.REGULAR, period=range_of(period), is_in_advance=False
    )
    return list(rows.select_related("count", "contract_version", "invoice").order_by("-is_main", "charge_key", "pk"))


def _counts(contract: Contract, force: TermsInForce, period: Period, now: datetime) -> dict[str, ActiveUserCount]:
    if not counted_metrics(force.billed_terms):
        return {}
    try:
        return count_metrics(contract=contract, force=force, period=period, now=now)
    except (NothingReported, NamesErased):
        return {}


def _files(count: ActiveUserCount | None) -> tuple[EvidenceFile, ...]:
    if count is None:
        return ()
    ids = [entry["evidence_id"] for entry in count.evidence if entry.get("evidence_id")]
    found = EvidenceFile.objects.select_related("report__instance").in_bulk(ids)
    return tuple(found[pk] for pk in ids)


def _earlier(row: BillingPeriod) -> Sequence[BillingPeriod]:
    """The counted periods of the same charge before this one, the newest first."""
    before = BillingPeriod.objects.filter(
        contract_id=row.contract_id,
        charge_key=row.charge_key,
        kind=row.kind,
        period__endswith__lte=row.span.start,
        count__isnull=False,
        state__in=(State.COUNTED, State.DRAFTED, State.INVOICED),
    )
    return list(before.select_related("count").order_by("-period")[:TREND])


def _quarantines(contract: Contract, period: Period, zone: str) -> list[Quarantine]:
    reports = UsageReport.objects.filter(
        contract=contract,
        state__in=COUNTED_STATES,
        rows_quarantined__gt=0,
        covers__overlap=instants_range(period.instants(zone)),
    )
    return [quarantine_of(report) for report in reports.select_related("instance").order_by("pk")]
