"""Both sides of a replay as a page shows them: amounts by period, and who would be counted on one side only."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from billing.changed_users import ChangedUser, changed_totals, changed_users
from rollcall.money import exact_difference, exact_sum
from rollcall.period import Period
from usage.models import ActiveUserCount

PEOPLE_SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class ReplayedPeriod:
    """One period on one side, or on both where the days are the same. Amounts are before tax."""

    period: Period
    before: Decimal | None
    after: Decimal | None
    users_before: int | None
    users_after: int | None
    new_users: int = 0
    gone_users: int = 0
    people: tuple[ChangedUser, ...] = ()

    @property
    def changed_people(self) -> int:
        """How many people are counted on one side only."""
        return self.new_users + self.gone_users

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None or self.after is None else exact_difference(self.after, self.before)


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """All periods of a replay with the sums of both sides."""

    currency: str
    periods: tuple[ReplayedPeriod, ...]

    @property
    def before(self) -> Decimal:
        return exact_sum(one.before for one in self.periods if one.before is not None)

    @property
    def after(self) -> Decimal:
        return exact_sum(one.after for one in self.periods if one.after is not None)

    @property
    def difference(self) -> Decimal:
        return exact_difference(self.after, self.before)

    @property
    def is_complete(self) -> bool:
        """Whether every day is on both sides, so that the sums compare the same time."""
        return all(one.difference is not None for one in self.periods)


def read_replay(result: Mapping[str, Any]) -> Replayed:
    """Return a replay from what its job kept. Lists of people are read from the counts, and cut to the first ones."""
    sides = {side: {Period.from_json(one): one for one in result[side]} for side in ("before", "after")}
    ids = {pk for side in sides.values() for one in side.values() for pk in one["counts"].values()}
    counts = ActiveUserCount.objects.in_bulk(ids)
    periods = sorted({*sides["before"], *sides["after"]})
    return Replayed(
        currency=result["currency"],
        periods=tuple(_replayed(one, sides["before"].get(one), sides["after"].get(one), counts) for one in periods),
    )


def _replayed(
    period: Period,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    counts: Mapping[int, ActiveUserCount],
) -> ReplayedPeriod:
    then, now = _main_count(before, counts), _main_count(after, counts)
    new = gone = 0
    people: tuple[ChangedUser, ...] = ()
    if then is not None and now is not None and then.pk != now.pk:
        new, gone = changed_totals(before=then, after=now)
        people = tuple(islice(changed_users(before=then, after=now), PEOPLE_SHOWN))
    return ReplayedPeriod(
        period=period,
        before=None if before is None else Decimal(before["net_amount"]),
        after=None if after is None else Decimal(after["net_amount"]),
        users_before=_users(then),
        users_after=_users(now),
        new_users=new,
        gone_users=gone,
        people=people,
    )


def _main_count(side: Mapping[str, Any] | None, counts: Mapping[int, ActiveUserCount]) -> ActiveUserCount | None:
    """Return the count whose people are compared: the first by the name of its metric."""
    found = sorted(side["counts"].items()) if side else []
    return counts.get(found[0][1]) if found else None


def _users(count: ActiveUserCount | None) -> int | None:
    if count is None:
        return None
    return count.reported_users if count.is_reported else count.active_users
