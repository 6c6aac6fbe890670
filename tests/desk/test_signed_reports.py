"""A fork as both sides meet it: the account manager decides on a page, the customer reads why and takes its receipt."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from django.urls import reverse

from rollcall.instance.take_receipt import take_receipt
from rollcall.signing.report import sign_report
from rollcall.signing.report_file import rows_of, statement_of, write_report_file
from tests.billing.signing import activated, sent, works
from tests.billing.story import Story, at, people
from tests.cast import Person
from tests.desk.browser import Browser

Desk = Callable[[Person], Browser]


def test_two_reports_with_one_number_wait_on_the_desk_and_are_decided(
    plain_story: Story, desk: Desk, tmp_path: Path
) -> None:
    site = works(activated(plain_story, tmp_path / "home"), people(12), date(2026, 4, 1), date(2026, 4, 30))
    site.now = at(5, 1, 5)
    (path,) = site.write_until(date(2026, 5, 1), since=date(2026, 4, 1)).paths
    first = sent(plain_story, path, now=at(5, 1, 6))
    said = replace(statement_of(path)[0], nonce="0" * 32)
    twin = tmp_path / "twin.report.txt"
    write_report_file(twin, envelope=sign_report(said, sign=site.key), lines=[line for _, line in rows_of(path)])
    second = sent(plain_story, twin, now=at(5, 1, 7))

    manager = desk(plain_story.house.account_manager)
    manager.open(reverse("desk:today"))
    assert "report: There are two reports with the number 1 for the same days" in manager.page
    manager.open(reverse("desk_usage:to_decide"))
    assert "1 report waits for a decision" in manager.page
    manager.open(reverse("desk_usage:decide", args=[second.public_id]))
    assert "Two reports with one number. There are two reports with the number 1" in manager.page
    assert manager.page.count("1 to 30 Apr 2026") == 3
    address = reverse("desk_usage:decide", args=[second.public_id])
    manager.send(address, word="refuse", reason="")
    assert "Say why: the customer reads the reason beside the report." in manager.page
    manager.send(address, word="refuse", reason="A test machine with a copy of the disk.")
    assert "Refused: the report never counts." in manager.page
    manager.open(reverse("desk_usage:to_decide"))
    assert "No report waits for a decision" in manager.page

    customer = desk(plain_story.house.customer_admin_a)
    customer.open(reverse("usage:report", args=[second.public_id]))
    assert "A test machine with a copy of the disk." in customer.page
    customer.open(reverse("usage:report", args=[first.public_id]))
    assert "follows the report before, whole and unchanged" in customer.page
    assert "12 active users (active); 360 rows about 12 users" in customer.page
    receipt = customer.client.get(reverse("usage:receipt", args=[first.public_id]))
    assert f'"000001-{plain_story.instance.public_id}.receipt.txt"' in receipt.headers["Content-Disposition"]
    assert take_receipt(home=site.home, text=receipt.content.decode()).counts == {"active": 12}
    assert customer.client.get(reverse("usage:receipt", args=[second.public_id])).status_code == 404
