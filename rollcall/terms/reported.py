"""Users as the instance reports them: a number a day, reduced to one quantity per period as the contract says.

Nothing here knows who was active: a daily number cannot be checked by a definition, and never becomes one of active
users.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import rfc8785

from rollcall.terms.fields import Fields
from rollcall.terms.nouns import REPORTED_USERS, Noun

KIND = "reported_users"
CALCULATIONS = ("max", "min", "sum", "average", "last")
AVERAGES = ("days_reported", "days_of_period")
ROUNDINGS = ("up", "down", "half_up")

_WORDS = {
    "max": "the highest daily count of the period",
    "min": "the lowest daily count of the period",
    "sum": "the sum of the daily counts of the period",
    "last": "the last daily count of the period",
    "days_reported": "the average of the daily counts over the days that were reported",
    "days_of_period": "the sum of the daily counts divided by all days of the period",
}
_ROUNDED = {"up": "rounded up", "down": "rounded down", "half_up": "rounded half up"}


@dataclass(frozen=True, kw_only=True)
class ReportedMetric:
    """Daily counts of reported users, reduced by `calculation`.

    `average_over` and `rounding` belong to "average" and are None for every other calculation.
    """

    calculation: str
    average_over: str | None = None
    rounding: str | None = None
    kind: str = KIND

    @classmethod
    def from_fields(cls, fields: Fields) -> ReportedMetric:
        """Read `{"kind": "reported_users", "calculation": "max"}`. Raises TermsRefused."""
        fields.choice("kind", (KIND,))
        if fields.has("definition"):
            raise fields.refuse("definition", "is for active users; nobody can say who is behind a reported number.")
        calculation = fields.choice("calculation", CALCULATIONS)
        if calculation == "average":
            why = "an average is billed only when the contract says by how many days the sum is divided."
            average_over = fields.choice("average_over", AVERAGES, why=why)
            rounding = fields.choice(
                "rounding", ROUNDINGS, why="users are billed whole; say how an average is rounded."
            )
            metric = cls(calculation=calculation, average_over=average_over, rounding=rounding)
        else:
            for key in ("average_over", "rounding"):
                if fields.has(key):
                    raise fields.refuse(key, 'belongs to the calculation "average".')
            metric = cls(calculation=calculation)
        fields.nothing_else("a metric of reported users")
        return metric

    def to_json(self) -> dict[str, Any]:
        """Return the metric as terms write it."""
        written: dict[str, Any] = {"kind": self.kind, "calculation": self.calculation}
        if self.average_over is not None:
            written |= {"average_over": self.average_over, "rounding": self.rounding}
        return written

    def digest(self) -> str:
        """Return "sha256:..." of what is reduced: charges whose metrics have one digest share the quantity."""
        return f"sha256:{hashlib.sha256(rfc8785.dumps(self.to_json())).hexdigest()}"

    @property
    def noun(self) -> Noun:
        """What the quantity is a number of."""
        return REPORTED_USERS

    def words(self) -> str:
        """Say in sentences which number is billed."""
        how = _WORDS[self.average_over or self.calculation]
        rounded = f", {_ROUNDED[self.rounding]} to whole users" if self.rounding else ""
        said = [
            f"Reported users are {how}{rounded}.",
            "The daily counts are what the instances report, each for the day it names; nobody's activity is counted.",
            "Counts of several instances are added day by day; a day counts when every instance has reported it.",
        ]
        if self.average_over == "days_of_period":
            said.append("A day without a count adds nothing to the sum.")
        return " ".join(said)
