"""Users as the instance reports them: a number a day, reduced to one quantity per period as the contract says.

Nothing here knows who was active: a daily number cannot be checked by a definition, and never becomes one of active
users.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rollcall.terms.calculations import Calculation
from rollcall.terms.fields import Fields
from rollcall.terms.instances import PEAK_THEN_SUM, SUM_THEN_PEAK, WORDS_OF_NUMBERS, read_across
from rollcall.terms.later_stage import OverPeriods
from rollcall.terms.nouns import REPORTED_USERS, Noun
from rollcall.terms.over_periods import read_over_periods
from rollcall.terms.quantities import read_calculation
from rollcall.terms.written import digest_of_quantity, write_reduced

KIND = "reported_users"


@dataclass(frozen=True, kw_only=True)
class ReportedMetric:
    """Daily counts of reported users, reduced by `calculation`, then perhaps by a rule over the periods of the term."""

    calculation: Calculation
    across_instances: str = SUM_THEN_PEAK
    over_periods: OverPeriods | None = None
    kind: str = KIND

    @classmethod
    def from_fields(cls, fields: Fields) -> ReportedMetric:
        """Read `{"kind": "reported_users", "calculation": "max"}`. Raises TermsRefused."""
        fields.choice("kind", (KIND,))
        if fields.has("definition"):
            raise fields.refuse("definition", "is for active users; nobody can say who is behind a reported number.")
        calculation = read_calculation(fields)
        if calculation is None:
            raise fields.refuse("calculation", "must say how daily counts become one quantity.")
        metric = cls(
            calculation=calculation,
            across_instances=read_across(fields, (SUM_THEN_PEAK, PEAK_THEN_SUM), SUM_THEN_PEAK),
            over_periods=read_over_periods(fields, calculation),
        )
        fields.nothing_else("a metric of reported users")
        return metric

    def to_json(self) -> dict[str, Any]:
        """Return the metric as terms write it."""
        return write_reduced(
            kind=self.kind,
            calculation=self.calculation,
            stated={} if self.across_instances == SUM_THEN_PEAK else {"across_instances": self.across_instances},
            over_periods=self.over_periods,
        )

    def digest(self) -> str:
        """Return "sha256:..." of what is reduced: charges whose metrics have one digest share the quantity."""
        return digest_of_quantity(self.to_json())

    @property
    def noun(self) -> Noun:
        """What the quantity is a number of."""
        return self.calculation.noun(REPORTED_USERS)

    def words(self) -> str:
        """Say in sentences which number is billed."""
        said = [
            f"Reported users are {self.calculation.words()}.",
            "The daily counts are what the instances report, each for the day it names; nobody's activity is counted.",
            WORDS_OF_NUMBERS[self.across_instances],
            self.calculation.words_of_a_missing_day(),
        ]
        if self.over_periods is not None:
            said.append(self.over_periods.words(self.noun, "period"))
        return " ".join(said)
