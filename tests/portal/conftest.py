"""A month that was played once for a whole module, and clients that are signed in as the cast."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from billing.models import Invoice
from ground import clock
from licenses.operations.record_provisioned_count import record_provisioned_count
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, Story, at, people, story_of
from tests.cast import BUILDER, House, Person, build_house
from tests.databases import TestServer, clone, used
from usage.models import UsageReport

# The day on which the pages are looked at: April is closed and billed, May runs.
TODAY = datetime(2026, 5, 12, 9, 30, tzinfo=UTC)
MAY_SO_FAR = Period(date(2026, 5, 1), date(2026, 5, 10))


@dataclass(frozen=True, kw_only=True)
class Played:
    """What stands after the story: of each customer a report, a finalized invoice with its PDF, a running month."""

    house: House
    story: Story
    invoice: Invoice
    report: UsageReport
    waiting: UsageReport
    foreign_invoice: Invoice
    foreign_report: UsageReport


@pytest.fixture(scope="session")
def played_once(
    django_db_setup: None, database_server: TestServer, database_template: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[str, Played]]:
    """The name of a database in which the story was played, which nobody changes, and the story."""
    with clone(database_server, database_template) as name, django_db_blocker.unblock():
        with used(database_server.app(name)):
            story = play()
        yield name, story


@pytest.fixture(scope="module")
def played(
    played_once: tuple[str, Played], database_server: TestServer, django_db_blocker: DjangoDbBlocker
) -> Iterator[Played]:
    """The story, committed in a database of the module's own."""
    template, story = played_once
    with clone(database_server, template) as name, django_db_blocker.unblock(), used(database_server.app(name)):
        yield deepcopy(story)


def play() -> Played:
    """Customer A: March and April billed, May runs, one file waits. Customer B: April billed."""
    house = build_house()
    story = story_of(house)
    record_provisioned_count(
        actor=BUILDER, contract=story.contract, users=1000, date=date(2026, 4, 30), source="directory", now=at(4, 30)
    )
    story.deliver(people(320), MARCH, now=at(4, 1))
    story.bill(MARCH, now=at(4, 3), render=True)
    report = story.deliver(people(430), APRIL, now=at(5, 1))
    invoice = story.bill(APRIL, now=at(5, 4), render=True)
    story.deliver(people(205), MAY_SO_FAR, now=at(5, 10))
    next_days = Period(date(2026, 5, 10), date(2026, 5, 12))
    waiting = story.deliver(people(12, first=900), next_days, now=at(5, 12), read=False)
    at_b = replace(house, customer_admin_a=house.customer_admin_b)
    other = Story(house=at_b, contract=house.contract_b, instance=house.instance_b)
    foreign_report = other.deliver(people(7, first=5000), APRIL, now=at(5, 1))
    return Played(
        house=house,
        story=story,
        invoice=invoice,
        report=report,
        waiting=waiting,
        foreign_invoice=other.bill(APRIL, now=at(5, 5), render=True),
        foreign_report=foreign_report,
    )


@pytest.fixture(autouse=True)
def fixed_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages read the clock in one place; here it stands still."""
    monkeypatch.setattr(clock, "now", lambda: TODAY)


@pytest.fixture
def signed_in() -> Callable[[Person], Client]:
    """Give a client that is signed in as somebody of the cast, and that checks CSRF tokens only where asked."""

    def as_person(person: Person) -> Client:
        client = Client()
        client.force_login(person.user)
        return client

    return as_person


@pytest.fixture
def customer_a(played: Played, signed_in: Callable[[Person], Client]) -> Client:
    """The administrator of customer A at the browser."""
    return signed_in(played.house.customer_admin_a)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A folder for files to send."""
    return tmp_path
