"""The desk's page of one destination: its log, and what may be done with it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.presentation import format
from ground.sign_in.step_up import step_up
from licenses.models import WebhookDestination
from licenses.operations.send_again import SwitchedOff, leave_given_up, send_again, send_given_up_again
from licenses.operations.send_test_event import send_test_event
from licenses.operations.switch_off_destination import switch_off_destination
from licenses.operations.turn_secret import SecretRefused, retire_secret, turn_secret
from licenses.webhook_state import destination_state, destinations


@require_GET
def webhook(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show a destination with what was sent there, what was answered, and when it is tried next."""
    return _page(request, _found(request, public_id), secret="")


@step_up("With the secret anybody can sign events as we do.")
@require_POST
def turn(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Make another secret beside the one there is, and show it this once."""
    destination = _found(request, public_id)
    try:
        secret = turn_secret(actor=actor_of(request), destination=destination, now=clock.now())
    except SecretRefused as refused:
        messages.error(request, str(refused))
        return redirect("desk_webhooks:webhook", public_id)
    return _page(request, destination, secret=secret)


@step_up("What is signed with the older secret alone is refused from now on.")
@require_POST
def retire(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Let the older of two secrets sign no more."""
    try:
        retire_secret(actor=actor_of(request), destination=_found(request, public_id), now=clock.now())
    except SecretRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The older secret is retired: only the newer one signs from now on.")
    return redirect("desk_webhooks:webhook", public_id)


@require_POST
def switch_off(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Switch a destination off for good."""
    destination = _found(request, public_id)
    switch_off_destination(actor=actor_of(request), destination=destination, now=clock.now())
    words = "It is not asked any more." if destination.is_asked else "Nothing is sent there any more."
    messages.success(request, f"{destination.note} is switched off. {words}")
    return redirect("desk_webhooks:webhook", public_id)


@require_POST
def test(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Send a test event."""
    try:
        send_test_event(actor=actor_of(request), destination=_found(request, public_id), now=clock.now())
    except SwitchedOff as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "A test event is on its way. Open the page again in a moment to see the answer.")
    return redirect("desk_webhooks:webhook", public_id)


@require_POST
def again(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Send one delivery again, or (without naming one) all that were given up."""
    actor, destination, now = actor_of(request), _found(request, public_id), clock.now()
    named = request.POST.getlist("delivery")
    try:
        if named:
            number = send_again(actor=actor, destination=destination, deliveries=named, now=now)
        else:
            number = send_given_up_again(actor=actor, destination=destination, now=now)
    except SwitchedOff as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{format.count_of(number, 'event is', 'events are')} sent again.")
    return redirect("desk_webhooks:webhook", public_id)


@require_POST
def leave(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Leave what was given up, and remind nobody of it."""
    number = leave_given_up(actor=actor_of(request), destination=_found(request, public_id), now=clock.now())
    messages.success(request, f"{format.count_of(number, 'event is', 'events are')} left: nobody is reminded of them.")
    return redirect("desk_webhooks:webhook", public_id)


def _found(request: HttpRequest, public_id: str) -> WebhookDestination:
    destination = destinations(actor_of(request)).filter(public_id=public_id).first()
    if destination is None:
        raise Http404("There is no such destination.")
    return destination


def _page(request: HttpRequest, destination: WebhookDestination, *, secret: str) -> HttpResponseBase:
    now = clock.now()
    context = {"state": destination_state(destination=destination, now=now), "secret": secret, "now": now}
    return desk_page(request, "desk/webhooks/one.html", context, title=destination.note)
