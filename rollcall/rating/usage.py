"""What is to be rated: the counted quantities of the periods of a term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from rollcall.period import EmptyPeriod, Period
from rollcall.terms.fields import Fields, TermsRefused, day_of


@dataclass(frozen=True, kw_only=True)
class PeriodUsage:
    """The quantities of one period by metric, as in `{"active": {"users": 320}}`.

    A quantity of reported users is given by its days, in `daily`; rating a term reduces them to users as the terms say,
    and `words` then says how. `missing_days` are days without a report to which the contract's gap rule is applied; a
    person who lets the period go on without them leaves them out.
    """

    period: Period
    quantities: Mapping[str, Mapping[str, int]]
    missing_days: int = 0
    daily: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def users(self, metric: str) -> int:
        """Return the users of a metric. A count that is missing is refused: missing is never zero."""
        if metric not in self.quantities or "users" not in self.quantities[metric]:
            raise TermsRefused(
                f"periods[{self.period}].quantities.{metric}",
                f"there is no count of {metric} for {self.period.words()}; a missing count is never zero.",
            )
        return self.quantities[metric]["users"]

    @classmethod
    def from_fields(cls, fields: Fields) -> PeriodUsage:
        """Read one period of USAGE.json."""
        start, end = fields.day("start"), fields.day("end")
        try:
            period = Period(start, end)
        except EmptyPeriod as error:
            raise TermsRefused(fields.path, str(error)) from error
        quantities, daily = {}, {}
        for name, inner in fields.named("quantities", "metric"):
            if inner.has("daily_users"):
                daily[name] = _read_daily(inner.inner("daily_users"))
            else:
                quantities[name] = {"users": inner.whole("users")}
            inner.nothing_else("a quantity")
        missing_days = fields.whole("missing_days", default=0)
        fields.nothing_else("the usage of a period")
        return cls(period=period, quantities=quantities, missing_days=missing_days, daily=daily)


@dataclass(frozen=True, kw_only=True)
class ProvisionedUsers:
    """How many accounts existed on a day, and who says so. They cost nothing."""

    users: int
    date: date
    source: str


@dataclass(frozen=True, kw_only=True)
class TermUsage:
    """The usage of the periods of a term that are to be rated, in order of time."""

    periods: tuple[PeriodUsage, ...]
    provisioned_users: ProvisionedUsers | None = None

    def __post_init__(self) -> None:
        in_order = sorted(self.periods, key=lambda usage: usage.period)
        for earlier, later in pairwise(in_order):
            if earlier.period.overlaps(later.period):
                raise TermsRefused(
                    "periods", f"{earlier.period.words()} and {later.period.words()} have days in common."
                )
        object.__setattr__(self, "periods", tuple(in_order))

    @classmethod
    def from_json(cls, document: object) -> TermUsage:
        """Read USAGE.json of SHAPES.md. Raises TermsRefused."""
        fields = Fields.of(document, "")
        rows = [Fields.of(row, f"periods[{number}]") for number, row in enumerate(fields.listed("periods"))]
        periods = tuple(PeriodUsage.from_fields(row) for row in rows)
        provisioned = None
        if fields.has("provisioned_users") and fields.take("provisioned_users") is not None:
            provisioned = _read_provisioned(fields.inner("provisioned_users"))
        fields.nothing_else("the usage to rate")
        return cls(periods=periods, provisioned_users=provisioned)


def _read_daily(fields: Fields) -> dict[date, int]:
    """Read `{"2026-06-01": 40, ...}`: one number of users for each day that was reported."""
    daily = {day_of(name, fields.path): fields.whole(name) for name in fields.document}
    fields.nothing_else("daily counts")
    return daily


def _read_provisioned(fields: Fields) -> ProvisionedUsers:
    provisioned = ProvisionedUsers(
        users=fields.whole("users"),
        date=fields.day("date", "the number of accounts is the number of a day."),
        source=fields.text("source"),
    )
    fields.nothing_else("the provisioned users")
    return provisioned
