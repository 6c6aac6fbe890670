"""A world that is built once for a module, and a clock that stands still."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from ground import clock
from tests.databases import TestServer
from tests.isolation.world import World, build_world, own_database
from tests.portal.conftest import TODAY
from tests.workers import worker_environment

__all__ = ["worker_environment"]


@pytest.fixture(scope="module")
def world(
    django_db_setup: None,
    database_server: TestServer,
    database_template: str,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[World]:
    """Two customers who have one of everything; `world.database` is the name of their database."""
    with django_db_blocker.unblock(), own_database(database_server, database_template) as name:
        yield build_world(name)


@pytest.fixture(autouse=True)
def fixed_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages read the clock in one place; here it stands still."""
    monkeypatch.setattr(clock, "now", lambda: TODAY)
