"""The desk's pages of recalled reporters: one is recalled, its list is taken home, counted again, and lifted."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.urls import reverse

from ground.models import Job
from tests.billing.signing import activated, sent, works
from tests.billing.story import APRIL, Story, at, people
from tests.cast import Person
from tests.desk.browser import Browser
from usage.models import ReporterRecall

Desk = Callable[[Person], Browser]


def test_a_manager_recalls_a_version_and_sees_what_rests_on_it(plain_story: Story, desk: Desk, tmp_path: Path) -> None:
    story = plain_story
    site = works(activated(story, tmp_path / "home"), people(12), date(2026, 4, 1), date(2026, 4, 30))
    site.now = at(5, 1, 5)
    (path,) = site.write_until(date(2026, 5, 1), since=date(2026, 4, 1)).paths
    sent(story, path, now=at(5, 1, 6))
    invoice = story.bill(APRIL, now=at(5, 2))

    manager = desk(story.house.account_manager)
    manager.open(reverse("desk:recalls"))
    assert "No version is recalled." in manager.page
    said = {"reporter": "rollcall", "since": "", "reason": "Days count twice.", "cure": "Install 0.2.0."}
    manager.send(reverse("desk:recalls"), versions="2 to 1", **said)
    assert "2 comes after 1; write the lower version first." in manager.page
    manager.send(reverse("desk:recalls"), versions="0.1.0 to 0.1.9", **said)
    recall = ReporterRecall.objects.get()
    assert manager.address.endswith(reverse("desk:recall", args=[recall.public_id]))
    assert "rollcall 0.1.0 to 0.1.9 is recalled. What it reported is listed here; nothing was changed." in manager.page
    assert "1 period was counted from its reports" in manager.page
    assert "1 report made by it" in manager.page
    assert "a corrected report of these days is needed, made by another version" in manager.page
    file = manager.client.get(reverse("desk:recall", args=[recall.public_id]), {"as": "csv"})
    rows = b"".join(file).decode().splitlines()
    assert [row.split(",")[0].strip('\ufeff"') for row in rows] == ["what", "report", "period"]
    assert str(invoice.number) in rows[2]

    manager.send("again/")
    assert "1 contract is counted again in the background" in manager.page
    assert Job.objects.filter(kind="billing.review_recall").count() == 1
    manager.send("lift/", reason="")
    assert "Say why the recall is lifted" in manager.page
    manager.send("lift/", reason="It was another product.")
    assert "is lifted: its new reports are taken like all others." in manager.page
    assert "It was another product." in manager.page
