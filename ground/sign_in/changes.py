"""What people are told by mail when their way of signing in changes, so that nobody takes an account over unseen."""

from datetime import datetime
from typing import Any

from ground.ids import new_public_id
from ground.operations.enqueue_job import enqueue_job

MAIL = "ground.mail_account_change"
REMOVED = "second_factor_removed"

# By the names of the library's own mails, and ours.
CHANGES = {
    "mfa/email/totp_activated": "An authenticator app was set up as your second factor.",
    "mfa/email/totp_deactivated": "The authenticator app was taken away from your second factors.",
    "mfa/email/webauthn_added": "A security key was added to your second factors.",
    "mfa/email/webauthn_removed": "A security key was taken away from your second factors.",
    "mfa/email/recovery_codes_generated": "New recovery codes were made; earlier ones open nothing any more.",
    "account/email/password_changed": "Your password was changed.",
    "account/email/password_reset": "Your password was set anew through a link that was mailed to you.",
    "account/email/password_set": "A password was set.",
    "socialaccount/email/account_connected": "An account at an identity provider was connected with yours.",
    "socialaccount/email/account_disconnected": "The connection with an account at an identity provider was undone.",
    REMOVED: (
        "An administrator of the vendor took away your second factor and your connections with identity providers, "
        "and ended all your sessions. At your next sign-in you can set up a new one."
    ),
}


def ask_to_tell(*, user: Any, change: str, at: datetime, address: str = "") -> None:
    """Ask for the mail about one of CHANGES in the current transaction; `address` is that of the network, if known."""
    assert change in CHANGES, change
    args = {"user_id": user.pk, "change": change, "at": at.isoformat(), "address": address}
    enqueue_job(key=f"{MAIL}:{new_public_id()}", kind=MAIL, args=args)
