"""What is to be rated: the quantities of the periods of a term, and what people decided about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from rollcall.period import EmptyPeriod, Period
from rollcall.rating.decisions import ExcusedDays
from rollcall.rating.given import Amount, Daily, read_given
from rollcall.rating.returned_credits import ReturnedCredit, read_returned, refuse_unplaced
from rollcall.terms.fields import Fields, TermsRefused


@dataclass(frozen=True, kw_only=True)
class PeriodUsage:
    """The quantities of one period by metric, each in one of the ways of USAGE.json.

    `quantities` holds users, as in `{"active": {"users": 320}}`, and `amounts` what is no number of users. Numbers of
    days are given in `daily`, by instance in `by_instance`, and as dated levels, each valid until the next one, in
    `levels`; rating a term reduces them as the terms say. `missing_days` are days without a report to which the
    contract's gap rule is applied; a person who lets the period go on without them leaves them out. `is_in_advance`
    asks for what is billed in advance and nothing else, before anything is known of the period.
    """

    period: Period
    quantities: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    missing_days: int = 0
    daily: Mapping[str, Daily] = field(default_factory=dict)
    by_instance: Mapping[str, Mapping[str, Daily]] = field(default_factory=dict)
    levels: Mapping[str, Daily] = field(default_factory=dict)
    amounts: Mapping[str, Amount] = field(default_factory=dict)
    # Days before the period at which a rolling window looks and which nobody reported.
    look_back_missing: Mapping[str, int] = field(default_factory=dict)
    is_in_advance: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The metrics of which anything is given."""
        return frozenset({*self.quantities, *self.daily, *self.by_instance, *self.levels, *self.amounts})

    def users(self, metric: str) -> int:
        """Return the users of a metric. A count that is missing is refused: missing is never zero."""
        if metric not in self.quantities or "users" not in self.quantities[metric]:
            raise no_count(self.period, metric)
        return self.quantities[metric]["users"]

    @classmethod
    def from_fields(cls, fields: Fields) -> PeriodUsage:
        """Read one period of USAGE.json."""
        start, end = fields.day("start"), fields.day("end")
        try:
            period = Period(start, end)
        except EmptyPeriod as error:
            raise TermsRefused(fields.path, str(error)) from error
        found: dict[str, dict[str, Any]] = {}
        look_back: dict[str, int] = {}
        for name, inner in fields.named("quantities", "metric", may_be_none=True) if fields.has("quantities") else ():
            look_back[name] = inner.whole("look_back_missing_days", default=0)
            form, value = read_given(inner)
            found.setdefault(form, {})[name] = value
        missing_days = fields.whole("missing_days", default=0)
        billed = fields.choice("billed", ("everything", "in_advance"), default="everything")
        fields.nothing_else("the usage of a period")
        return cls(
            period=period,
            quantities={name: {"users": users} for name, users in found.get("users", {}).items()},
            missing_days=missing_days,
            daily=found.get("daily_users", {}),
            by_instance=found.get("daily_users_by_instance", {}),
            levels=found.get("levels", {}),
            amounts=found.get("quantity", {}),
            look_back_missing={name: days for name, days in look_back.items() if days},
            is_in_advance=billed == "in_advance",
        )


def no_count(period: Period, metric: str) -> TermsRefused:
    """Return the refusal of a period in which nothing is known of a metric."""
    return TermsRefused(
        f"periods[{period}].quantities.{metric}",
        f"there is no count of {metric} for {period.words()}; a missing count is never zero.",
    )


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
    decisions: tuple[ExcusedDays, ...] = ()
    # Credit that a correction of an earlier period gave back after its end, granted anew.
    returned_credits: tuple[ReturnedCredit, ...] = ()

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
        decided = enumerate(fields.listed("decisions") if fields.has("decisions") else [])
        decisions = tuple(ExcusedDays.from_fields(Fields.of(row, f"decisions[{number}]")) for number, row in decided)
        returned = read_returned(fields)
        refuse_unplaced(returned, (given.period for given in periods))
        fields.nothing_else("the usage to rate")
        return cls(periods=periods, provisioned_users=provisioned, decisions=decisions, returned_credits=returned)


def _read_provisioned(fields: Fields) -> ProvisionedUsers:
    provisioned = ProvisionedUsers(
        users=fields.whole("users"),
        date=fields.day("date", "the number of accounts is the number of a day."),
        source=fields.text("source"),
    )
    fields.nothing_else("the provisioned users")
    return provisioned
