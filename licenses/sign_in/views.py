"""The pages of the second factor: django-allauth's own, with what follows for sessions."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.contrib.auth import update_session_auth_hash
from django.forms import Form
from django.http import HttpRequest, HttpResponse

from ground.sign_in.proof import METHOD, forget_proofs, is_required_of_staff
from licenses.models import User
from licenses.operations.end_sessions import end_sessions


class Authenticate(AuthenticateView):  # type: ignore[misc]
    """Ask for the second factor at the log-in; the button for a key stands there for those who have one."""

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        has_key = is_mfa_enabled(self.stage.login.user, [Authenticator.Type.WEBAUTHN])
        return {**super().get_context_data(**kwargs), "has_key": has_key}


class Activate(ActivateTOTPView):  # type: ignore[misc]
    """Set up an authenticator app. The code that shows it works is a proof; sessions without one end."""

    def form_valid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        person = end_others(self.request)
        factor = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
        record_authentication(self.request, person, METHOD, id=factor.pk, type=factor.type)
        return response

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        is_asked = is_required_of_staff() and self.request.user.is_staff
        return {**super().get_context_data(**kwargs), "is_required": is_asked}


class Deactivate(DeactivateTOTPView):  # type: ignore[misc]
    """Take the authenticator app away: what it proved counts no more, and every other session ends."""

    def form_valid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        forget_proofs(self.request)
        end_others(self.request)
        return response


class AddKey(AddWebAuthnView):  # type: ignore[misc]
    """Register a security key or a passkey. That it answered is a proof; sessions without one end."""

    def form_valid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        person = end_others(self.request)
        factor = Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).latest("pk")
        record_authentication(self.request, person, METHOD, id=factor.pk, type=factor.type)
        return response


class RemoveKey(RemoveWebAuthnView):  # type: ignore[misc]
    """Take one's own key away: what was proven counts no more, and every other session ends."""

    def form_valid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        forget_proofs(self.request)
        end_others(self.request)
        return response


class ProveByKey(ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Ask for a security key within a session; the session gets a new key of its own with the proof."""

    def form_valid(self, form: Form) -> HttpResponse:
        self.request.session.cycle_key()
        response: HttpResponse = super().form_valid(form)
        return response


class Prove(ReauthenticateView):  # type: ignore[misc]
    """Ask for a code within a session; the session gets a new key with the proof."""

    def form_valid(self, form: Form) -> HttpResponse:
        self.request.session.cycle_key()
        response: HttpResponse = super().form_valid(form)
        return response


def end_others(request: HttpRequest) -> User:
    """End all sessions of the signed-in person but this one, which gets a new key."""
    assert isinstance(request.user, User)
    person = end_sessions(person=request.user)
    update_session_auth_hash(request, person)
    return person
