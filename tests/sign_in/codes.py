"""A person with an authenticator app: the codes that it would show."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.test import Client

from licenses.models import User
from tests.cast import PASSWORD

SIGN_IN = "/accounts/login/"
PERIOD = 30


def give_factor(person: User) -> str:
    """Set up an authenticator app and recovery codes, as if the person had done so; return the key."""
    key = str(generate_totp_secret())
    TOTP.activate(person, key)
    RecoveryCodes.activate(person)
    return key


def code_of(person: User, *, later: int = 0) -> str:
    """What the app shows now, or so many half minutes later. A code opens once; that of one later is taken as well.

    Now, then one later: in this order both are taken even when a half minute ends in between.
    """
    factor = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
    return code_for(decrypt(factor.data["secret"]), later=later)


def code_for(key: str, *, later: int = 0) -> str:
    return str(format_hotp_value(hotp_value(key, int(time.time()) // PERIOD + later)))


def recovery_codes(person: User) -> list[str]:
    factor = Authenticator.objects.get(user=person, type=Authenticator.Type.RECOVERY_CODES)
    codes: list[str] = RecoveryCodes(factor).get_unused_codes()
    return codes


def by_password(person: User) -> Client:
    """A browser in which the person typed address and password."""
    client = Client()
    client.post(SIGN_IN, {"login": person.email, "password": PASSWORD})
    return client


def signed_in(person: User) -> Client:
    """A browser in which the person signed in with password and the code of now; the next is `code_of(later=1)`."""
    client = by_password(person)
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_of(person)})
    assert answer.status_code == 302, answer.content.decode()
    return client


def age_proofs(client: Client, minutes: int) -> None:
    """Let all that the session knows of signing in have happened so many minutes earlier."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= minutes * 60
    session.save()


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/2fa/").status_code == 200
