"""W3C extended log files, as IIS writes them (`u_ex260630.log`).

The line `#Fields:` names the fields of the lines below it and may come again with others. Needed are `date`, `time`
(always UTC) and `cs-username`, which is `-` for anonymous requests; those count for no one. IIS writes it where "User
Name" is ticked among the fields of the site's logging; a log without it cannot be counted. Users are counted as
written, with their domain (`CORP\\anna`). The action is `cs-uri-stem`. A status of 400 or more is a failed request
(`/login !failed`). A log-in page counts only when it was left (302 or 303); with another status its form was shown
(`/login !shown`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from rollcall.formats.access_log import NO_ACTIVITY, activity_of
from rollcall.formats.profile import EVENTS, UTC, LineRecords, Look, Part, Profile, Refusal, Unusable

_FIELDS = "#Fields:"
_NEEDED = frozenset(("date", "time", "cs-username"))
# The format's own prefixes say whom a field is about: the client, the server, or one to the other.
_PREFIXED = re.compile(r"(?:c|s|r|cs|sc|sr|rs|x)[-(]\S+")
_VALUE = re.compile(r'"(?:[^"]|"")*+"|\S+')
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_OR_TIME = re.compile(r"[0-9:.-]{1,20}")

Read = Callable[[str], Mapping[str, str] | Unusable | None]


def start() -> Read:
    """Return the reader of the lines of one file; it keeps the names of the fields as they change."""
    fields: list[str] = []

    def read(line: str) -> Mapping[str, str] | Unusable | None:
        if line.startswith("#"):
            if line.startswith(_FIELDS):
                fields[:] = _names(line)
            return None
        values = line.split() if '"' not in line else _VALUE.findall(line)
        if not fields:
            return Unusable("w3c.fields", f"No {_FIELDS} line says what the fields of this line are.", "", line[:200])
        if len(values) != len(fields):
            words = f"The line has {len(values)} fields, the last {_FIELDS} line names {len(fields)}."
            return Unusable("row.columns", words, "", line[:200])
        return dict(zip(fields, values, strict=True))

    return read


def recognizes(look: Look) -> bool:
    """Return whether a #Fields line at the beginning names a time and a user."""
    return any(line.startswith(_FIELDS) and _NEEDED.issubset(_names(line)) for line in look.lines)


def refuses(look: Look) -> Refusal | None:
    """Return what to say of a log whose first #Fields line names fields of a request, but not those that are needed."""
    found = ((number, _names(line)) for number, line in enumerate(look.lines, start=1) if line.startswith(_FIELDS))
    number, names = next(((line, names) for line, names in found if any(map(_PREFIXED.fullmatch, names))), (0, []))
    missing = sorted(_NEEDED.difference(names))
    if not number or not missing:
        return None
    lacks = "the user" if "cs-username" in missing else "the time"
    words = (
        f"This log does not record {lacks} of a request: its {_FIELDS} line (line {number}) does not name "
        f"{' and '.join(missing)}. Turn that on (in IIS: Logging > Select Fields; cs-username is User Name), and send "
        "the log of the days from then on. A service without such a field, as CloudFront, cannot tell who was active: "
        "send the log of the application behind it."
    )
    return Refusal("w3c.fields", words)


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the activity of one request."""
    missing = sorted(_NEEDED - record.keys())
    if missing:
        yield Unusable("w3c.fields", f"The last {_FIELDS} line does not name {' and '.join(missing)}.")
        return
    day, time = record["date"], record["time"]
    at = f"{day}T{time}Z" if _DATE.fullmatch(day) and _DAY_OR_TIME.fullmatch(time) else f"{day} {time}"
    path = record.get("cs-uri-stem", "-").partition("?")[0] or "-"
    yield from activity_of(record["cs-username"].strip('"'), at, path, record.get("sc-status", "-"))


def _names(line: str) -> list[str]:
    return [name.lower() for name in line[len(_FIELDS) :].split()]


PROFILE = Profile(
    name="w3c_extended",
    title="W3C extended log (IIS)",
    kind=EVENTS,
    shape=LineRecords(start=start),
    recognizes=recognizes,
    recognized_by="a line `#Fields:` that names `date`, `time` and `cs-username`",
    parts=parts,
    refuses=refuses,
    labels={"user": "cs-username", "at": "date time", "action": "cs-uri-stem"},
    zone=UTC,
    suggested_actions=("/login", "/browse/*"),
    no_activity=NO_ACTIVITY,
)
