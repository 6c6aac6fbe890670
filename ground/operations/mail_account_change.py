"""Tell somebody by mail that their way of signing in has changed."""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage

from ground.sign_in.changes import CHANGES


def mail_account_change(*, user_id: int, change: str, at: datetime, address: str) -> str:
    """Send the mail and return the address it went to.

    The caller's job is keyed, so a mail is sent once; a worker that dies while sending may send it a second time.
    """
    person = get_user_model().objects.get(pk=user_id)
    origin = f", from {address}" if address else ""
    EmailMessage(
        subject="Your sign-in at Rollcall has changed",
        body=(
            f"{CHANGES[change]}\n\n"
            f"Account: {person.email}\nWhen: {at:%Y-%m-%d %H:%M} UTC{origin}\n\n"
            "If you know of this, there is nothing to do. If you do not, tell an administrator of the vendor at once: "
            "they can end all sessions of this account and take its second factor away.\n"
        ),
        to=[person.email],
    ).send()
    return str(person.email)
