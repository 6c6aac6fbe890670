"""Sign-in is for invited people only."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from ground import clock
from ground.sign_in.changes import ask_to_tell
from ground.sign_in.proof import has_factor

ASKS_FOR_CODE = "allauth.mfa.stages.AuthenticateStage"


class ClosedAccounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up: the vendor or a customer's administrator invites."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send the vendor's people to their desk and everybody else to the portal."""
        return "/admin/" if getattr(request.user, "is_staff", False) else "/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Have the person told by a worker: a mail server that does not answer must not stop a change."""
        ask_to_tell(user=user, change=template_prefix, at=clock.now(), address=self.get_client_ip(self.request) or "")

    def get_login_stages(self) -> list[str]:
        """The library's stages; the one that asks for a code is replaced by SIGN_IN_CODE_STAGE."""
        stages: list[str] = super().get_login_stages()
        return [settings.SIGN_IN_CODE_STAGE if stage == ASKS_FOR_CODE else stage for stage in stages]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor proves that one: the password alone opens nothing that is guarded."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        stronger = [method for method in methods if method["id"].startswith("mfa_reauthenticate")]
        return stronger or methods

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask nobody again who has only just signed in with all that they have."""
        if not super().is_reauthentication_required(app=app, **kwargs):
            return False
        wanted = {"mfa"} if has_factor(self.request.user) else {"mfa", "password", "socialaccount"}
        records = get_authentication_records(self.request, self.request.user)
        newest = max((float(one["at"]) for one in records if one.get("method") in wanted), default=0.0)
        return bool(time.time() - newest >= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
