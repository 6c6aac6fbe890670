"""How destinations of events and checkout hooks stand, for the desk's pages: what waits, what was given up, the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Min, Prefetch, Q, QuerySet

from ground.actor import Actor
from licenses.models import (
    CheckoutQuestion,
    EventKind,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDestination,
    WebhookSecret,
)

LOGGED = 100
QUESTIONS = 20
MARKS = {
    WebhookDelivery.State.WAITING: ("clock", "wait"),
    WebhookDelivery.State.DELIVERED: ("tick", "ok"),
    WebhookDelivery.State.GIVEN_UP: ("cross", "stop"),
    WebhookDelivery.State.LEFT: ("circle", ""),
}


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One delivery of the log with its attempts, the newest first, and how its state is drawn."""

    delivery: WebhookDelivery
    attempts: Sequence[WebhookAttempt]
    mark: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class DestinationState:
    """One destination as its page shows it. `is_resting` while nobody answers there."""

    destination: WebhookDestination
    secrets: Sequence[WebhookSecret]
    log: Sequence[Logged]
    questions: Sequence[CheckoutQuestion]
    given_up: int
    is_resting: bool


def event_types() -> list[tuple[str, str]]:
    """Return what a destination may want, with words; a test is sent on asking only."""
    return [(kind.value, str(kind.label)) for kind in EventKind if kind != EventKind.TEST]


def destinations(actor: Actor) -> QuerySet[WebhookDestination]:
    """Return all destinations, those in use first, each with `waiting`, `given_up` and `last_at`. Raises NotAllowed."""
    actor.require_vendor()
    state = WebhookDelivery.State
    return (
        WebhookDestination.objects.select_related("customer", "legal_entity")
        .annotate(
            waiting=Count("deliveries", filter=Q(deliveries__state=state.WAITING)),
            given_up=Count("deliveries", filter=Q(deliveries__state=state.GIVEN_UP)),
            last_at=Max("deliveries__ended_at", filter=Q(deliveries__state=state.DELIVERED)),
        )
        .order_by(F("switched_off_at").desc(nulls_first=True), "-pk")
    )


def destination_state(*, destination: WebhookDestination, now: datetime) -> DestinationState:
    """Return a destination with its live secrets and the newest rows of its log."""
    attempts = Prefetch("attempts", queryset=WebhookAttempt.objects.order_by("-pk"))
    deliveries = destination.deliveries.select_related("event").prefetch_related(attempts).order_by("-pk")
    log = [
        Logged(
            delivery=one,
            attempts=list(one.attempts.all()),
            mark=MARKS[WebhookDelivery.State(one.state)][0],
            tone=MARKS[WebhookDelivery.State(one.state)][1],
        )
        for one in deliveries[:LOGGED]
    ]
    return DestinationState(
        destination=destination,
        secrets=list(destination.secrets.filter(retired_at__isnull=True).order_by("pk")),
        log=log,
        questions=list(destination.questions.select_related("contract__customer").order_by("-pk")[:QUESTIONS]),
        given_up=destination.deliveries.filter(state=WebhookDelivery.State.GIVEN_UP).count(),
        is_resting=destination.quiet_until is not None and destination.quiet_until > now,
    )


@dataclass(frozen=True, kw_only=True)
class GivenUp:
    """A destination in use for which events were given up: how many, and since when."""

    destination: WebhookDestination
    events: int
    since: datetime


def given_up_destinations(actor: Actor) -> list[GivenUp]:
    """Return the destinations in use for which something was given up, the longest ago first. Raises NotAllowed."""
    actor.require_vendor()
    lost = WebhookDelivery.objects.filter(
        state=WebhookDelivery.State.GIVEN_UP, destination__switched_off_at__isnull=True
    )
    sums = lost.order_by().values("destination").annotate(events=Count("pk"), since=Min("ended_at"))
    found = WebhookDestination.objects.in_bulk([row["destination"] for row in sums])
    given_up = [
        GivenUp(destination=found[row["destination"]], events=row["events"], since=row["since"]) for row in sums
    ]
    return sorted(given_up, key=lambda one: one.since)
