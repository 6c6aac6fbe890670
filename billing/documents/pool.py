"""Warm child processes that lay out documents, kept per process; the calling process never lays out.

A child is started when the first document is asked for and is kept for the next. It has no secrets in its
environment, a time limit per document, and its resident memory is watched. When it dies, the caller gets
`RenderFailed` and the next document gets a new child. After a fork the new process forgets the children
of the old one and starts its own, so prefork workers and threads may both use it.
"""

import atexit
import json
import os
import threading
from typing import Any

from billing.documents.enclosed import NOTHING, Enclosed
from billing.documents.printer import Printer, RenderFailed
from billing.documents.snapshot import check_snapshot

__all__ = ["RenderFailed", "render_pdf"]

SECONDS_PER_DOCUMENT = 60.0
KEPT_IDLE = 2  # more threads than this may print at once; only so many children stay warm
DOCUMENTS_PER_CHILD = 500
RETIRE_ABOVE_BYTES = 300 * 2**20


class Pool:
    """The idle children of this process. A child in use belongs to the one call that took it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: list[Printer] = []
        self.in_use: set[Printer] = set()

    def take(self) -> Printer:
        with self.lock:
            while self.idle:
                printer = self.idle.pop()
                if printer.is_alive():
                    self.in_use.add(printer)
                    return printer
                printer.close()
            printer = Printer()
            self.in_use.add(printer)
            return printer

    def give_back(self, printer: Printer) -> None:
        worn = printer.printed >= DOCUMENTS_PER_CHILD or printer.resident_bytes() > RETIRE_ABOVE_BYTES
        with self.lock:
            self.in_use.discard(printer)
            if not worn and len(self.idle) < KEPT_IDLE:
                self.idle.append(printer)
                return
        printer.close()

    def drop(self, printer: Printer) -> None:
        with self.lock:
            self.in_use.discard(printer)
        printer.close()

    def close(self) -> None:
        with self.lock:
            printers, self.idle = self.idle, []
        for printer in printers:
            printer.close()

    def forget(self) -> None:
        """Run in a forked child: let go of the pipes of the parent's children without touching them."""
        for printer in [*self.idle, *self.in_use]:
            printer.forget()
        self.lock = threading.Lock()  # another thread may have held the old one at the fork
        self.idle, self.in_use = [], set()


POOL = Pool()
atexit.register(POOL.close)
os.register_at_fork(after_in_child=POOL.forget)


def render_pdf(
    snapshot: dict[str, Any], *, enclosed: Enclosed = NOTHING, seconds: float = SECONDS_PER_DOCUMENT
) -> bytes:
    """Make the PDF/A-3b of one invoice from its frozen snapshot and what it encloses; the same gives the same bytes.

    Raises SnapshotRefused when the snapshot is incomplete or does not add up, RenderFailed when the layout
    failed, took more than `seconds` or too much memory; then nothing was made and asking again is safe.
    """
    check_snapshot(snapshot)
    request = json.dumps({"snapshot": snapshot, "enclosed": enclosed.to_json()}, ensure_ascii=False)
    printer = POOL.take()
    try:
        pdf = printer.print(request.encode("utf-8"), seconds=seconds)
    except BaseException:
        POOL.drop(printer)  # its pipe may hold half an answer
        raise
    POOL.give_back(printer)
    return pdf
