"""A file that claims billed months by mistake: it is named and asked for before, and can be taken back after."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.invariants.as_known import then_and_now_agree
from billing.models import Invoice, TrueUp
from billing.operations.decide_true_up import decide_true_up
from billing.portal import preview
from tests.billing.story import MARCH, Story, at, export, people, per_user
from tests.billing.test_amended_terms import amend
from tests.billing.test_meant import two_billed_months
from tests.cast import House
from tests.portal.conftest import MAY_SO_FAR, fixed_today
from tests.portal.test_previews import run_everything
from tests.portal.test_upload import text_of
from usage.models import UsageReport

pytestmark = pytest.mark.usefixtures(fixed_today.__name__)
CLAIMS_TOO_MUCH = {"covers_from": "2026-03-01", "covers_until": "2026-05-09", "generated_at": "2026-05-10T09:00:00"}


@pytest.fixture
def story(committed_house: House) -> Story:
    """March is billed with 100 users at 29.00, April with 110."""
    return two_billed_months(committed_house)


@pytest.fixture
def client(committed_house: House) -> Client:
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    return client


def looked_at(client: Client, story: Story) -> str:
    """Send 20 users of May and say that the file is the whole account from 1 March on; return its address."""
    content = export(people(20), list(MAY_SO_FAR.each_day()))
    file = SimpleUploadedFile("may.csv", content)
    address = client.post("/usage/upload/", {"instance": story.instance.public_id, "file": file})["Location"]
    run_everything()
    said = {"column_0": "user", "column_1": "at", "column_2": "action", "column_3": "event_id", "then": "look"}
    said |= CLAIMS_TOO_MUCH
    shown = client.post(f"{address}confirm/", said).context["overlaps_shown"]
    client.post(f"{address}confirm/", said | {"overlaps_shown": shown})
    run_everything()
    return str(address)


def counted(client: Client, address: str, **more: str) -> str:
    trial = UsageReport.objects.get(file_name="may.csv").previews.get()
    sent = {"preview": trial.public_id} | more
    return text_of(client.post(f"{address}preview/count/", sent, follow=True))


def true_ups() -> list[tuple[str, str, Decimal]]:
    rows = TrueUp.objects.select_related("billing_period").order_by("pk")
    return [(f"{row.billing_period.span.start:%B}", row.state, row.difference_amount) for row in rows]


def test_billed_months_are_named_and_ticked_before_they_are_lowered(client: Client, story: Story) -> None:
    address = looked_at(client, story)
    page = text_of(client.get(f"{address}preview/"))
    march, april = Invoice.objects.order_by("pk")

    assert "This file changes 2 months that were billed." in page
    for invoice, line in ((march, "100 users now, 0 with this file"), (april, "110 users now, 0 with this file")):
        assert f'billed with <a href="/invoices/{invoice.public_id}/">{invoice.number}</a>: {line}' in page
    assert "I mean to change 2 billed months: March 2026, April 2026" in page

    assert "tick that you mean it" in counted(client, address)
    assert UsageReport.objects.get(file_name="may.csv").state == "needs_confirmation"
    meant = page.split('name="meant" value="')[1].split('"')[0]
    counted(client, address, meant=meant)
    run_everything()
    assert true_ups() == [
        ("March", "proposed", Decimal("-2900.00")),
        ("April", "proposed", Decimal("-3190.00")),
    ]


def test_nothing_is_confirmed_while_the_money_is_worked_out(
    client: Client, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = looked_at(client, story)
    work = preview._work
    monkeypatch.setattr(preview, "_work", lambda tried: work(tried) | {"is_priced_later": True})
    page = text_of(client.get(f"{address}preview/"))

    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert '<button class="rc-btn rc-btn--primary" disabled>' in page
    assert "The money is still being worked out." in counted(client, address)
    assert UsageReport.objects.get(file_name="may.csv").state == "needs_confirmation"


def test_a_file_that_displaced_billed_months_is_taken_back(client: Client, story: Story) -> None:
    address = looked_at(client, story)
    page = text_of(client.get(f"{address}preview/"))
    counted(client, address, meant=page.split('name="meant" value="')[1].split('"')[0])
    run_everything()
    first = TrueUp.objects.order_by("pk")[0]
    decide_true_up(
        actor=story.finance, true_up=first, accept=True, reason="The customer reported it so.", now=at(5, 12)
    )
    again = SimpleUploadedFile("again.csv", export(people(100), list(MARCH.each_day())))
    received = client.post("/usage/upload/", {"instance": story.instance.public_id, "file": again}, follow=True)
    assert "Some of its days count from may.csv now." in text_of(received)

    assert "These 2 months were billed." in text_of(client.get(f"{address}recall/"))
    taken = client.post(f"{address}recall/", {"reason": "It claimed days that it does not hold."}, follow=True)
    run_everything()

    assert "may.csv was taken back." in text_of(taken)
    assert true_ups() == [
        ("March", "accepted", Decimal("-2900.00")),
        ("April", "superseded", Decimal("-3190.00")),
        ("March", "proposed", Decimal("2900.00")),
    ]


def test_the_only_file_of_a_billed_month_stays(client: Client, story: Story) -> None:
    report = UsageReport.objects.get(covers__contains=at(3, 15))
    page = text_of(client.post(f"/usage/reports/{report.public_id}/recall/", {"reason": "Of another product."}))

    assert "is closed, so this report stays: no other file covers 1 to 31 Mar 2026" in page
    assert "Send a corrected file for these days and state when it was exported" in page
    report.refresh_from_db()
    assert report.state == "accepted"


WINDOW = {"window_days": 30}


def test_a_month_whose_window_is_over_is_not_promised_a_true_up(client: Client, committed_house: House) -> None:
    """On 10 May March, which was settled until 30 April, is too late; April is not."""
    story = two_billed_months(committed_house, true_up=WINDOW)
    address = looked_at(client, story)
    page = text_of(client.get(f"{address}preview/"))
    assert "100 users now, 0 with this file; no row of it lies in the month; too late to be settled" in page
    assert page.count("too late to be settled (until 30 Apr 2026)") == 1
    assert "Each difference that is not too late is proposed to Atlas Software GmbH as a true-up." in page

    counted(client, address, meant=page.split('name="meant" value="')[1].split('"')[0])
    run_everything()
    assert true_ups() == [("April", "proposed", Decimal("-3190.00"))]
    page = text_of(client.get(f"{address}recall/"))
    assert "what was settled for it is proposed to be settled the other way" in page
    late = "March 2026: 30 Apr 2026 was the last day on which your contract settles a difference."
    assert (late in page, page.count("was the last day")) == (True, 1)


def test_where_every_window_is_over_no_true_up_is_promised(client: Client, committed_house: House) -> None:
    story = two_billed_months(committed_house, true_up={"window_days": 1})
    address = looked_at(client, story)
    page = text_of(client.get(f"{address}preview/"))
    assert "No invoice changes, and no true-up is proposed." in page

    counted(client, address, meant=page.split('name="meant" value="')[1].split('"')[0])
    run_everything()
    assert true_ups() == []
    page = text_of(client.get(f"{address}recall/"))
    assert ("other way" in page, page.count("was the last day")) == (False, 2)


def test_an_amendment_of_billed_months_says_until_when_they_are_settled(client: Client, committed_house: House) -> None:
    """April was billed without a window; in May one of 5 days is agreed from 1 April on. March has none still."""
    story = two_billed_months(committed_house)
    amend(story, date(2026, 4, 1), month=5, charges=per_user("29.00"), true_up={"window_days": 5})
    run_everything()
    address = looked_at(client, story)
    page = text_of(client.get(f"{address}preview/"))
    assert page.count("too late to be settled") == page.count("too late to be settled (until 5 May 2026)") == 1
    # The money of a month that is not settled any more is told, and that nobody owes it.
    assert page.count("not settled any more") == 1

    counted(client, address, meant=page.split('name="meant" value="')[1].split('"')[0])
    run_everything()
    assert true_ups() == [("March", "proposed", Decimal("-2900.00"))]
    assert then_and_now_agree().findings == []


def test_late_users_of_a_month_whose_window_is_over_are_not_promised_a_true_up(
    client: Client, committed_house: House
) -> None:
    """On 10 May a later export of March names 120 people."""
    story = two_billed_months(committed_house, true_up=WINDOW)
    file = SimpleUploadedFile("march.csv", export(people(120), list(MARCH.each_day())))
    address = client.post("/usage/upload/", {"instance": story.instance.public_id, "file": file})["Location"]
    run_everything()
    said = {"column_0": "user", "column_1": "at", "column_2": "action", "column_3": "event_id", "then": "look"}
    said |= {"covers_from": "2026-03-01", "covers_until": "2026-03-31", "generated_at": "2026-05-10T09:00:00"}
    shown = client.post(f"{address}confirm/", said).context["overlaps_shown"]
    client.post(f"{address}confirm/", said | {"overlaps_shown": shown})
    run_everything()
    page = text_of(client.get(f"{address}preview/"))
    assert "30 Apr 2026 was the last day on which your contract settles a difference, so no true-up" in page
    assert "will be proposed as a true-up" not in page
    trial = UsageReport.objects.get(file_name="march.csv").previews.get()
    client.post(f"{address}preview/count/", {"preview": trial.public_id})
    run_everything()
    assert (UsageReport.objects.get(file_name="march.csv").state, true_ups()) == ("accepted", [])
