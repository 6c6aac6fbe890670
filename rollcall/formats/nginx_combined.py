"""Access logs of NGINX and Apache in the combined format (or the common one, without referrer and browser).

One request a line; the user is the third field, which the server fills only when it checks the password itself or is
told the name by the application. Requests with `-` in its place are anonymous and count for no one: a log in which
every line has `-` cannot be used for counting users. The name of a virtual host (`vhost_combined`) or several addresses
(`X-Forwarded-For`) may stand before the `-` in front of the user; a line whose user is not certain is kept apart.
The action is the path without its query. A status of 400 or more is a failed request (`/login !failed`). A log-in page
counts only when it was left (302 or 303); with another status its form was shown (`/login !shown`). Times carry their
offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rollcall.formats.access_log import NO_ACTIVITY, Request, activity_of, refusal_of, request_of, requests_of
from rollcall.formats.jira_access_log import is_tomcat
from rollcall.formats.profile import EVENTS, LineRecords, Look, Part, Profile, Refusal, Unusable


def start() -> Callable[[str], Request | Unusable]:
    """Return the reader of the lines of one file."""
    return request_of


def recognizes(look: Look) -> bool:
    """Return whether the first lines are requests, and not those of Tomcat with an id for each."""
    requests = requests_of(look.lines)
    return bool(requests) and not any(map(is_tomcat, requests))


def refuses(look: Look) -> Refusal | None:
    """Return what to say of an access log, be it that of Jira, whose users cannot be told from its other fields."""
    return refusal_of(look.lines)


def parts(request: Request) -> Iterator[Part]:
    """Return the activity of one request."""
    yield from activity_of(request.user, request.at, request.path, request.status)


PROFILE = Profile(
    name="nginx_combined",
    title="NGINX or Apache access log",
    kind=EVENTS,
    shape=LineRecords(start=start),
    recognizes=recognizes,
    recognized_by="requests, one a line, without the ids that Tomcat gives them",
    refuses=refuses,
    parts=parts,
    labels={"user": "remote user", "at": "time", "action": "path"},
    suggested_actions=("/login", "/browse/*"),
    no_activity=NO_ACTIVITY,
)
