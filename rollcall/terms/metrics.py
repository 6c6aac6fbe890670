"""What is counted for a charge: a metric of the contract."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import rfc8785

from rollcall.terms.activity import ANY_ACTION_ONCE, ActivityDefinition
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.nouns import ACTIVE_USERS as ACTIVE_USERS_NOUN
from rollcall.terms.nouns import Noun
from rollcall.terms.reported import KIND as REPORTED_USERS
from rollcall.terms.reported import ReportedMetric

ACTIVE_USERS = "active_users"
KINDS = (ACTIVE_USERS, REPORTED_USERS)
CALCULATIONS = ("unique",)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Active users under one definition, reduced to one quantity per cycle by the calculation."""

    kind: str
    definition: ActivityDefinition
    calculation: str = "unique"

    @classmethod
    def from_fields(cls, fields: Fields, timezone: str) -> Metric:
        """Read one metric. A definition that names no zone has the zone of the contract."""
        kind = fields.choice("kind", (ACTIVE_USERS,))
        calculation = fields.choice("calculation", CALCULATIONS, default="unique")
        definition = _read_definition(fields.take("definition", "say who is an active user."), fields, timezone)
        fields.nothing_else("a metric")
        return cls(kind=kind, definition=definition, calculation=calculation)

    def to_json(self) -> dict[str, object]:
        """Return the metric as terms write it, with its defaults."""
        return {"kind": self.kind, "definition": self.definition.to_json(), "calculation": self.calculation}

    def digest(self) -> str:
        """Return "sha256:..." of what is counted: charges whose metrics have one digest share the count."""
        counted = {"kind": self.kind, "definition": self.definition.digest(), "calculation": self.calculation}
        return f"sha256:{hashlib.sha256(rfc8785.dumps(counted)).hexdigest()}"

    @property
    def noun(self) -> Noun:
        """What the quantity is a number of."""
        return ACTIVE_USERS_NOUN

    def words(self) -> str:
        """Say in sentences who is counted."""
        return self.definition.words()


AnyMetric = Metric | ReportedMetric


def read_metric(fields: Fields, timezone: str) -> AnyMetric:
    """Read one metric of the terms, by its kind. Raises TermsRefused."""
    if fields.choice("kind", KINDS) == REPORTED_USERS:
        return ReportedMetric.from_fields(fields)
    return Metric.from_fields(fields, timezone)


def said_digest(metric: AnyMetric) -> str:
    """Return the digest that stands beside the words of a metric: of its definition, where it has one."""
    return metric.digest() if isinstance(metric, ReportedMetric) else metric.definition.digest()


def metric_defaults(metric: AnyMetric, timezone: str) -> dict[str, object]:
    """Return the values that a metric has where terms leave them out."""
    if isinstance(metric, ReportedMetric):
        return {}
    definition = {key: value for key, value in ANY_ACTION_ONCE.to_json().items() if key != "actions"}
    return {"calculation": "unique", "definition": {**definition, "timezone": timezone}}


def _read_definition(document: object, fields: Fields, timezone: str) -> ActivityDefinition:
    path = fields.at("definition")
    if not isinstance(document, Mapping):
        raise TermsRefused(path, 'must be an object with the actions that count, as in {"actions": ["login"]}.')
    try:
        definition = ActivityDefinition.from_json({"timezone": timezone, **document})
    except ValueError as error:
        raise TermsRefused(path, str(error)) from error
    if definition.timezone != timezone:
        raise TermsRefused(
            f"{path}.timezone",
            f"{definition.timezone} is not the zone of this contract, {timezone}; a contract has one zone for days.",
        )
    if definition.window_days is not None or definition.look_back_before_start:
        raise TermsRefused(
            f"{path}.window",
            'users are counted once in the billed period; rolling windows cannot be billed yet, so write "period".',
        )
    return definition
