"""Sign-in is for invited people only."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class ClosedAccounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up: the vendor or a customer's administrator invites."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send the vendor's people to their desk and everybody else to the portal."""
        return "/admin/" if getattr(request.user, "is_staff", False) else "/"


class ClosedSocialAccounts(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """A known address may sign in through the company's identity provider; an unknown one may not."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:
        return False
