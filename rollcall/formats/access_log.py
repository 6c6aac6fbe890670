"""Access logs of web servers, one request a line: the fields of a line, and what a request says about a user.

The formats of NGINX, Apache and Tomcat differ in the second field and behind the size; the rest is common. A virtual
host, or the addresses of several proxies, may stand before the second field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Sized
from ipaddress import ip_address
from typing import NamedTuple

from rollcall.formats.profile import Entry, Part, Refusal, Unusable, nobody

# A user ends before the first "[", so that a line made of brackets is refused at once.
_LINE = re.compile(
    r"(?P<host>\S{1,256}) (?P<before>[^\[\r\n]{1,4352}) \[(?P<at>[^\]]{1,64})\]"
    r' "(?P<request>(?:[^"\\]|\\.)*+)" (?P<status>[0-9]{3}) (?:[0-9]+|-)(?: (?P<rest>.*))?'
)
# How a server writes a field that is empty.
_EMPTY = "-"
# How a proxy writes an address that it keeps to itself.
_HIDDEN = "unknown"
# minute of the day x number of the request x requests at the same time, as Jira writes it
_REQUEST_ID = re.compile(r"[*i]?[0-9]+x[0-9]+x[0-9]+")
_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]{1,5})?")
_WORD = re.compile(r"\S{1,256}")
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
_NOT_CERTAIN = (
    "It is not certain which word is the user: before the time stand an address (or several), a '-' or the id of the "
    "request, and the user."
)
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


def is_request_id(word: str) -> bool:
    """Return whether a word is the id of a request as Jira writes it."""
    return _REQUEST_ID.fullmatch(word) is not None


def request_of(line: str) -> Request | Unusable:
    """Return the request of a line, or that it is none."""
    found = _LINE.fullmatch(line)
    if found is None:
        return Unusable("line.unknown", "This is not a line of an access log.", "", line[:200])
    fields = _second_and_user(found["host"], found["before"].split(" "))
    if fields is None:
        return Unusable("line.unknown", _NOT_CERTAIN, "", line[:200])
    second, user = fields
    return Request(
        user=unescaped(user),
        at=_iso(found["at"]),
        path=path_of(unescaped(found["request"])),
        status=found["status"],
        second=second,
        rest=found["rest"] or "",
    )


def requests_of(lines: Sequence[str]) -> list[Request]:
    """Return the requests among the first lines of a file, or none of them when too few lines are requests."""
    filled = [line for line in lines if line.strip()]
    found = [request for request in map(request_of, filled) if isinstance(request, Request)]
    return found if _are_most(len(found), filled) else []


def refusal_of(lines: Sequence[str]) -> Refusal | None:
    """Return what to say of an access log in whose first lines too seldom a user can be told from the other fields."""
    filled = {number: line for number, line in enumerate(lines, start=1) if line.strip()}
    shaped = [number for number, line in filled.items() if _LINE.fullmatch(line)]
    unclear = [number for number in shaped if isinstance(request_of(filled[number]), Unusable)]
    if not unclear or not _are_most(len(shaped), filled) or _are_most(len(shaped) - len(unclear), filled):
        return None
    first = unclear[0]
    words = (
        f"Line {first} of this access log: {_NOT_CERTAIN} Found is '{filled[first].partition(' [')[0][:120]}'. Set the "
        "server to its combined format (or Jira to its own), and send the log of the days from then on; or send the "
        "requests as a CSV file with the columns user, time and action."
    )
    return Refusal("log.user", words)


def _are_most(number: int, filled: Sized) -> bool:
    return number * 10 >= len(filled) * _MOST


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


def _second_and_user(host: str, words: Sequence[str]) -> tuple[str, str] | None:
    """Return the second field and the user of a line, or None where it is not certain which words they are.

    Proxies and virtual hosts put words before the second field, and a user may hold blanks. What comes behind several
    addresses is certain only where an empty field or the id of a request stands between them and the user.
    """
    beside = _further_addresses(host, words)
    if host.endswith(",") and not (beside and _is_proxied(host[:-1])):
        return None
    second, user = words[beside], " ".join(words[beside + 1 :])
    names = user.split()
    is_plain = not beside and len(names) == 1 and _WORD.fullmatch(second)
    if not names or not (is_plain or second == _EMPTY or is_request_id(second)):
        return None
    if any(_is_address(name.rstrip(",")) or is_request_id(name) for name in names):
        return None
    # "- ann" may be an empty field before a user as well as one name.
    return None if len(names) > 1 and _EMPTY in names else (second, user)


def _further_addresses(host: str, words: Sequence[str]) -> int:
    """Return how many words behind the first are addresses before an empty field or the id of a request, or 0."""
    before = host
    for place, word in enumerate(words[:-1]):
        if not _is_proxied(word.removesuffix(",")):
            is_end = word == _EMPTY or is_request_id(word)
            return place if is_end and not before.endswith(",") else 0
        before = word
    return 0


def _is_proxied(word: str) -> bool:
    return word == _HIDDEN or _is_address(word)


def _is_address(word: str) -> bool:
    if _IPV4.fullmatch(word):
        return True
    # A quick look first: this is asked of the user of every line.
    if word.count(":") < 2:
        return False
    try:
        ip_address(word)
    except ValueError:
        return False
    return True


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
