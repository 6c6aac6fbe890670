"""When a session began and when its person was last seen; both live in the session itself, as seconds since 1970."""

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ground.presentation.format import count_of

BEGAN, SEEN = "began_at", "seen_at"
# A session is written at most so often only to note that somebody is there.
NOTED_EVERY_SECONDS = 60


def begin_session(sender: object, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Receive Django's signal of a log-in: the session's time starts here, whichever way the person came in."""
    if request is not None:
        request.session[BEGAN] = request.session[SEEN] = time.time()


def why_over(request: HttpRequest) -> str:
    """Return the sentence that says why the session is over; empty while it lives."""
    now = time.time()
    began, seen = request.session.get(BEGAN, now), request.session.get(SEEN, now)
    if now - began >= settings.SESSION_MOST_HOURS * 3600:
        return f"You were signed in for {count_of(settings.SESSION_MOST_HOURS, 'hour')}. Sign in again to go on."
    if now - seen >= settings.SESSION_IDLE_MINUTES * 60:
        return f"Nothing was done here for {count_of(settings.SESSION_IDLE_MINUTES, 'minute')}. Sign in again to go on."
    return ""


def note_presence(request: HttpRequest) -> None:
    """Note that the person is there, at most once a minute. A page that asks by itself how work goes does not count."""
    if request.method == "GET" and request.headers.get("HX-Request"):
        return
    now = time.time()
    if BEGAN not in request.session:
        request.session[BEGAN] = now
    if now - request.session.get(SEEN, 0.0) >= NOTED_EVERY_SECONDS:
        request.session[SEEN] = now
