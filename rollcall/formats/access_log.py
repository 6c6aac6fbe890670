"""Access logs of web servers, one request a line: the fields of a line, and what a request says about a user.

The formats of NGINX, Apache and Tomcat differ in the second field and behind the size; the rest is common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rollcall.formats.profile import Entry, Part, Unusable, nobody

# A user ends before the first "[", so that a line made of brackets is refused at once.
_LINE = re.compile(
    r"(?P<host>\S{1,256}) (?P<second>\S{1,256}) (?P<user>[^\[\r\n]{1,4096}) \[(?P<at>[^\]]{1,64})\]"
    r' "(?P<request>(?:[^"\\]|\\.)*+)" (?P<status>[0-9]{3}) (?:[0-9]+|-)(?: (?P<rest>.*))?'
)
_AT = re.compile(r"([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ESCAPED = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_SESSION = re.compile(r";jsessionid=[^/]*", re.IGNORECASE)
_LOGIN_PAGE = re.compile(r"/(?:log[-_]?in|sign[-_]?in|logon)(?:\.[a-z]{2,6})?/?", re.IGNORECASE)
_AFTER_LOGIN = ("302", "303")
_NOBODY = ("-", '""', "")
# Why a request is no activity, by the mark of `activity_of`.
NO_ACTIVITY = {
    "failed": "A request that was answered with a status of 400 or more.",
    "shown": "A log-in page that was answered with another status than 302 or 303: its form was shown.",
}
# Of the first lines so many in ten must be requests; the others are quarantined.
_MOST = 9


class Request(NamedTuple):
    """One line: the second field and what stands behind the size as written, the rest taken apart."""

    user: str
    at: str
    path: str
    status: str
    second: str
    rest: str


def request_of(line: str) -> Request | Unusable:
    """Return the request of a line, or that it is none."""
    found = _LINE.fullmatch(line)
    if found is None:
        return Unusable("line.unknown", "This is not a line of an access log.", "", line[:200])
    return Request(
        user=unescaped(found["user"]),
        at=_iso(found["at"]),
        path=path_of(unescaped(found["request"])),
        status=found["status"],
        second=found["second"],
        rest=found["rest"] or "",
    )


def requests_of(lines: Sequence[str]) -> list[Request]:
    """Return the requests among the first lines of a file, or none of them when too few lines are requests."""
    filled = [line for line in lines if line.strip()]
    found = [request for request in map(request_of, filled) if isinstance(request, Request)]
    return found if len(found) * 10 >= len(filled) * _MOST else []


def activity_of(user: str, at: str, path: str, status: str) -> Iterator[Part]:
    """Return what one request says: nobody for a request without a user, and no activity where it was refused.

    A log-in page counts as a log-in only when the answer leads on from it; otherwise its form was shown.
    """
    if user in _NOBODY:
        yield nobody(f"an anonymous request of {path[:80]}")
        return
    no_activity = "failed" if status >= "400" else ""
    if not no_activity and _is_login_page(path) and status not in _AFTER_LOGIN:
        no_activity = "shown"
    yield Entry(user=user, at=at, action=path, no_activity=no_activity)


def path_of(request: str) -> str:
    """Return the path of `GET /path?query HTTP/1.1`, without its query and session; of anything else its beginning."""
    words = request.split(" ")
    path = words[1] if len(words) in (2, 3) else request[:80]
    return _SESSION.sub("", path.partition("?")[0]) or "-"


def unescaped(text: str) -> str:
    """Return a text in which a server wrote bytes as \\xC3\\xBC, where they are UTF-8."""
    return _ESCAPED.sub(_decoded, text) if "\\x" in text else text


def _decoded(found: re.Match[str]) -> str:
    try:
        text = bytes.fromhex(found[0].replace("\\x", "")).decode()
    except UnicodeDecodeError:
        return found[0]
    return text if text.isprintable() else found[0]


def _is_login_page(path: str) -> bool:
    return _LOGIN_PAGE.fullmatch(path[path.rstrip("/").rfind("/") :]) is not None


def _iso(text: str) -> str:
    """Return `28/May/2026:04:00:00 +0200` as an ISO time, anything else as written, for the finding."""
    found = _AT.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        return text
    return f"{found[3]}-{_MONTHS.index(found[2]) + 1:02d}-{found[1]}T{found[4]}{found[5]}"
