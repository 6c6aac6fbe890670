"""What every request passes: security headers, the desk's content policy, and the portal's wall."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string
from django.views.defaults import permission_denied

from ground.actor import Actor, NotAllowed
from ground.portal_wall import portal_transaction

Next = Callable[[HttpRequest], HttpResponseBase]


class UnsafeStream(RuntimeError):
    """A portal view streams rows. Its body would run after the wall's transaction, as a role that sees everything."""


class SecurityHeaders:
    """Headers that Django does not set by itself. Pages are never kept by shared or browser caches."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        return response


class DeskPolicy:
    """Gives the vendor's desk its own content security policy; every other page keeps the strict one."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith(settings.DESK_URL_PREFIX):
            response._csp_replace = settings.DESK_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]
        return response


def actor_of(request: HttpRequest) -> Actor:
    """Return the actor of the signed-in person. The app that owns people says who that is (ACTOR_OF_USER)."""
    actor: Actor = import_string(settings.ACTOR_OF_USER)(request.user)
    return actor


class Refusals:
    """Turns a refusal by an operation (NotAllowed) into a 403 page with its words."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if isinstance(exception, NotAllowed):
            return permission_denied(request, exception)
        return None


class StorableTexts:
    """Refuses a request with NUL in a text, which no keyboard writes and no database takes, before its view begins."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        """Look at the address and the form. What programs send instead of a form, its own parser looks at."""
        if any("\0" in text for text in _texts(request, with_form=not getattr(view, "csrf_exempt", False))):
            raise BadRequest("What was sent holds a character (NUL) that no text has. Nothing was stored.")


def _texts(request: HttpRequest, *, with_form: bool) -> Iterator[str]:
    yield request.path_info
    for sent in (request.GET, request.POST) if with_form else (request.GET,):
        for name, values in sent.lists():
            yield name
            yield from values


class PortalWall:
    """Runs every view of a portal namespace in `portal_transaction` for the person's current customer.

    Sets `request.actor` and `request.customer_id`. Somebody without a customer gets 404; the vendor's people are sent
    to their desk. A failed view leaves nothing behind.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_portal_path(request.path_info):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        actor = actor_of(request)
        if actor.vendor_role:
            return redirect(settings.DESK_URL_PREFIX)
        request.actor, request.customer_id = actor, current_customer(request, actor)  # type: ignore[attr-defined]
        request.portal_failed = False  # type: ignore[attr-defined]
        with portal_transaction(request.customer_id):  # type: ignore[attr-defined]
            response = self.get_response(request)
            if response.streaming and not isinstance(response, FileResponse):
                response.close()
                raise UnsafeStream(f"{request.path} streams its answer; let a job write a file and send that.")
            if response.status_code >= 500 or request.portal_failed:  # type: ignore[attr-defined]
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Note that the view failed: its exception has become a page before the transaction sees it."""
        request.portal_failed = True  # type: ignore[attr-defined]


def is_portal_path(path: str) -> bool:
    """True when the path's view lies in one of the portal's URL namespaces."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return bool(match.namespaces) and match.namespaces[0] in settings.PORTAL_NAMESPACES


def current_customer(request: HttpRequest, actor: Actor) -> int:
    """Return the customer chosen in the session if the actor belongs to it, else the first of theirs; 404 without."""
    if not actor.customer_ids:
        raise Http404("You do not belong to a customer yet. Ask the person who invited you.")
    chosen = request.session.get(settings.PORTAL_SESSION_KEY)
    return chosen if chosen in actor.customer_ids else min(actor.customer_ids)
