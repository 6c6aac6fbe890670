"""A signed report has one row per user, action and day: bundle, checks and Explain say how many activities stand in it."""

import re
from datetime import date
from pathlib import Path

from billing.invariants import CHECKS
from billing.models import Invoice
from billing.queries.explain import explain_invoice
from licenses.models import VendorKey
from rollcall.evidence.verify import verify_bundle
from tests.billing.signing import activated, sent, works
from tests.billing.story import APRIL, MAY, Story, at, people
from tests.billing.test_bundle_kinds import bundle_path
from tests.billing.test_bundles import bundle_of, document, signed_in
from usage.models import ReportReceipt

FIRST, LAST, NEXT = date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 1)


def billed(story: Story, folder: Path) -> Invoice:
    """Twelve people log in twice on every day of April; two more log in once, on its last day."""
    site = activated(story, folder / "home")
    for _ in range(2):
        works(site, people(12), FIRST, LAST)
    works(site, people(2, first=100), LAST, LAST)
    site.now = at(5, 1, 5)
    (path,) = site.write_until(NEXT, since=FIRST, reason="").paths
    assert sent(story, path, now=at(5, 1, 6)).rows_accepted == 362
    return story.bill(APRIL, now=at(5, 3))


def test_the_bundle_says_rows_and_activities_and_verifies(plain_story: Story, tmp_path: Path) -> None:
    invoice = billed(plain_story, tmp_path)
    [report] = document(bundle_of(invoice), "REPORTS.json")

    assert (report["rows_read"], report["rows_accepted"], report["events"]) == (362, 362, 722)
    assert report["receipt"] == ReportReceipt.objects.get().digest
    checked = verify_bundle(bundle_path(invoice), key=bytes(VendorKey.objects.get().public_key))
    assert checked.differences == ()
    assert [found for check in CHECKS for found in check().findings] == []


def test_days_that_are_stated_anew_take_their_activities_along(plain_story: Story, tmp_path: Path) -> None:
    """A correction states 7 April anew: its rows and their activities are those of the second report from then on."""
    site = activated(plain_story, tmp_path / "home")
    for _ in range(2):
        works(site, people(12), FIRST, LAST)
    site.now = at(5, 1, 5)
    (path,) = site.write_until(NEXT, since=FIRST, reason="").paths
    sent(plain_story, path, now=at(5, 1, 6))
    works(site, people(2, first=100), date(2026, 4, 7), date(2026, 4, 7))
    site.now = at(5, 2, 5)
    (path,) = site.write_until(NEXT, since=FIRST, reason="A shipper was late.").paths
    sent(plain_story, path, now=at(5, 2, 6))
    invoice = plain_story.bill(APRIL, now=at(5, 3))

    reports = document(bundle_of(invoice), "REPORTS.json")
    assert sorted((one["rows_read"], one["rows_accepted"], one["events"]) for one in reports) == [
        (14, 14, 26),
        (360, 348, 696),
    ]
    checked = verify_bundle(bundle_path(invoice), key=bytes(VendorKey.objects.get().public_key))
    assert checked.differences == ()
    assert [found for check in CHECKS for found in check().findings] == []


def test_explain_leads_from_the_rows_over_their_activities_to_the_users(plain_story: Story, tmp_path: Path) -> None:
    invoice = billed(plain_story, tmp_path)

    rows = explain_invoice(actor=plain_story.house.customer_admin_a.actor, invoice=invoice).funnel.rows

    assert [(step.words, step.count, step.left) for step in rows if step.count] == [
        ("Rows read", 362, 362),
        ("Further activities of these rows", 360, 722),
        ("Activities that can count", 722, 722),
    ]
    page = signed_in(plain_story, "customer_admin_a").get(f"/invoices/{invoice.public_id}/explain/")
    assert re.search(
        r"Further activities of these rows<.*?>\+360</a>.*?a signed row is a user, an action and a day",
        page.content.decode(),
    )


def test_a_month_of_plain_files_says_rows_alone(plain_story: Story) -> None:
    plain_story.deliver(people(12), MAY, now=at(6, 1))
    invoice = plain_story.bill(MAY, now=at(6, 3))
    [report] = document(bundle_of(invoice), "REPORTS.json")
    assert "events" not in report
