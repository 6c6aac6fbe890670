"""OpenCloud audit log: the file of the service "audit", one JSON object a line (`AUDIT_FORMAT=json`).

Start the service (`OC_ADD_RUN_SERVICES=audit`) with `AUDIT_LOG_TO_FILE=true` and `AUDIT_FILEPATH`, and send that file;
the format "minimal" has neither users nor times. Times are UTC. The log holds what people do with files, shares and
spaces; log-ins are not in it. `User` is the owner of a file, not the person who opened or changed it: the person is
taken from the sentence in `Message` ("user '...' read file '...'"). Sentences that name nobody, such as a visit
through a public link, count for no one, whoever owns the file. `space_shared` is written without a time; such rows are
listed and do not count. There is no event id, so equal rows are kept and reported: do not send the same days twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import has, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Look, Part, Profile, nobody

_SHAPE = JsonRecords()
_PERSON = re.compile(r"user '([^']+)' ")


def parts(record: Any) -> Iterator[Part]:
    """Return the one event of a record."""
    action, person = text(record, "Action"), _PERSON.match(text(record, "Message"))
    if person is None:
        yield nobody(f"{action or 'the row'} does not say who did it", text(record, "User"))
        return
    yield Entry(user=person[1], at=text(record, "Time"), action=action)


def _recognizes(look: Look) -> bool:
    first = look.first(_SHAPE)
    return (
        has(first, "RemoteAddr", "User", "Time", "Message", "Action", "Level") and text(first, "App") == "admin_audit"
    )


PROFILE = Profile(
    name="opencloud_audit",
    title="OpenCloud audit log",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=_recognizes,
    recognized_by="the fields `User`, `Time`, `Message`, `Action` and `Level`, where `App` is `admin_audit`",
    parts=parts,
    labels={"user": "Message", "at": "Time", "action": "Action"},
)
