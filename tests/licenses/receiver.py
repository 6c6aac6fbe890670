"""A receiver of webhooks on the loopback, and a worker that does what was asked for, at an instant of the story."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.db.models import Q

from ground.jobs import JobContext, job_kind
from ground.models import Job

KINDS = ("licenses.distribute_event", "licenses.deliver_webhooks", "billing.announce_invoice")


@dataclass
class Receiver:
    """What came in, as (headers in lower case, body), and what is answered: (status, body), the last for ever."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b"ok")])
    connections: int = 0

    def next_answer(self) -> tuple[int, bytes]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listen while the block lasts."""
    heard = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            heard.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status, said = heard.next_answer()
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", f"{heard.url}/elsewhere")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def work(now: datetime) -> int:
    """Do every job of webhooks that is due at an instant, as workers would, and return how many there were."""
    done = 0
    due = Q(run_after__isnull=True) | Q(run_after__lte=now)
    while job := Job.objects.filter(due, kind__in=KINDS, state="queued").order_by("pk").first():
        context = JobContext(args=job.args, job_id=job.pk, key=job.key)
        context.now = lambda: now  # type: ignore[method-assign]
        job_kind(job.kind).handler(context)
        Job.objects.filter(pk=job.pk).update(state="succeeded", finished_at=now)
        done += 1
    return done
