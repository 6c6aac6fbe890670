"""Fixtures of all tests: a database that is real, cloned from a migrated template, reached as the app's role.

`db` (of pytest-django) wraps a test in a transaction on the session's clone. `cloned_database` gives a test a clone of
its own in which it may commit, run threads and start processes; `portal_server` serves the portal from it.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings as django_settings
from hypothesis import settings as hypothesis_settings
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from config.private_postgres import private_postgres
from ground import faults
from tests.databases import TestServer, clone, ensure_template, server_folder, used

# No example of a property has a deadline: how long it takes says something about the machine alone.
hypothesis_settings.register_profile("rollcall", deadline=None)
hypothesis_settings.load_profile("rollcall")

# The standing cast: the vendor's people, customers, their administrators, a stranger.
OPENS_EVERY_PAGE = os.environ.get("ROLLCALL_EVERY_PAGE") == "1"
pytest_plugins = ["tests.cast", *(["tests.campaign.every_page"] if OPENS_EVERY_PAGE else [])]


TESTS = Path(__file__).parent
# The rooms with the longest files, the longest first.
LONG_ROOMS = ("faults", "billing", "usage", "desk", "portal", "ground")

# Programs of the system that some tests need, by the name that the mark `needs` uses.
PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "redis-server": ("redis-server",),
    "pdftotext": ("pdftotext",),
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(program): a program of the system that the test starts")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that would be flushed, set aside those whose program this machine lacks, and put long rooms first.

    A file stays with one process, so a long one that comes last would leave the others without work.
    """
    items.sort(key=_room_first)
    for item in items:
        marks = [mark for mark in item.iter_markers("django_db") if mark.kwargs.get("transaction")]
        names = getattr(item, "fixturenames", ())
        if marks or "transactional_db" in names or "live_server" in names:
            raise pytest.UsageError(f"{item.nodeid}: use the fixture cloned_database or portal_server instead.")
        for mark in item.iter_markers("needs"):
            if not any(shutil.which(program) for program in PROGRAMS[mark.args[0]]):
                item.add_marker(pytest.mark.skip(reason=f"{mark.args[0]} is not installed"))


def _room_first(item: pytest.Item) -> int:
    room = item.path.relative_to(TESTS).parts[0]
    return LONG_ROOMS.index(room) if room in LONG_ROOMS else len(LONG_ROOMS)


@pytest.fixture(scope="session")
def campaign() -> bool:
    """True under `make campaign`: searches, kills and samples run at full size."""
    return os.environ.get("ROLLCALL_CAMPAIGN") == "1"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Report a measured figure; all are printed at the end of the run."""
    return lambda words: record_property("figure", words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests reported, and say what did not run."""
    passed = terminalreporter.stats.get("passed", [])
    figures = [words for report in passed for name, words in report.user_properties if name == "figure"]
    if figures:
        terminalreporter.section("figures")
    for words in figures:
        terminalreporter.write_line(words)
    skipped = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    for reason, tests in skipped.items():
        terminalreporter.write_line(f"did not run: {tests} tests ({reason.removeprefix('Skipped: ')})")


@pytest.fixture(scope="session")
def database_server() -> Iterator[TestServer]:
    """The server of DATABASE_URL, or a private one of the tests' own, started for the time they need it."""
    with ExitStack() as stack:
        app_url, owner_url = os.environ.get("DATABASE_URL", ""), os.environ.get("DATABASE_OWNER_URL", "")
        if not app_url:
            addresses = stack.enter_context(private_postgres(server_folder(), is_durable=False))
            app_url, owner_url = addresses.app(), addresses.owner()
        if not owner_url:
            raise pytest.UsageError("Tests need DATABASE_OWNER_URL beside DATABASE_URL: a role that may CREATEDB.")
        yield TestServer(app_url=app_url, owner_url=owner_url)


@pytest.fixture(scope="session")
def database_template(database_server: TestServer) -> str:
    """The name of the migrated, empty database that every other one is cloned from."""
    return ensure_template(database_server)


@pytest.fixture(scope="session")
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stored files, broker messages and mails of this run lie in a folder of its own."""
    folder = tmp_path_factory.mktemp("var")
    django_settings.VAR_DIR = folder
    django_settings.STORAGE_ROOT = folder / "storage"
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in ("messages", "control"):
        (folder / "broker" / name).mkdir(parents=True)
    current_app.conf.broker_transport_options = {
        "data_folder_in": str(folder / "broker" / "messages"),
        "data_folder_out": str(folder / "broker" / "messages"),
        "control_folder": str(folder / "broker" / "control"),
    }
    return folder


@pytest.fixture(scope="session")
def django_db_setup(
    database_server: TestServer, database_template: str, own_folders: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The session's clone, in which `db` tests run inside a transaction that is rolled back."""
    own = clone(database_server, database_template)
    with own as name, django_db_blocker.unblock(), used(database_server.app(name)):
        yield


@pytest.fixture
def cloned_database(
    django_db_setup: None, database_server: TestServer, database_template: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """A database of this test alone, in which it may commit; gives its address for other processes."""
    with clone(database_server, database_template) as name, django_db_blocker.unblock():
        url = database_server.app(name)
        with used(url):
            yield url


@pytest.fixture
def process_environment(cloned_database: str, own_folders: Path) -> dict[str, str]:
    """The environment with which another process works on this test's database and folders."""
    return os.environ | {
        "DATABASE_URL": cloned_database,
        "DATABASE_OWNER_URL": "",
        "ROLLCALL_MODE": "test",
        "ROLLCALL_VAR": str(own_folders),
    }


@pytest.fixture
def portal_server(cloned_database: str) -> Iterator[LiveServer]:
    """The whole site on a port of its own, over this test's database. `portal_server.url` is its address."""
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def armed() -> Iterator[Callable[..., None]]:
    """Arm fault points: `armed("close.before_commit", visit=1, action="raise")`. Disarmed after the test."""
    yield faults.arm
    faults.disarm()
