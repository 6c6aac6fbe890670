"""Events in the Elastic Common Schema (ECS), one JSON document a line, as Beats, Logstash or Elasticsearch write them.

Nested fields (`"user": {"id": ...}`), flat ones (`"user.id": ...`) and hits of a search (the event inside `_source`)
are read alike. The user is `user.id`, or else `user.name`, `user.email`, `user.hash`; where `user` is an array, each of
its users did the action. Of a user with several ids the first counts. The time is `@timestamp`, the action
`event.action`.
Events with the outcome `failure` are no activity (`user-login !failed`), nor are attempts whose outcome is `unknown`
(`!interrupted`), unless a definition names them. An event that was shipped twice has the same `event.id` and counts
once; without that field, one with the same user, time and action as another is taken for its repeat.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import dig, has, lacks, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Look, Part, Profile, Unusable, nobody

_SHAPE = JsonRecords(paths=(("hits", "hits", "*"), (), ("*",)))
_NAMES = ("id", "name", "email", "hash")
_NO_ACTIVITY = {"failure": "failed", "unknown": "interrupted"}


def parts(record: Any) -> Iterator[Part]:
    """Return the event of a record, once for each of its users."""
    event = _event(record)
    action, at, event_id = text(event, "event.action"), text(event, "@timestamp"), text(event, "event.id")
    no_activity = _NO_ACTIVITY.get(text(event, "event.outcome"), "")
    users = _users(event)
    if not users:
        yield _without_user(event, action)
    for place, user in enumerate(users):
        known_by = f"{event_id} {user}" if event_id and place else event_id
        yield Entry(user=user, at=at, action=action, event_id=known_by, no_activity=no_activity)


def _event(record: Any) -> Any:
    inner = dig(record, "_source")
    return inner if isinstance(inner, dict) else record


def _users(event: Any) -> list[str]:
    """Return the users of an event: usually one."""
    people = dig(event, "user")
    named = (_user(person) for person in people) if isinstance(people, list) else (_user(event, "user."),)
    return list(dict.fromkeys(user for user in named if user))


def _user(person: Any, prefix: str = "") -> str:
    for name in _NAMES:
        value = dig(person, prefix + name)
        if isinstance(value, list):
            value = next(iter(value), None)
        if isinstance(value, str) and value:
            return value
    return ""


def _without_user(event: Any, action: str) -> Unusable:
    if isinstance(dig(event, "user"), dict | None) and lacks(event, *(f"user.{name}" for name in _NAMES)):
        return nobody(f"{action} without a user")
    return Unusable("user.empty", "There is no user in this row.", "user")


def _recognizes(look: Look) -> bool:
    events = map(_event, look.at(_SHAPE))
    return any(
        has(event, "@timestamp", "event.action") and (has(event, "ecs.version") or has(event, "user"))
        for event in events
    )


PROFILE = Profile(
    name="elastic_ecs",
    title="Elastic Common Schema events",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=_recognizes,
    recognized_by="the fields `@timestamp` and `event.action`, with `user` or the version of the schema",
    parts=parts,
    labels={"user": "user.id", "at": "@timestamp", "action": "event.action", "event_id": "event.id"},
    repeats_equal_rows=True,
    suggested_actions=("user-login",),
    no_activity={
        "failed": "Events with the outcome `failure`.",
        "interrupted": "Attempts with the outcome `unknown`.",
    },
)
