"""The product as it runs: the site, a worker and a sweeper on one database, and browsers of the cast beside it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from pytest_django.live_server_helper import LiveServer

from config.environment import BASE_DIR
from tests.browser.conftest import Visit
from tests.cast import House


@pytest.fixture
def site(committed_house: House, portal_server: LiveServer) -> str:
    """The address of the site over this test's database; `visit` opens its windows there."""
    return str(portal_server.url)


@pytest.fixture
def product(committed_house: House, process_environment: dict[str, str]) -> Iterator[House]:
    """The cast, with a real worker and a real sweeper at work."""
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR")
    commands = [
        ["-m", "celery", "--quiet", "-A", "config.celery", "worker", "--concurrency", "1", *quiet],
        ["manage.py", "sweeper"],
    ]
    environment = process_environment | {"JOB_SWEEP_SECONDS": "1"}
    children = [
        subprocess.Popen([sys.executable, *command], env=environment, cwd=BASE_DIR, start_new_session=True)
        for command in commands
    ]
    yield committed_house
    for child in children:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


Window = Callable[..., Visit]


@pytest.fixture(autouse=True)
def fixed_today() -> None:
    """Here the clock runs: the worker beside the site reads it too."""
