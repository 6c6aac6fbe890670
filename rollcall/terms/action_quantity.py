"""What people did, added up: the quantities or the number of an action, such as interactions or gigabytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rollcall.terms.activity import ANY_ACTION_ONCE, ActivityDefinition
from rollcall.terms.defined import read_definition
from rollcall.terms.fields import Fields
from rollcall.terms.later_stage import OverPeriods
from rollcall.terms.nouns import Noun, noun
from rollcall.terms.over_periods import read_over_periods
from rollcall.terms.written import digest_of_quantity, with_over_periods

KIND = "action_quantity"
SUM, COUNT = "sum", "count"
MEASURES = (SUM, COUNT)


@dataclass(frozen=True, kw_only=True)
class ActionMetric:
    """The sum of the quantities that reports state for the counted actions, or the number of these actions.

    Only what people do counts who are active users under the definition. `unit` is the word for one, `units` for many.
    """

    definition: ActivityDefinition
    measure: str
    unit: str
    units: str
    over_periods: OverPeriods | None = None
    kind: str = KIND

    @classmethod
    def from_fields(cls, fields: Fields, timezone: str) -> ActionMetric:
        """Read `{"kind": "action_quantity", "definition": {...}, "measure": "sum", "unit": "interaction"}`."""
        fields.choice("kind", (KIND,))
        definition = read_definition(fields, timezone, "say which actions are added up.")
        why = 'say whether the quantities are added ("sum") or the actions counted ("count").'
        measure = fields.choice("measure", MEASURES, why=why)
        unit = fields.text("unit")
        units = fields.text("units", default=f"{unit}s")
        if definition.window_days is not None:
            raise fields.refuse("definition.window", 'quantities are added over the billed period; write "period".')
        over_periods = read_over_periods(fields)
        fields.nothing_else("a metric of quantities")
        return cls(definition=definition, measure=measure, unit=unit, units=units, over_periods=over_periods)

    def to_json(self) -> dict[str, Any]:
        """Return the metric as terms write it."""
        written = {
            "kind": self.kind,
            "definition": self.definition.to_json(),
            "measure": self.measure,
            "unit": self.unit,
            "units": self.units,
        }
        return with_over_periods(written, self.over_periods)

    def defaults(self, timezone: str) -> dict[str, object]:
        """Return the values that this metric has where terms leave them out."""
        left_out = {key: value for key, value in ANY_ACTION_ONCE.to_json().items() if key != "actions"}
        return {"units": f"{self.unit}s", "definition": {**left_out, "timezone": timezone}}

    def digest(self) -> str:
        """Return "sha256:..." of what is added up: charges whose metrics have one digest share the quantity."""
        counted = {"kind": self.kind, "definition": self.definition.digest(), "measure": self.measure}
        return digest_of_quantity(counted)

    @property
    def noun(self) -> Noun:
        """What the quantity is a number of."""
        return noun(self.unit, self.units)

    def words(self) -> str:
        """Say in sentences what is added up, and of whom."""
        what = "the quantities that the reports state" if self.measure == SUM else "the number of actions"
        said = [
            f"{self.units[:1].upper()}{self.units[1:]} are {what}, of everybody who {self.definition.deeds()}, "
            f"added up ({self.definition.timezone}).",
            *self.definition.conditions()[:-1],
        ]
        if self.measure == SUM:
            said.append("An action for which the report states no quantity adds nothing; their number is shown.")
        if self.over_periods is not None:
            said.append(self.over_periods.words(self.noun, "period"))
        return " ".join(said)
