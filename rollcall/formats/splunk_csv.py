"""Splunk search results exported as CSV (Export, CSV, raw events).

`_time` is the event's time with its offset. The user and the action are taken from fields of the table named `user` and
`action` where the search has them, else from the text of the event in `_raw`: `user="anna" action=login`, or JSON with
these keys (`username`, `user_id`, `user.name`, `event.action` and `eventtype` are known as well). An action of `failed`
or `failure` is no activity, nor is one whose `outcome`, `result` or `status` says so. There is no event id that
outlasts a search, so upload each event once. Events without a user count for no one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from rollcall.formats.fields import text
from rollcall.formats.profile import EVENTS, Entry, Part, Profile, TableRecords, Unusable, nobody

_HEADER = frozenset(("time", "raw", "sourcetype"))
_USER = ("user", "username", "user_name", "user_id", "userid", "user.name", "user.id")
_ACTION = ("action", "event.action", "event_action", "eventtype", "event")
_OUTCOME = ("outcome", "result", "status", "event.outcome")
_FAILED = frozenset(("failed", "failure", "fail", "denied", "blocked", "error"))
_PAIR = re.compile(r'([A-Za-z_][A-Za-z0-9_.]{0,80}+)=("(?:[^"\\]|\\.|"")*+"|[^\s,;"]*+)', re.DOTALL)


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the one event of a row."""
    raw = _fields_of(record["raw"])
    user = _first(record, _USER) or _first(raw, _USER)
    action = _first(record, _ACTION) or _first(raw, _ACTION)
    outcome = _first(record, _OUTCOME) or _first(raw, _OUTCOME)
    if user in ("", "-"):
        yield nobody("the event names no user")
    elif not action:
        yield Unusable("action.none", "Neither a column nor the text of the event in _raw names an action.", "action")
    else:
        failed = action.lower() in _FAILED or outcome.lower() in _FAILED
        yield Entry(user=user, at=record["time"], action=action, no_activity="failed" if failed else "")


def _fields_of(raw: str) -> Mapping[str, str]:
    """Return the fields in the text of an event; of two with one name the first counts."""
    if raw.lstrip().startswith("{"):
        try:
            found = json.loads(raw, parse_int=str, parse_float=str)
        except (ValueError, RecursionError):
            return {}
        return {name: text(found, name) for name in (*_USER, *_ACTION, *_OUTCOME)}
    fields: dict[str, str] = {}
    for name, value in _PAIR.findall(raw):
        fields.setdefault(name.lower(), value[1:-1].replace('""', '"') if value.startswith('"') else value)
    return fields


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name].strip() for name in names if fields.get(name, "").strip()), "")


PROFILE = Profile(
    name="splunk_csv",
    title="Splunk search results (CSV)",
    kind=EVENTS,
    shape=TableRecords(),
    recognizes=lambda look: look.header >= _HEADER,
    recognized_by="the columns `_time`, `_raw` and `sourcetype`",
    parts=parts,
    labels={"user": "user", "at": "_time", "action": "action"},
    suggested_actions=("login", "action"),
    no_activity={
        "failed": "An action of `failed` or `failure`, or one whose `outcome`, `result` or `status` says so.",
    },
)
