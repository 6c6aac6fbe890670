"""What `manage.py check --deploy` says about signing in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from ground.sign_in.words import REQUIRED

LONGEST_IDLE_MINUTES = 12 * 60


@register(Tags.security, deploy=True)
def check_sign_in(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn where staff reach the desk with a password alone, and where sessions hardly end."""
    found: list[CheckMessage] = []
    if settings.SECOND_FACTOR != REQUIRED:
        found.append(
            Warning(
                f"SECOND_FACTOR is {settings.SECOND_FACTOR}: the vendor's people reach the desk with a password alone.",
                hint="Set SECOND_FACTOR=required.",
                id="rollcall.W001",
            )
        )
    if settings.SESSION_IDLE_MINUTES > LONGEST_IDLE_MINUTES:
        found.append(
            Warning(
                f"SESSION_IDLE_MINUTES is {settings.SESSION_IDLE_MINUTES}: a desk that was left stays open.",
                hint="Set SESSION_IDLE_MINUTES to 60, or less.",
                id="rollcall.W002",
            )
        )
    return found
