"""A loop for processes that look at the database every few seconds, until they are asked to stop."""

import signal
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from django.db import DatabaseError, InterfaceError, connection

log = structlog.get_logger(__name__)


def repeat(step: Callable[[], object], *, every_seconds: float) -> None:
    """Call `step` again and again until SIGTERM or SIGINT. A database that is away is waited for."""
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    while not stop.is_set():
        try:
            step()
        except (DatabaseError, InterfaceError) as error:
            log.warning("database not reached; trying again", error=str(error))
            connection.close()
        stop.wait(every_seconds)
