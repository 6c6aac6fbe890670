"""A small identity provider: a real HTTP server in a thread, with its own key, that says what a test tells it to."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.http import HttpResponse
from django.test import Client

CLIENT_ID, SECRET = "rollcall", "a-secret-of-the-client"


@dataclass(kw_only=True)
class Account:
    """What the provider says about the person at its page, and how it says it wrongly."""

    sub: str = "user-1"
    claims: dict[str, Any] = field(default_factory=dict)
    # What is changed in the token after it is right, and who signs it.
    token: dict[str, Any] = field(default_factory=dict)
    signed_by: str = "itself"
    userinfo: dict[str, Any] = field(default_factory=dict)


class SmallProvider:
    """Discovery, keys, token and user info under `issuer`; the person's page is played by `sign_in`."""

    def __init__(self) -> None:
        self.account = Account()
        self.names_issuer = ""
        self.asked: list[dict[str, str]] = []
        self._waiting: dict[str, dict[str, str]] = {}
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                self._answer(outer.get(urlsplit(self.path).path, self.headers.get("Authorization", "")))

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer(outer.token(dict(parse_qsl(sent))))

            def _answer(self, document: dict[str, Any] | None) -> None:
                body = json.dumps(document or {"error": "invalid_request"}).encode()
                self.send_response(200 if document else 400)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def get(self, path: str, authorization: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.names_issuer or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/keys":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
            return {"keys": [{**key, "kid": "one", "use": "sig", "alg": "RS256"}]}
        if path == "/userinfo" and authorization == "Bearer an-access-token":
            return {"sub": self.account.sub, **self.account.claims, **self.account.userinfo}
        return None

    def authorize(self, address: str, **changes: str) -> dict[str, str]:
        """Play the person at the provider's page: return the query with which the browser comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(asked)
        code = f"code-{len(self.asked)}"
        self._waiting[code] = asked
        return {"code": code, "state": asked["state"], **changes}

    def token(self, sent: dict[str, str]) -> dict[str, Any] | None:
        asked = self._waiting.pop(sent.get("code", ""), None)
        if asked is None or sent.get("client_secret") != SECRET or sent["redirect_uri"] != asked["redirect_uri"]:
            return None
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        return {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": self.account.sub,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
        }
        claims = {name: value for name, value in {**said, **self.account.claims, **self.account.token}.items() if value}
        if self.account.signed_by == "nobody":
            return jwt.encode(claims, key="", algorithm="none", headers={"kid": "one"})
        if self.account.signed_by == "the client's secret":
            return jwt.encode(claims, SECRET * 2, algorithm="HS256", headers={"kid": "one"})
        key = self._key if self.account.signed_by == "itself" else self._other
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "one"})

    def settings(self, **changes: Any) -> dict[str, Any]:
        """A row of the setting OIDC_PROVIDERS for this provider."""
        return {
            "key": "firm",
            "name": "Firm account",
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "secret": SECRET,
            "side": "customer",
            "domains": ["aurel.example"],
        } | changes

    def sign_in(self, client: Client, *, key: str = "firm", query: str = "", **changes: str) -> HttpResponse:
        """Follow the link, the provider's page, and the way back; return the portal's answer."""
        away = client.get(f"/accounts/oidc/{key}/login/{query}")
        back = self.authorize(away["Location"], **changes)
        return client.get(f"/accounts/oidc/{key}/login/callback/", back)  # type: ignore[return-value]


@contextmanager
def small_provider() -> Iterator[SmallProvider]:
    """Run a provider for the time of a test."""
    provider = SmallProvider()
    thread = threading.Thread(target=provider.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()
    thread.join()
