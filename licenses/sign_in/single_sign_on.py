"""Sign-in through an identity provider: it says who somebody is, and the invitation here says what they may do."""

import time
from collections.abc import Mapping
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

from ground.sign_in.proof import BY_PROVIDER, METHOD
from ground.sign_in.providers import Provider
from licenses.provider import NONCE, Protocol
from licenses.sign_in.admission import NotAdmitted, admit

# Values of `amr` (RFC 8176) that mean more than a password.
STRONGER = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fpt", "face", "iris", "phr", "phrh"})


class InvitedPeople(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets in whom somebody invited, through the providers of the settings; creates nobody."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The providers of the settings; none is ever read from the database."""
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=one.key,
                name=one.name,
                client_id=one.client_id,
                secret=one.secret,
                settings={"server_url": one.issuer, "issuer": one.issuer, "oauth_pkce_enabled": True},
            )
            for one in settings.OIDC_PROVIDERS
            if provider in (None, "openid_connect", one.key) and client_id in (None, one.client_id)
        ]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect the provider's word with one invited person, or say in words why that cannot be.

        Raises ImmediateHttpResponse with the page of the refusal.
        """
        provider = provider_named(sociallogin.account.provider)
        said = sociallogin.account.extra_data
        try:
            if sociallogin.state.get("process") != AuthProcess.LOGIN:
                raise NotAdmitted("An account is connected by signing in with it, not from within.")
            nonce = sociallogin.state.get(NONCE)
            if not nonce or said["id_token"].get(NONCE) != nonce:
                raise NotAdmitted("The answer of the provider does not belong to this sign-in. Begin again.")
            known = sociallogin.user if sociallogin.is_existing else None
            person = admit(provider=provider, claims=said["userinfo"], known=known)
        except NotAdmitted as refused:
            page = render(request, "sign_in/refused.html", {"why": refused, "provider": provider}, status=403)
            raise ImmediateHttpResponse(page) from refused
        if known is None:
            sociallogin.connect(request, person)


class CodeAtLogIn(AuthenticateStage):  # type: ignore[misc]
    """Asks for a code after the log-in, unless a provider that is trusted with that asked for more than a password."""

    def _should_handle(self, request: HttpRequest) -> bool:
        proven_at = self._proven_by_provider()
        if proven_at is not None:
            record_authentication(request, self.login.user, METHOD, type=BY_PROVIDER, at=proven_at)
            return False
        return bool(super()._should_handle(request))

    def _proven_by_provider(self) -> float | None:
        sociallogin = (self.login.signal_kwargs or {}).get("sociallogin")
        if sociallogin is None or not provider_named(sociallogin.account.provider).trusts_second_factor:
            return None
        return proven_at(sociallogin.account.extra_data["id_token"])


def proven_at(claims: Mapping[str, Any]) -> float | None:
    """When the provider asked for a second factor, in seconds since 1970; None when it says no such thing.

    A token without `auth_time` may stand for a log-in of long ago: it lets in, and is no fresh proof.
    """
    said = claims.get("amr")
    if not isinstance(said, list) or STRONGER.isdisjoint(str(one) for one in said):
        return None
    at = claims.get("auth_time")
    return min(float(at), time.time()) if isinstance(at, int | float) else 0.0


def provider_named(key: str) -> Provider:
    """Return the provider of the settings. Raises Http404 when it was taken out of them."""
    for one in settings.OIDC_PROVIDERS:
        if one.key == key:
            found: Provider = one
            return found
    raise Http404("There is no such provider.")


def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the provider; one that does not answer is said in words."""
    provider = provider_named(provider_id)
    try:
        response: HttpResponse = OAuth2LoginView.adapter_view(Protocol(request, provider_id))(request)
    except (RequestException, OAuth2Error, ValueError):
        return render(request, "sign_in/away.html", {"provider": provider}, status=502)
    return response


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the provider's answer."""
    provider_named(provider_id)
    response: HttpResponse = OAuth2CallbackView.adapter_view(Protocol(request, provider_id))(request)
    return response
