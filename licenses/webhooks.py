"""What a webhook is made of: its body, its signature, its schedule, as Standard Webhooks say. Nothing is sent here."""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from standardwebhooks import Webhook

from licenses.models import Purpose, WebhookDestination, WebhookSecret
from licenses.sealing import WEBHOOKS, seal, unseal
from rollcall.signing.fields import instant_text

SECRET_BYTES = 32
MOST_SECRETS = 2
# The pauses after the first, second, ... failure: sixteen tries within three days.
PAUSES = tuple(
    timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 720, 720, 720, 720, 480)
)
TRIED_FOR = sum(PAUSES, timedelta())
# Of the answer so much is kept for people to read.
ANSWER_SHOWN = 500
Data = Mapping[str, Any]


def body_of(*, kind: str, at: datetime, data: Data) -> str:
    """Return {"type", "timestamp", "data"} as it is signed and sent: one spelling for one content."""
    said = {"type": kind, "timestamp": told_instant(at), "data": data}
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def told_instant(at: datetime) -> str:
    """Return an instant as events write it: of UTC, to the second."""
    return instant_text(at.replace(microsecond=0))


def headers_of(destination: WebhookDestination, *, message_id: str, body: str, now: datetime) -> dict[str, str]:
    """Return the headers of one request, signed with every live secret. Raises NotOpened."""
    signatures = [Webhook(secret).sign(message_id, now, body) for secret in live_secrets(destination)]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Rollcall",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def new_secret() -> bytes:
    """Return 256 random bits."""
    return secrets.token_bytes(SECRET_BYTES)


def sealed_secret(secret: bytes) -> bytes:
    """Return a secret as it is stored."""
    return seal(secret, purpose=WEBHOOKS)


def shown_secret(secret: bytes) -> str:
    """Return a secret as receivers write it, "whsec_...": shown once."""
    return f"whsec_{base64.b64encode(secret).decode('ascii')}"


def live_secrets(destination: WebhookDestination) -> Sequence[bytes]:
    """Return the live secrets, the newest first. Raises NotOpened."""
    rows = WebhookSecret.objects.filter(destination=destination, retired_at__isnull=True).order_by("-pk")
    return [unseal(bytes(row.sealed), purpose=WEBHOOKS) for row in rows]


def destinations_for(*, kind: str, customer_id: int | None) -> QuerySet[WebhookDestination]:
    """Return the destinations that want such an event: the vendor's, and those of the customer it is about."""
    own = Q(customer__isnull=True) if customer_id is None else Q(customer__isnull=True) | Q(customer_id=customer_id)
    return WebhookDestination.objects.filter(
        own, purpose=Purpose.EVENTS, switched_off_at__isnull=True, event_types__contains=[kind]
    )


def next_try(*, tries: int, begun_at: datetime, now: datetime) -> datetime | None:
    """Return when to try again after so many failures in a row; None when three days are over."""
    if tries > len(PAUSES) or now - begun_at >= TRIED_FOR:
        return None
    return now + PAUSES[tries - 1]
