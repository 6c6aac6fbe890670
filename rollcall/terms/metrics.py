"""What is counted for a charge: a metric of the contract, of one of five kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.activity import ANY_ACTION_ONCE, ActivityDefinition
from rollcall.terms.calculations import Calculation
from rollcall.terms.defined import read_definition
from rollcall.terms.fields import Fields
from rollcall.terms.instances import ACROSS_INSTANCES, PEOPLE, WORDS_OF_PEOPLE, read_across
from rollcall.terms.later_stage import OverPeriods
from rollcall.terms.nouns import ACTIVE_USERS as ACTIVE_USERS_NOUN
from rollcall.terms.nouns import Noun
from rollcall.terms.over_periods import read_over_periods
from rollcall.terms.provisioned import RENEWAL, ProvisionedMetric
from rollcall.terms.quantities import read_calculation, write_calculation
from rollcall.terms.reported import ReportedMetric
from rollcall.terms.rules import DISCLOSURES, ROWS, TOTALS
from rollcall.terms.seats import BY_DAYS, SeatsMetric
from rollcall.terms.written import digest_of_quantity, with_over_periods

ACTIVE_USERS = "active_users"
UNIQUE = "unique"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Active users under one definition, reduced to one quantity per cycle.

    `calculation` is None for "unique": everybody counts once in the window. Otherwise the daily series of active users
    is reduced, and `across_instances` says how those of several instances are put together.
    """

    kind: str
    definition: ActivityDefinition
    calculation: Calculation | None = None
    across_instances: str = PEOPLE
    over_periods: OverPeriods | None = None

    @classmethod
    def from_fields(cls, fields: Fields, timezone: str) -> Metric:
        """Read one metric. A definition that names no zone has the zone of the contract."""
        kind = fields.choice("kind", (ACTIVE_USERS,))
        calculation = read_calculation(fields, besides=(UNIQUE,))
        definition = read_definition(fields, timezone, "say who is an active user.")
        across_instances = read_across(fields, ACROSS_INSTANCES, PEOPLE)
        over_periods = read_over_periods(fields, calculation)
        fields.nothing_else("a metric")
        if calculation is None:
            if across_instances != PEOPLE:
                raise fields.refuse(
                    "across_instances", 'belongs to a daily series; for unique users write "per_instance": true.'
                )
        else:
            _refuse_series(fields, definition, across_instances)
        return cls(
            kind=kind,
            definition=definition,
            calculation=calculation,
            across_instances=across_instances,
            over_periods=over_periods,
        )

    def to_json(self) -> dict[str, object]:
        """Return the metric as terms write it, with its defaults."""
        written: dict[str, object] = {
            "kind": self.kind,
            "definition": self.definition.to_json(),
            **({"calculation": UNIQUE} if self.calculation is None else write_calculation(self.calculation)),
        }
        if self.across_instances != PEOPLE:
            written["across_instances"] = self.across_instances
        return with_over_periods(written, self.over_periods)

    def digest(self) -> str:
        """Return "sha256:..." of what is counted: charges whose metrics have one digest share the count."""
        return digest_of_quantity({**self.to_json(), "definition": self.definition.digest()})

    @property
    def noun(self) -> Noun:
        """What the quantity is a number of."""
        return ACTIVE_USERS_NOUN if self.calculation is None else self.calculation.noun(ACTIVE_USERS_NOUN)

    def words(self) -> str:
        """Say in sentences who is counted."""
        said = [self.definition.words()]
        if self.calculation is not None:
            said = [
                self.definition.words_of_a_day(once=self.across_instances == PEOPLE),
                f"Active users are {self.calculation.words()}.",
            ]
            if self.across_instances != PEOPLE:
                said.append(WORDS_OF_PEOPLE[self.across_instances])
            said.append("A day that was reported and on which nobody was active counts as zero.")
            said.append(self.calculation.words_of_a_missing_day().replace("without a count", "without a report"))
        if self.over_periods is not None:
            said.append(self.over_periods.words(self.noun, "period"))
        return " ".join(said)


AnyMetric = Metric | ReportedMetric | ProvisionedMetric | SeatsMetric | ActionMetric
# The metrics that are counted from what people did.
OF_ACTIVITY = (Metric, ActionMetric)

_READERS: Mapping[str, Callable[[Fields, str], AnyMetric]] = {
    ACTIVE_USERS: Metric.from_fields,
    ReportedMetric.kind: lambda fields, timezone: ReportedMetric.from_fields(fields),
    ProvisionedMetric.kind: lambda fields, timezone: ProvisionedMetric.from_fields(fields),
    SeatsMetric.kind: lambda fields, timezone: SeatsMetric.from_fields(fields),
    ActionMetric.kind: ActionMetric.from_fields,
}
KINDS = tuple(_READERS)


def named_metrics(fields: Fields) -> list[tuple[str, Fields]]:
    """Open the metrics; terms whose charges are all fixed have none."""
    is_empty = fields.has("metrics") and not fields.inner("metrics").document
    return fields.named("metrics", "metric") if fields.has("metrics") and not is_empty else []


def read_metric(fields: Fields, timezone: str) -> AnyMetric:
    """Read one metric of the terms, by its kind. Raises TermsRefused."""
    return _READERS[fields.choice("kind", KINDS)](fields, timezone)


def read_disclosure(fields: Fields, metrics: Mapping[str, AnyMetric]) -> str:
    """Take `disclosure`. Raises TermsRefused for totals where people are counted from rows.

    Who was active on two days, in two reports or on two instances counts once, and only for who sees who it was.
    """
    disclosure = fields.choice("disclosure", DISCLOSURES, default=ROWS)
    people = sorted(name for name, metric in metrics.items() if isinstance(metric, OF_ACTIVITY))
    if disclosure == TOTALS and people:
        raise fields.refuse(
            "disclosure",
            f"cannot be totals: {' and '.join(people)} is counted from rows, and who was active on two days, in two "
            "reports or on two instances would be counted twice. Agree on rows, with pseudonyms under the customer's "
            'own key ("namespace": "customer_key"), or bill the users that the instance reports (reported_users).',
        )
    return disclosure


def said_digest(metric: AnyMetric) -> str:
    """Return the digest that stands beside the words of a metric: of its definition, where it has one."""
    return metric.definition.digest() if isinstance(metric, Metric | ActionMetric) else metric.digest()


def metric_defaults(metric: AnyMetric, timezone: str) -> dict[str, Any]:
    """Return the values that a metric has where terms leave them out."""
    if isinstance(metric, ActionMetric):
        return metric.defaults(timezone)
    if isinstance(metric, SeatsMetric):
        return {"removed": RENEWAL, "calculation": BY_DAYS}
    if not isinstance(metric, Metric):
        return {}
    definition = {key: value for key, value in ANY_ACTION_ONCE.to_json().items() if key != "actions"}
    return {"calculation": UNIQUE, "definition": {**definition, "timezone": timezone}}


def _refuse_series(fields: Fields, definition: ActivityDefinition, across_instances: str) -> None:
    """Refuse what a daily series cannot mean: each day has a number of its own."""
    if definition.window_days is not None and not definition.reads_daily:
        raise fields.refuse(
            "definition.evaluate",
            'a window read at the end of the period gives one number; write "daily", or "unique" as calculation.',
        )
    for threshold in ("min_events", "min_days"):
        if definition.window_days is None and getattr(definition, threshold) > 1:
            raise fields.refuse(
                f"definition.{threshold}",
                'is of the whole period, and a day of a series cannot have it; write a window of days, as in {"days": '
                '1}, with "evaluate": "daily".',
            )
    if definition.per_instance and across_instances == PEOPLE:
        raise fields.refuse(
            "definition.per_instance",
            'for a daily series say across_instances: "sum_then_peak" or "peak_then_sum".',
        )
