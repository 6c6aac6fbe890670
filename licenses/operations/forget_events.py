"""Forget events that were told long ago."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from licenses.models import EventKind, WebhookDelivery, WebhookEvent

KEPT = timedelta(days=90)


def forget_events(*, now: datetime) -> int:
    """Remove events older than 90 days with their deliveries, and return how many; none that still waits.

    What was last said of entitlements stays: the next change is told by comparing with it.
    """
    waiting = WebhookDelivery.objects.filter(event=OuterRef("pk"), state=WebhookDelivery.State.WAITING)
    old = WebhookEvent.objects.filter(~Exists(waiting), happened_at__lt=now - KEPT, distributed_at__isnull=False)
    old = old.exclude(kind=EventKind.ENTITLEMENTS_CHANGED)
    number = old.count()
    old.delete()
    return number
