"""One request and its answer."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO, Any

TIMEOUT_SECONDS = 60
LONGEST_PAUSE_SECONDS = 60.0
NOT_MODIFIED = 304
AGAIN = frozenset({429, 502, 503, 504})
# What is done once however often it is asked.
HARMLESS = frozenset({"GET", "HEAD"})
OF_THE_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
PREFIX = "/api/v1/"


class NotReached(Exception):
    """The service gave no answer; whether it did what was asked is not known."""


class Problem(Exception):
    """The service refused, with a sentence (RFC 9457). `errors` names the fields that are to blame."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        super().__init__(f"{status}: {document.get('detail') or document.get('title') or 'refused'}")
        self.status = status
        self.type = str(document.get("type", "about:blank"))
        self.errors: dict[str, list[str]] = dict(document.get("errors") or {})


@dataclass(frozen=True)
class Answer:
    """What came back: the body as JSON where it is that, its bytes, and the mark of the state that was read."""

    status: int
    content: bytes
    etag: str | None

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.content)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the key is for one service."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Return no request."""


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True)
class Line:
    """The way to one service with one key."""

    address: str
    key: str
    attempts: int = 4
    pause_seconds: float = 1.0

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in OF_THE_MACHINE):
            raise ValueError(f"{self.address} is not an https address; the key would be readable on the way.")

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool = False,
    ) -> Answer:
        """Return the answer to one request. Raises Problem for a refusal, NotReached without an answer.

        What is harmless or repeatable is tried again when the service was busy or did not answer; else once.
        """
        request = urllib.request.Request(
            self._url(path, query),
            data=body,
            method=method,
            headers={
                "Authorization": f"Bearer {self.key}",
                "Accept": "application/json, application/problem+json, */*",
                **({"Content-Type": content_type} if body is not None else {}),
                **(headers or {}),
            },
        )
        attempts = self.attempts if is_repeatable or method in HARMLESS else 1
        for attempt in range(1, attempts + 1):
            pause = min(self.pause_seconds * 2.0 ** (attempt - 1), LONGEST_PAUSE_SECONDS)
            try:
                with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
                    return Answer(answer.status, answer.read(), answer.headers.get("ETag"))
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == NOT_MODIFIED:
                        return Answer(error.code, b"", error.headers.get("ETag"))
                    if error.code not in AGAIN or attempt == attempts:
                        raise Problem(error.code, _document(error)) from error
                    pause = _asked_pause(error, pause)
            except (OSError, HTTPException) as error:
                if attempt == attempts:
                    raise NotReached(f"{self.address} gave no answer: {error}") from error
            time.sleep(pause)
        raise AssertionError("Every attempt returns, raises or goes on.")

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        if path.startswith(("http://", "https://")):
            ours, theirs = urllib.parse.urlsplit(self.address), urllib.parse.urlsplit(path)
            path = urllib.parse.urlunsplit(("", "", theirs.path, theirs.query, ""))
            return f"{ours.scheme}://{ours.netloc}{path}"
        asked = f"?{urllib.parse.urlencode(query)}" if query else ""
        return f"{self.address.rstrip('/')}{PREFIX}{urllib.parse.quote(path)}{asked}"


def _document(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        found = json.loads(error.read(1_000_000))
    except (ValueError, OSError, HTTPException):
        found = None
    return found if isinstance(found, dict) else {"detail": str(error.reason)}


def _asked_pause(error: urllib.error.HTTPError, otherwise: float) -> float:
    said = error.headers.get("Retry-After", "")
    return min(float(said), LONGEST_PAUSE_SECONDS) if said.isdecimal() else otherwise
