"""Asking for webhooks to be sent; the jobs are those of `tasks`. Nothing is sent inside the transaction of a fact."""

from datetime import datetime, timedelta

from django.db.models import Min

from ground.operations.enqueue_job import enqueue_job
from licenses.models import WebhookDelivery, WebhookDestination, WebhookEvent

DISTRIBUTE, DELIVER = "licenses.distribute_event", "licenses.deliver_webhooks"


def ask_to_distribute(event: WebhookEvent) -> None:
    """Ask for an event to be brought to everybody who wants it; a job of its customer, because it may see no other."""
    enqueue_job(
        key=f"{DISTRIBUTE}:{event.public_id}",
        kind=DISTRIBUTE,
        args={"event": event.public_id},
        customer_id=event.customer_id,
    )


def ask_to_deliver(destination: WebhookDestination, *, because: str, at: datetime | None = None) -> None:
    """Ask for what is due at a destination to be sent, at once or at an instant; once per `because`.

    The job is of no customer: a receiver that is slow never keeps a customer's reports waiting.
    """
    enqueue_job(
        key=f"{DELIVER}:{destination.pk}:{because}",
        kind=DELIVER,
        args={"destination_id": destination.pk},
        run_after=at,
    )


# A job that was asked for an instant begins there by the database's clock, which may be a little ahead of ours.
SKEW = timedelta(seconds=10)
OVERDUE = timedelta(minutes=5)
# So many requests of one destination are made in a row, and none is begun after so long; then others have their turn.
IN_A_ROW, IN_A_ROW_SECONDS = 50, 15.0


def ask_for_rest(*, destination_id: int, because: str, now: datetime) -> None:
    """Ask for what a job left: more than it sends in a row, or what is due in a moment. The rest has jobs of its own.

    Where a destination rests, the job that was asked for the end of its rest comes to all of it.
    """
    destination = WebhookDestination.objects.get(pk=destination_id)
    waiting = WebhookDelivery.objects.filter(destination=destination, state=WebhookDelivery.State.WAITING)
    for taken in waiting.filter(leased_until__gt=now, next_try_at__lte=now).order_by("pk")[:IN_A_ROW]:
        # Somebody sends it just now, or was killed while doing so.
        ask_to_deliver(destination, because=f"lease:{taken.pk}:{taken.leased_until}", at=taken.leased_until)
    free = waiting.exclude(leased_until__gt=now)
    first = free.aggregate(first=Min("next_try_at"))["first"]
    if first is None:
        return
    first = max(first, destination.quiet_until or first)
    if first <= now + SKEW:
        ask_to_deliver(destination, because=f"rest:{because}", at=first + timedelta(seconds=1) if first > now else None)


def ask_about_overdue(*, now: datetime) -> int:
    """Ask for events that were not brought on their way and deliveries that are long due; return for how many places.

    Jobs do both. This stands behind them, for a job that was given up after its worker had ended again and again.
    """
    left = WebhookEvent.objects.filter(distributed_at__isnull=True, happened_at__lt=now - OVERDUE)
    events = list(left.order_by("pk")[:500])
    for event in events:
        enqueue_job(
            key=f"{DISTRIBUTE}:{event.public_id}:{now.isoformat()}",
            kind=DISTRIBUTE,
            args={"event": event.public_id},
            customer_id=event.customer_id,
        )
    late = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING, next_try_at__lt=now - OVERDUE)
    places = WebhookDestination.objects.filter(pk__in=late.values("destination"), switched_off_at__isnull=True)
    asked = [one for one in places.order_by("pk") if one.quiet_until is None or one.quiet_until < now - OVERDUE]
    for one in asked:
        ask_to_deliver(one, because=f"overdue:{now.isoformat()}")
    return len(events) + len(asked)
