"""Run by `python -m tests.bench.explain`: the pages behind the number of a month of 100,000 users and 300,000 rows.

Measured is a whole request, as the test client makes it: the wall, the database, the stored files compared with their
hashes, the page. And what it costs a count to keep its steps: the same evidence counted with them and without.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ground import clock
from rollcall.counting import columnar
from rollcall.counting.connection import together
from rollcall.terms.activity import ActivityDefinition
from tests.bench.settle_story import USERS, busy_month, names
from tests.billing.story import APRIL, Story, at, per_user, story_of, terms_json
from tests.cast import House
from usage.files import evidence_paths
from usage.models import EvidenceFile
from usage.queries.people import people_of

MOST_SECONDS = 0.5
ROUNDS = 3
# What the steps may add to the counting of a list of people.
MOST_MORE = 1 / 3


def best(work: Callable[[], Any]) -> float:
    """Return the seconds of the best round, the one that other work disturbed least."""
    found = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def test_the_pages_of_100_000_users(
    committed_house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Bill the month, look at its pages, and count it again with and without its steps."""
    monkeypatch.setattr(clock, "now", lambda: at(5, 12))
    story: Story = story_of(committed_house, terms=terms_json(charges=per_user("2.00")))
    story.deliver(busy_month(), APRIL, now=at(5, 1), days=list(APRIL.each_day())[:29])
    invoice = story.bill(APRIL, now=at(5, 3))
    count = story.count(APRIL)
    assert count.active_users == USERS
    customer, desk = Client(), Client()
    customer.force_login(story.house.customer_admin_a.user)
    desk.force_login(story.house.finance.user)
    [person] = people_of(count=count)[USERS - 1 :]

    def get(client: Client, address: str) -> Callable[[], None]:
        def ask() -> None:
            response = client.get(address)
            assert response.status_code == 200, address
            assert b"100,000" in response.content or person.user_ref.encode() in response.content

        return ask

    explained = f"/invoices/{invoice.public_id}/explain/"
    asked = {
        "portal, explain": get(customer, explained),
        "portal, last page": get(customer, f"{explained}?page=4000"),
        "portal, those who are counted": get(customer, f"{explained}?why=counted&page=2000"),
        "desk, explain": get(desk, f"/admin/numbers/{story.row(APRIL).pk}/"),
    }
    more = {
        "portal, find one by name": get(customer, f"{explained}?find={names([77_777])[0]}"),
        "portal, one person": get(customer, f"/invoices/{invoice.public_id}/people/{person.user_ref}/"),
    }
    seconds = {words: best(work) for words, work in {**asked, **more}.items()}
    with_steps, without = _counts(tmp_path, story, count.evidence)
    with capsys.disabled():
        print()
        for words, figure in seconds.items():
            bar = f" (at most {MOST_SECONDS} s)" if words in asked else ""
            print(f"{words}: {figure:.2f} s{bar}")
        print(f"count with its list {without:.2f} s, with its steps {with_steps:.2f} s (at most a third more)")
    assert [words for words in asked if seconds[words] > MOST_SECONDS] == []
    assert with_steps <= without * (1 + MOST_MORE) + 0.02


def _counts(folder: Path, story: Story, evidence: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the seconds of a count and its list with the steps and without."""
    files = EvidenceFile.objects.filter(pk__in=[entry["evidence_id"] for entry in evidence])
    paths = list(evidence_paths(files).values())
    asked: dict[str, Any] = {
        "parquet_paths": paths,
        "definition": ActivityDefinition.from_json({"actions": ["*"]}),
        "period": APRIL,
    }

    def count(*, steps: bool) -> None:
        with together(paths) as on:
            columnar.count(**asked, on=on).verdicts.write(folder / "verdicts.csv")
            if steps:
                columnar.funnel(**asked, on=on)

    return best(lambda: count(steps=True)), best(lambda: count(steps=False))
