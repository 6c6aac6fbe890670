"""The desk's pages of webhooks: register, see the secret once, test, read the log, send again, turn, switch off."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from ground import clock
from licenses.models import EventKind, WebhookDelivery, WebhookDestination
from licenses.operations.announce import announce
from tests.cast import House, Person
from tests.licenses.receiver import Receiver, work
from tests.licenses.test_license_files import NOW
from tests.licenses.test_license_pages import open_as
from tests.licenses.test_webhooks import there

__all__ = ["open_as", "there"]

LIST = reverse("desk_webhooks:webhooks")


def words(response: object) -> str:
    return " ".join(response.content.decode().split())  # type: ignore[attr-defined]


def test_finance_registers_a_destination_tests_it_and_sees_what_became_of_it(
    committed_house: House, there: Receiver, open_as: Callable[[Person], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_as(committed_house.finance)
    assert "Nobody is told yet." in words(desk.get(LIST))

    refused = desk.post(LIST, {"purpose": "events", "url": "https://192.168.1.1/x", "note": "CRM", "events": "x"})
    assert "Choose what the receiver wants to be told." in words(refused)
    wanted = {"purpose": "events", "note": "Provisioning", "events": ["license.issued", "invoice.finalized"]}
    refused = desk.post(LIST, wanted | {"url": "https://192.168.1.1/x"})
    assert "192.168.1.1 lies in a private or reserved network, and nothing is sent there." in words(refused)
    assert 'value="license.issued" checked' in words(refused)
    assert "There is no customer of this number." in words(
        desk.post(LIST, wanted | {"url": there.url, "customer": "9"})
    )

    made = words(desk.post(LIST, wanted | {"url": f"{there.url}/in", "customer": "C-1001"}))
    assert re.search(r"whsec_[A-Za-z0-9+/]{43}=", made)
    assert "of Aurel Maschinenbau GmbH only" in made
    assert "whsec_" not in words(desk.get(LIST))
    row = WebhookDestination.objects.get()
    page = reverse("desk_webhooks:webhook", args=[row.public_id])
    assert "Nothing was sent yet." in words(desk.get(page))

    there.answers = [(503, b"<script>later</script>")]
    desk.post(reverse("desk_webhooks:test", args=[row.public_id]))
    work(NOW)
    said = words(desk.get(page))
    assert "webhook.test" in said
    assert "&lt;script&gt;later&lt;/script&gt;" in said
    assert "next try 4 May 2026, 09:31 UTC" in said
    assert "Send now" in said

    announce(kind=EventKind.LICENSE_ISSUED, key="1", data=dict, customer_id=committed_house.customer_a.pk, now=NOW)
    now = NOW
    for _ in range(80):
        work(now)
        now += timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: now)
    today = words(desk.get(reverse("desk:today")))
    assert "webhook: 2 events were not taken within three days" in today
    assert page in today
    there.answers = [(200, b"")]
    again = desk.post(reverse("desk_webhooks:again", args=[row.public_id]), follow=True)
    assert "2 events are sent again." in words(again)
    work(now)
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}
    one = WebhookDelivery.objects.first()
    assert one is not None
    before = len(there.got)
    desk.post(reverse("desk_webhooks:again", args=[row.public_id]), {"delivery": one.public_id})
    work(now)
    assert len(there.got) == before + 1

    turned = words(desk.post(reverse("desk_webhooks:turn_secret", args=[row.public_id])))
    assert "whsec_" in turned
    assert "Retire the older secret" in turned
    twice = desk.post(reverse("desk_webhooks:turn_secret", args=[row.public_id]), follow=True)
    assert "Two secrets live already." in words(twice)
    desk.post(reverse("desk_webhooks:retire_secret", args=[row.public_id]))
    assert "Turn the secret" in words(desk.get(page))
    off = desk.post(reverse("desk_webhooks:switch_off", args=[row.public_id]), follow=True)
    assert "Provisioning is switched off. Nothing is sent there any more." in words(off)
    assert "webhook:" not in words(desk.get(reverse("desk:today")))


def test_a_checkout_hook_is_registered_once_for_a_product(
    house: House, there: Receiver, open_as: Callable[[Person], Client]
) -> None:
    desk = open_as(house.finance)
    said = {"purpose": "checkout", "url": there.url, "note": "Seats", "legal_entity": house.legal_entity.pk}
    assert "whsec_" in words(desk.post(LIST, said))
    refused = desk.post(LIST, said)
    assert "This product has a hook already." in words(refused)
    assert "whsec_" in words(desk.post(LIST, said | {"product": "Atlas Analytics Server"}))
    assert "Choose the company" in words(desk.post(LIST, said | {"legal_entity": "9x"}))
    row = WebhookDestination.objects.order_by("pk").first()
    assert row is not None
    assert "It was never asked." in words(desk.get(reverse("desk_webhooks:webhook", args=[row.public_id])))
    off = desk.post(reverse("desk_webhooks:switch_off", args=[row.public_id]), follow=True)
    assert "It is not asked any more." in words(off)


def test_account_managers_look_and_do_not_touch(
    house: House, there: Receiver, open_as: Callable[[Person], Client]
) -> None:
    open_as(house.finance).post(LIST, {"purpose": "events", "url": there.url, "note": "x", "events": "license.issued"})
    row = WebhookDestination.objects.get()
    manager = open_as(house.account_manager)
    assert manager.get(LIST).status_code == 200
    for verb in ("turn_secret", "retire_secret", "switch_off", "test", "again", "leave"):
        assert manager.post(reverse(f"desk_webhooks:{verb}", args=[row.public_id])).status_code == 403
    assert open_as(house.finance).get(reverse("desk_webhooks:webhook", args=["none"])).status_code == 404
