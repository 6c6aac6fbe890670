"""Access logs of Jira (Tomcat), one file a day: `access_log.2026-06-30`.

One request a line; the user stands between the id of the request and the time, `-` for anonymous requests, which count
for no one. Before the id several addresses may stand, where proxies pass requests on. The action is the path without
its query. A log-in is `/login` answered with a redirect (302 or 303); with another status the form was shown
(`/login !shown`), and a status of 400 or more is a failed request. Paths of background traffic, such as `/rest/...`
polled by an open browser tab, make an idle user look active: name the paths that count. The request ids repeat every
day and are not used. Times carry their offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rollcall.formats.access_log import NO_ACTIVITY, Request, activity_of, is_request_id, request_of, requests_of
from rollcall.formats.profile import EVENTS, LineRecords, Look, Part, Profile, Unusable


def start() -> Callable[[str], Request | Unusable]:
    """Return the reader of the lines of one file."""
    return request_of


def is_tomcat(request: Request) -> bool:
    """Return whether a request has an id as Jira writes it."""
    return is_request_id(request.second)


def recognizes(look: Look) -> bool:
    """Return whether the first lines are requests with ids as Jira writes them."""
    return any(map(is_tomcat, requests_of(look.lines)))


def parts(request: Request) -> Iterator[Part]:
    """Return the activity of one request."""
    yield from activity_of(request.user, request.at, request.path, request.status)


PROFILE = Profile(
    name="jira_access_log",
    title="Jira access log",
    kind=EVENTS,
    shape=LineRecords(start=start),
    recognizes=recognizes,
    recognized_by="requests, one a line, that have an id as Tomcat writes it in their second field",
    parts=parts,
    labels={"user": "user", "at": "time", "action": "path"},
    suggested_actions=("/login", "/browse/*"),
    no_activity=NO_ACTIVITY,
)
