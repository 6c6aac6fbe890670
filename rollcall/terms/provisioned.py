"""Accounts that exist, billed: dated numbers with a source, each valid until the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rollcall.terms.calculations import Calculation
from rollcall.terms.fields import Fields
from rollcall.terms.later_stage import OverPeriods
from rollcall.terms.nouns import PROVISIONED_USERS, Noun
from rollcall.terms.over_periods import read_over_periods
from rollcall.terms.quantities import read_calculation
from rollcall.terms.written import digest_of_quantity, write_reduced

KIND = "provisioned_users"
AT_ONCE, PERIOD_END, RENEWAL = "at_once", "period_end", "renewal"
_REMOVED = (AT_ONCE, PERIOD_END)


@dataclass(frozen=True, kw_only=True)
class ProvisionedMetric:
    """The daily level of existing accounts, reduced by `calculation`.

    A day has the last number dated on or before it. With `removed` "period_end" a lower number counts from the next
    period on: within a period the level never falls.
    """

    calculation: Calculation
    removed: str = AT_ONCE
    over_periods: OverPeriods | None = None
    kind: str = KIND

    @classmethod
    def from_fields(cls, fields: Fields) -> ProvisionedMetric:
        """Read `{"kind": "provisioned_users", "calculation": "max"}`. Raises TermsRefused."""
        fields.choice("kind", (KIND,))
        if fields.has("definition"):
            raise fields.refuse("definition", "is for active users; an account that exists does nothing.")
        calculation = read_calculation(fields)
        if calculation is None:
            raise fields.refuse("calculation", "must say how daily numbers become one quantity.")
        metric = cls(
            calculation=calculation,
            removed=fields.choice("removed", _REMOVED, default=AT_ONCE),
            over_periods=read_over_periods(fields, calculation),
        )
        fields.nothing_else("a metric of provisioned users")
        return metric

    def to_json(self) -> dict[str, Any]:
        """Return the metric as terms write it."""
        return write_reduced(
            kind=self.kind,
            calculation=self.calculation,
            stated={} if self.removed == AT_ONCE else {"removed": self.removed},
            over_periods=self.over_periods,
        )

    def digest(self) -> str:
        """Return "sha256:..." of what is reduced: charges whose metrics have one digest share the quantity."""
        return digest_of_quantity(self.to_json())

    @property
    def noun(self) -> Noun:
        """What the quantity is a number of."""
        return self.calculation.noun(PROVISIONED_USERS)

    def words(self) -> str:
        """Say in sentences which number is billed."""
        said = [
            f"Provisioned users are {self.calculation.words()}.",
            "A day has the number of accounts that was last stated on or before it, with its source; whether anybody "
            "was active plays no part.",
        ]
        if self.removed == PERIOD_END:
            said.append("An account that is removed counts until the end of the period.")
        said.append("A day before the first number is not known and left out; it is never read as zero.")
        if self.over_periods is not None:
            said.append(self.over_periods.words(self.noun, "period"))
        return " ".join(said)
