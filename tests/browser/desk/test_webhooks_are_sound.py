"""Webhooks, in light, in dark and at 390 px: the list with its forms, a log with every state, a checkout hook."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from licenses.models import (
    CheckoutQuestion,
    EventKind,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDestination,
    WebhookEvent,
)
from licenses.operations.announce import announce
from licenses.operations.distribute_event import distribute_event
from licenses.operations.register_destination import register_checkout_hook, register_destination
from licenses.operations.switch_off_destination import switch_off_destination
from licenses.operations.turn_secret import turn_secret
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.portal.conftest import TODAY, Played

# Nobody goes there: what was sent is written down here as a worker would have.
URL = "https://93.184.216.34/integrations/rollcall/events-of-the-licensing-and-provisioning-service?tenant=production"
ANSWERS = (
    ("delivered", 204, "", True),
    ("given_up", 503, "<html><body>upstream connect error or disconnect/reset before headers" + "x" * 200, False),
    ("waiting", None, "No whole answer within 10 seconds.", False),
    ("left", 404, "Not found", False),
)


@pytest.fixture(scope="module")
def addresses(played: Played) -> dict[str, str]:
    """One destination with every state in its log, one without anything, a hook that was asked, one switched off."""
    finance, customer = played.house.finance.actor, played.house.customer_a
    wanted = [EventKind.LICENSE_ISSUED, EventKind.ENTITLEMENTS_CHANGED, EventKind.INVOICE_FINALIZED]
    told = register_destination(
        actor=finance, url=URL, note="Provisioning", event_types=wanted, customer=customer, now=TODAY
    ).destination
    new = register_destination(actor=finance, url="https://93.184.216.34/", note="CRM", event_types=wanted, now=TODAY)
    for number, (state, status, answer, is_good) in enumerate(ANSWERS):
        at = TODAY - timedelta(hours=number)
        announce(kind=EventKind.LICENSE_ISSUED, key=state, data=lambda: {"serial": 7}, customer_id=customer.pk, now=at)
        event = WebhookEvent.objects.latest("pk")
        distribute_event(public_id=event.public_id, now=at)
        delivery = WebhookDelivery.objects.get(event=event, destination=told)
        WebhookAttempt.objects.create(
            delivery=delivery, at=at, status_code=status, answer=answer, is_good=is_good, milliseconds=41
        )
        if state != "waiting":
            WebhookDelivery.objects.filter(pk=delivery.pk).update(state=state, next_try_at=None, ended_at=at)
    WebhookDelivery.objects.filter(destination=new.destination).delete()
    turn_secret(actor=finance, destination=told, now=TODAY)
    entity = played.house.legal_entity
    hook = register_checkout_hook(
        actor=finance, url=URL, note="Seat guard", legal_entity=entity, product_name="", now=TODAY
    ).destination
    for is_allowed, words in ((True, ""), (False, "Seat guard refused to reduce the seats: 95 accounts exist.")):
        CheckoutQuestion.objects.create(
            destination=hook,
            customer=customer,
            contract=played.house.contract_a,
            asked_by="Fiona Nance",
            asked_at=TODAY,
            body="{}",
            status_code=200,
            is_allowed=is_allowed,
            words=words,
        )
    old = register_destination(
        actor=finance, url=URL, note="The old address", event_types=wanted, now=TODAY
    ).destination
    switch_off_destination(actor=finance, destination=old, now=TODAY)
    pages = {"told": told, "new": new.destination, "hook": hook, "old": old}
    WebhookDestination.objects.filter(pk=told.pk).update(silences=2, quiet_until=TODAY + timedelta(minutes=2))
    return {"list": "/admin/webhooks/", "today": "/admin/"} | {
        name: f"/admin/webhooks/{row.public_id}/" for name, row in pages.items()
    }


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", LOOKS)
def test_their_pages_are_sound(visit: Callable[..., Visit], addresses: dict[str, str], look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("finance@vendor.example")
    assert window.look_at(addresses, picture=f"webhooks-{{}}-{look}", but=FRAME) == {}
    window.go(addresses["told"])
    for details in window.page.locator("main details").all():
        details.locator("summary").click()
    window.picture(f"webhooks-open-{look}")
    window.assert_sound(but=FRAME)
    window.go(addresses["list"])
    destination = window.page.locator("form", has=window.page.get_by_role("button", name="Register the destination"))
    destination.get_by_label("Address, such as").fill("https://10.0.0.1/")
    destination.get_by_label("Who receives it").fill("Inside")
    destination.get_by_role("checkbox").first.check()
    destination.get_by_role("button", name="Register the destination").click()
    window.page.get_by_text("10.0.0.1 lies in a private or reserved network").wait_for()
    window.picture(f"webhooks-refused-{look}")
    window.assert_sound(but=FRAME)
