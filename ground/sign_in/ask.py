"""The page that asks for a code before a step, with everything that was filled in kept on it."""

from dataclasses import dataclass
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect

from ground.sign_in.forms import ReauthenticateForm
from ground.sign_in.proof import has_factor
from ground.sign_in.providers import Provider

CODE, KEY = "step_up-code", "step_up-credential"
_PASSED = "rollcall_passed"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One field of the form that waits."""

    name: str
    value: str


def is_passed(answer: HttpResponseBase) -> bool:
    """Whether the answer of `ask_for_code` is no page: the code was right, and the request goes on."""
    return bool(getattr(answer, _PASSED, False))


@csrf_protect
def ask_for_code(request: HttpRequest, why: str) -> HttpResponseBase:
    """Take the code or the key's answer that came with the form, or draw the page that asks. Nothing else happens here.

    After a right one the session has a new key, and the request is again what it was without it.
    """
    forms = _forms(request)
    for form in forms.values():
        if form.is_bound and form.is_valid():
            form.save()
            request.session.cycle_key()
            _take_out_proof(request)
            answer = HttpResponse()
            setattr(answer, _PASSED, True)
            return answer
    context = {
        "why": why,
        "form": forms.get(CODE),
        "key_form": forms.get(KEY),
        "js_data": {"request_options": begin_authentication(request.user)} if KEY in forms else {},
        "kept": _kept(request),
        "provider": _provider_of(request),
        "minutes": settings.STEP_UP_MINUTES,
    }
    status = 422 if any(form.is_bound for form in forms.values()) else 403
    return render(request, "sign_in/step_up.html", context, status=status)


def _forms(request: HttpRequest) -> dict[str, Any]:
    """The forms of the proofs that the person has, by the name of their field."""
    if not has_factor(request.user):
        return {}
    sent = {name: request.POST if name in request.POST else None for name in (CODE, KEY)}
    forms = {CODE: ReauthenticateForm(sent[CODE], user=request.user, prefix="step_up")}
    if is_mfa_enabled(request.user, [Authenticator.Type.WEBAUTHN]):
        forms[KEY] = ReauthenticateWebAuthnForm(sent[KEY], user=request.user, prefix="step_up")
    return forms


def _kept(request: HttpRequest) -> list[Kept]:
    left_out = {"csrfmiddlewaretoken", CODE, KEY}
    fields = [(name, values) for name, values in request.POST.lists() if name not in left_out]
    return [Kept(name=name, value=str(value)) for name, values in fields for value in values]


def _take_out_proof(request: HttpRequest) -> None:
    fields = request.POST.copy()
    for name in (CODE, KEY):
        fields.pop(name, None)
    fields._mutable = False
    request.POST = fields  # type: ignore[assignment]


def _provider_of(request: HttpRequest) -> Provider | None:
    """The provider through which the person signed in, when its word counts as a proof."""
    used = [one.get("provider") for one in get_authentication_records(request, request.user)]
    trusted = [one for one in settings.OIDC_PROVIDERS if one.trusts_second_factor and one.key in used]
    return trusted[-1] if trusted else None
