"""Microsoft Entra ID sign-ins as JSON: the download of the portal, or pages of Microsoft Graph (`auditLogs/signIns`).

Times are UTC. The user is `userPrincipalName` (`userId` where it is empty), the action is the error code: `0` is a
sign-in that succeeded. Other codes are no activity unless a definition names them: `50126 !failed` for a failure,
`50074 !interrupted` where a second factor, a new password or a consent was still to come. Sign-ins that a client made
by itself (`isInteractive` false) are kept as `0 !automatic`. Interactive, non-interactive, service principal and
managed identity sign-ins are separate downloads; the last two have no user and count for no one. Entra keeps sign-ins
for 30 days, 7 without a paid plan; a download of the portal is limited to about 100,000 to 250,000 records, so send
several, or all pages together. The CSV download holds the same sign-ins with the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import dig, lacks, text
from rollcall.formats.profile import EVENTS, Entry, JsonRecords, Part, Profile, nobody

_SHAPE = JsonRecords(paths=(("value", "*"), ("*",), ()))
# Steps on the way to a sign-in that the portal calls interrupted: password expired, second factor to be given or set
# up, device to be registered, consent, "stay signed in", another account to be chosen.
# fmt: off
_INTERRUPTED = frozenset((
    "16000", "16001", "50055", "50058", "50072", "50074", "50076", "50079", "50097", "50125", "50127", "50129", "50140",
    "50143", "50144", "50158", "50199", "51006", "65001", "70043", "70044", "81010", "81012", "81014",
))
# fmt: on
_USER = ("userPrincipalName", "userId")


def parts(record: Any) -> Iterator[Part]:
    """Return the one sign-in of a record."""
    code, user = text(record, "status.errorCode"), text(record, *_USER)
    if not user and lacks(record, *_USER):
        yield nobody("a sign-in of a service, not of a person", text(record, "servicePrincipalName"))
        return
    if code == "0":
        no_activity = "automatic" if dig(record, "isInteractive") is False else ""
    else:
        no_activity = "interrupted" if code in _INTERRUPTED else "failed"
    yield Entry(
        user=user, at=text(record, "createdDateTime"), action=code, event_id=text(record, "id"), no_activity=no_activity
    )


PROFILE = Profile(
    name="entra_signins_json",
    title="Microsoft Entra ID sign-ins (JSON)",
    kind=EVENTS,
    shape=_SHAPE,
    recognizes=lambda look: look.holds(_SHAPE, "createdDateTime", "userPrincipalName", "status.errorCode"),
    recognized_by="the fields `createdDateTime`, `userPrincipalName` and `status.errorCode` of a sign-in",
    parts=parts,
    labels={"user": "userPrincipalName", "at": "createdDateTime", "action": "status.errorCode", "event_id": "id"},
    suggested_actions=("0",),
    no_activity={
        "failed": "An error code other than `0`.",
        "interrupted": "Codes such as `50074`: a second factor, a new password or a consent was still to come.",
        "automatic": "A sign-in that a client made by itself (`isInteractive` is false).",
    },
)
