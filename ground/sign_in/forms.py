"""The forms that take a code. A code of an app is taken once, and tries are counted, whichever process is asked.

The library keeps both in the memory of one process; here they lie in the row of the factor.
"""

import time
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as library
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django import forms
from django.db import transaction

_LAST, _TRIES = "last_counter", "tries"
# Three codes of a million are right at any time: so many tries let nobody guess one in years.
TRIES_AN_HOUR = 10
_HOUR = 3600


def _code_field(help_text: str) -> forms.CharField:
    look = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    return forms.CharField(label="Code", max_length=20, widget=forms.TextInput(attrs=look), help_text=help_text)


class _TakesCode:
    """Refuses a code of the app whose half minute was used before, and every code after too many wrong ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code_field("Six digits of your authenticator app, or one of your recovery codes.")  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        if not begin_try(self.user):  # type: ignore[attr-defined]
            raise forms.ValidationError("Too many codes were wrong. Wait for an hour, then type the newest one.")
        code: str = super().clean_code()  # type: ignore[misc]
        factor: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if factor.type == Authenticator.Type.TOTP and not use_up(factor, code):
            raise get_adapter().validation_error("incorrect_code")
        forget_tries(self.user)  # type: ignore[attr-defined]
        return code


class AuthenticateForm(_TakesCode, library.AuthenticateForm):  # type: ignore[misc]
    """The code at log-in."""


class ReauthenticateForm(_TakesCode, library.ReauthenticateForm):  # type: ignore[misc]
    """The code within a session."""


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code, which shows that the app holds the key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code_field("The six digits that the app shows now.")


def begin_try(user: Any) -> bool:
    """Count one more try of the person's codes; False when there were TRIES_AN_HOUR within the last hour."""
    now = time.time()
    with transaction.atomic():
        row = _counted_at(user)
        if row is None:
            return True
        tries = [at for at in row.data.get(_TRIES, []) if now - at < _HOUR]
        if len(tries) >= TRIES_AN_HOUR:
            return False
        row.data[_TRIES] = [*tries, now]
        row.save(update_fields=["data"])
    return True


def forget_tries(user: Any) -> None:
    """Begin to count anew: the person typed a right code."""
    with transaction.atomic():
        row = _counted_at(user)
        if row is not None:
            row.data.pop(_TRIES, None)
            row.save(update_fields=["data"])


def _counted_at(user: Any) -> Authenticator | None:
    """The row at which tries are counted, locked: the app's, or the recovery codes' beside a security key."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    rows = Authenticator.objects.select_for_update().filter(user=user, type__in=kinds)
    found: Authenticator | None = rows.order_by("-type").first()
    return found


def use_up(factor: Authenticator, code: str) -> bool:
    """Take the half minute of a valid code out of use, with all before it; False when it was used already."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=factor.pk)
        secret = decrypt(row.data["secret"])
        counters = [
            counter
            for counter in yield_hotp_counters_from_time()
            if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter)))
        ]
        if not counters or max(counters) <= row.data.get(_LAST, -1):
            return False
        row.data[_LAST] = max(counters)
        row.save(update_fields=["data"])
    return True
