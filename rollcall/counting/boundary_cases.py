"""Cases at the boundary of a definition, each answered by the plain counter: what both sides read before they sign.

A case is a little evidence of invented people in one period of the contract. Nothing here decides whether somebody
counts: the rows go through `plain.count` under the definition itself, and what it says is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rollcall.counting import plain
from rollcall.counting.rules.exclusions import EXCLUDED
from rollcall.period import Period, civil_day, day_start, zone
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition, is_marked, marked
from rollcall.terms.identity import resolve, user_key, user_ref

_SALT = b"boundary cases of a definition  "
_ONE_MINUTE = timedelta(minutes=1)
_WHY = {
    "counted": "meets the definition",
    "no_qualifying_action": "no action of the definition was done",
    "below_min_events": "too few qualifying actions",
    "below_min_days": "too few days with a qualifying action",
    EXCLUDED: "the name is among those that are never counted",
}


@dataclass(frozen=True, kw_only=True)
class BoundaryCase:
    """One case: `words` say what somebody does, `users` how many it adds to the count, `because` why."""

    key: str
    words: str
    users: int
    because: str

    def to_json(self) -> dict[str, object]:
        """Return the case as it is kept when a customer accepts it."""
        return {"key": self.key, "words": self.words, "users": self.users, "because": self.because}


@dataclass(frozen=True, kw_only=True)
class _Act:
    """One thing that somebody does: at an instant, or on a day at noon of the zone."""

    user: str
    action: str
    at: datetime
    times: int = 1
    instance: str = "Instance 1"


def boundary_cases(*, definition: ActivityDefinition, period: Period) -> list[BoundaryCase]:
    """Return the cases of a definition in one period, in a fixed order; the same arguments give the same cases."""
    return [_answer(key, words, acts, definition, period) for key, words, acts in _cases(definition, period)]


def _answer(key: str, words: str, acts: Sequence[_Act], definition: ActivityDefinition, period: Period) -> BoundaryCase:
    names = {user_ref(_SALT, user_key(act.user)): user_key(act.user) for act in acts}
    result = plain.count(
        rows=[_row(act, definition.timezone) for act in acts],
        definition=definition,
        period=period,
        resolution=resolve(names, definition, _SALT),
    )
    whys = [verdict.why for verdict in result.verdicts]
    if not whys:
        because = "nothing was done in the period" if acts else "an account alone is no activity"
    else:
        because = _WHY.get(next((why for why in whys if why == "counted"), whys[0]), whys[0].replace("_", " "))
    return BoundaryCase(key=key, words=words, users=result.active_users, because=because)


def _row(act: _Act, zone_name: str) -> EvidenceRow:
    local = act.at.astimezone(zone(zone_name))
    minute = local.hour * 60 + local.minute
    return EvidenceRow(
        user_ref=user_ref(_SALT, user_key(act.user)),
        instance=act.instance,
        action=act.action,
        day=civil_day(act.at, zone_name),
        events=act.times,
        quantity=None,
        first_minute=minute,
        last_minute=minute,
    )


def sample_action(definition: ActivityDefinition) -> str:
    """Return an action that counts: the first name of the definition, its globs filled in."""
    for pattern in definition.actions:
        filled = "login" if pattern == "*" else pattern.replace("*", "open").replace("?", "x")
        if not is_marked(pattern) and definition.counts_action(filled):
            return filled
    return definition.actions[0]


def other_action(definition: ActivityDefinition) -> str:
    """Return an action that the definition does not name; empty where every action counts."""
    candidates = ("login", "page.view", "settings.open", "an action of another name")
    return next((action for action in candidates if not definition.counts_action(action)), "")


_Case = tuple[str, str, Sequence[_Act]]


def _cases(definition: ActivityDefinition, period: Period) -> Iterator[_Case]:
    action, zone_name = sample_action(definition), definition.timezone
    name = f"“{action}”"
    need, days = definition.min_events, _days(definition, period)
    first, last, end = days[0], period.last_day, day_start(period.end, zone_name)

    def enough(user: str, **more: str) -> list[_Act]:
        """Do just what the definition asks for."""
        times = -(-need // len(days))
        return [_Act(user=user, action=action, at=_noon(day, zone_name), times=times, **more) for day in days]

    yield "just_enough", f"does {_what(definition, name)}, and nothing else", enough("ada")
    yield from _at_the_end(enough("ada"), action, need, end, last, zone_name)
    if need > 1:
        yield (
            "one_too_few",
            f"does {name} {'once' if need == 2 else f'{need - 1} times'}",
            [_Act(user="ada", action=action, at=_noon(first, zone_name), times=need - 1)],
        )
    if definition.min_days > 1:
        yield (
            "one_day",
            f"does {name} {max(40, need)} times, all on {_said(first)}",
            [_Act(user="ada", action=action, at=_noon(first, zone_name), times=max(40, need))],
        )
    yield from _at_the_window(definition, period, zone_name)
    if other := other_action(definition):
        yield (
            "other_action",
            f"does “{other}” every day and nothing else",
            [_Act(user="ada", action=other, at=_noon(day, zone_name), times=9) for day in period.each_day()],
        )
    yield from _no_activity(definition, period, zone_name)
    yield "account_only", "has an account and does nothing", []
    yield from _people(definition, enough)
    yield (
        "deactivated_later",
        f"does {_what(definition, name)} by {_said(days[-1])} and is deactivated the day after",
        enough("ada"),
    )


def _at_the_end(
    before: list[_Act], action: str, need: int, end: datetime, last: date, zone_name: str
) -> Iterator[_Case]:
    """Yield the last minute of the period, the first after it, and the same hour by the clock of UTC."""
    but_last = before[:-1]
    late, after = end - _ONE_MINUTE, end
    yield (
        "last_minute",
        f"does what is missing at {late.astimezone(zone(zone_name)):%H:%M} on {_said(last)} ({zone_name})",
        [*but_last, _Act(user="ada", action=action, at=late, times=need)],
    )
    yield (
        "first_minute_after",
        f"does what is missing one minute later, at {after.astimezone(zone(zone_name)):%H:%M} of the next day",
        [*but_last, _Act(user="ada", action=action, at=after, times=need)],
    )
    if late.astimezone(UTC).date() != last or after.astimezone(UTC).date() != after.astimezone(zone(zone_name)).date():
        yield (
            "by_the_clock_of_utc",
            f"does what is missing at {after.astimezone(UTC):%H:%M} UTC, when in {zone_name} the next day has begun",
            [*but_last, _Act(user="ada", action=action, at=after, times=need)],
        )


def _at_the_window(definition: ActivityDefinition, period: Period, zone_name: str) -> Iterator[_Case]:
    """Yield the first day of a rolling window that is read at the end of the period, and the day before it."""
    days = definition.window_days
    if days is None or definition.reads_daily:
        return
    action = sample_action(definition)
    for key, back in (("first_day_of_window", days), ("day_before_window", days + 1)):
        day = period.end - timedelta(days=back)
        times = max(definition.min_events, definition.min_days)
        act = _Act(user="ada", action=action, at=_noon(day, zone_name), times=times)
        yield key, f"does “{action}” last on {_said(day)}, {back - 1} days before the end of the period", [act]


def _no_activity(definition: ActivityDefinition, period: Period, zone_name: str) -> Iterator[_Case]:
    action = sample_action(definition)
    plain_action = action if not is_marked(action) else "login"
    for reason, words in (
        ("failed", f"tries “{plain_action}” every day and fails each time"),
        ("automatic", f"has a client that does “{plain_action}” by itself every day"),
        ("idle", f"leaves “{plain_action}” open and idle every day"),
    ):
        yield (
            reason,
            words,
            [
                _Act(user="ada", action=marked(plain_action, reason), at=_noon(day, zone_name), times=9)
                for day in period.each_day()
            ],
        )


def _people(definition: ActivityDefinition, do: Callable[..., list[_Act]]) -> Iterator[_Case]:
    for pattern in definition.excluded_users[:3]:
        name = pattern.replace("[[]", "[").replace("*", "backup").replace("?", "x")
        yield f"excluded:{pattern}", f"does as much under the name {name}", do(name)
    if not any("svc" in pattern for pattern in definition.excluded_users):
        yield "service_account", "is a service account, svc-backup, that does as much", do("svc-backup")
    spelled = "writes the address once as Jane.Doe@example.com and once as “ jane.doe@EXAMPLE.com ”"
    yield "two_spellings", spelled, [*do("Jane.Doe@example.com"), *do(" jane.doe@EXAMPLE.com ")]
    yield (
        "two_addresses",
        "does as much as jane@old.example and again as jane@new.example",
        [
            *do("jane@old.example"),
            *do("jane@new.example"),
        ],
    )
    for alias, person in definition.identity.aliases[:1]:
        yield "alias", f"does as much as {alias} and again as {person}", [*do(alias), *do(person)]
    yield (
        "two_instances",
        "does as much on Instance 1 and again on Instance 2",
        [
            *do("ada", instance="Instance 1"),
            *do("ada", instance="Instance 2"),
        ],
    )


def _days(definition: ActivityDefinition, period: Period) -> list[date]:
    """Return the days on which just enough is done: the last ones of the period, so that any window reaches them."""
    wanted = min(definition.min_days, period.days)
    return [period.end - timedelta(days=back) for back in range(wanted, 0, -1)]


def _what(definition: ActivityDefinition, name: str) -> str:
    said = name
    if definition.min_events > 1:
        said += f" {definition.min_events} times"
    if definition.min_days > 1:
        said += f" on {definition.min_days} days"
    return said if said != name else f"{name} once"


def _noon(day: date, zone_name: str) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone(zone_name))


def _said(day: date) -> str:
    return Period(day, day + timedelta(days=1)).words()
