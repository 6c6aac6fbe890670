"""What every signed-in request passes: the ends of its session, the second factor of staff, and fresh proofs."""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse

from ground.middleware import Next
from ground.sign_in.ask import ask_for_code, is_passed
from ground.sign_in.proof import has_factor, is_proven, is_required_of_staff, needs_proof
from ground.sign_in.session_times import note_presence, why_over
from ground.sign_in.step_up import StepUp, mark_of

CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class SessionEnds:
    """Signs out whoever did nothing for SESSION_IDLE_MINUTES, or was signed in for SESSION_MOST_HOURS."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
            return self.get_response(request)
        over = why_over(request)
        if not over:
            note_presence(request)
            return self.get_response(request)
        logout(request)
        messages.info(request, over)
        return redirect_to_login(_page_of(request))


class Factors:
    """Two walls of the second factor.

    Where it is required, staff reach no page of the desk before they proved one in this session, whichever log-in they
    came through. And a view marked with `step_up` runs only after a proof that is fresh.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._at_the_desk(request) or self._before_a_step(request) or self.get_response(request)

    def _at_the_desk(self, request: HttpRequest) -> HttpResponseBase | None:
        if not is_required_of_staff() or not request.path.startswith(settings.DESK_URL_PREFIX):
            return None
        if (
            not getattr(request.user, "is_staff", False)
            or is_proven(request)
            or request.path == reverse("admin:logout")
        ):
            return None
        if has_factor(request.user):
            # Signed in by a way that asks for no code: there is none of ours, but there may be one some day.
            return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': _page_of(request)})}")
        return redirect("mfa_activate_totp")

    def _before_a_step(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.method in CHANGES_NOTHING or not request.user.is_authenticated:
            return None
        mark = _mark_at(request.path_info)
        if mark is None or not mark.asks(request.POST.get("do", "")) or not needs_proof(request):
            return None
        answer = ask_for_code(request, mark.why)
        return None if is_passed(answer) else answer


def _mark_at(path: str) -> StepUp | None:
    try:
        return mark_of(resolve(path).func)
    except Resolver404:
        return None


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: this one, or the one on which the form stood."""
    if request.method in CHANGES_NOTHING:
        return request.get_full_path()
    referer = request.headers.get("Referer", "")
    here = f"{request.scheme}://{request.get_host()}"
    if referer.startswith(f"{here}/"):
        return referer.removeprefix(here)
    return str(get_adapter(request).get_login_redirect_url(request))
