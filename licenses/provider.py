"""OpenID Connect as this portal speaks it. django-allauth looks for a provider in the module of this name.

Beyond the library's own: every sign-in carries a nonce, the signature of the ID token is always checked, its issuer is
the one that the settings name, and the user info must be about the person of the token.
"""

import secrets
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponseBase

# Asymmetric only: with a shared secret or none, whoever knows the client could write tokens.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
NEEDED = ["iss", "sub", "aud", "exp", "iat"]
ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# Clocks of two hosts differ by so many seconds.
LEEWAY = 60
NONCE = "nonce"


class Protocol(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """One exchange with a provider."""

    @property
    def openid_config(self) -> dict[str, Any]:
        document: dict[str, Any] = super().openid_config
        issuer = self.get_provider().app.settings["issuer"]
        if str(document.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
            raise OAuth2Error("The provider's document names another issuer.")
        if missing := [name for name in ADDRESSES if not isinstance(document.get(name), str)]:
            raise OAuth2Error(f"The provider's document names no {missing[0]}.")
        return document

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Return who signed in, from a token whose signature was checked and the user info beside it."""
        answer = kwargs["response"]
        if not answer.get("id_token"):
            raise OAuth2Error("The provider gave no ID token.")
        claims = self._claims(app, str(answer["id_token"]))
        about = self._fetch_user_info(token.token) if self.openid_config.get("userinfo_endpoint") else {}
        if about and about.get("sub") != claims["sub"]:
            raise OAuth2Error("The user info is about somebody else than the ID token.")
        said = {"id_token": claims, "userinfo": claims | about}
        return self.get_provider().sociallogin_from_response(request, said)

    def _claims(self, app: SocialApp, token: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            response = session.get(self.openid_config["jwks_uri"])
            response.raise_for_status()
            keys = response.json()
        try:
            key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token).get("kid", "")]
            claims: dict[str, Any] = jwt.decode(
                token,
                key=key.key,
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY,
                options={"require": NEEDED},
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as wrong:
            raise OAuth2Error("The ID token of the provider is not valid.") from wrong
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The ID token was made for another client.")
        return claims


class SignInProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The library's provider; it sends a nonce and remembers it beside the state."""

    oauth2_adapter_class = Protocol

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(24)
        params = {**(kwargs.pop("auth_params", None) or self.get_auth_params()), NONCE: nonce}
        answer: HttpResponseBase = super().redirect(
            request, process, next_url, data, auth_params=params, nonce=nonce, **kwargs
        )
        return answer


provider_classes = [SignInProvider]
