"""What a program does most: send usage, read lists to their end, make and change records safely."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rollcall.client.call import NOT_MODIFIED, Answer, Line

BATCH = "application/cloudevents-batch+json"
EVENTS_AT_ONCE = 1000


@dataclass(frozen=True)
class Sent:
    """What became of events: how many are in, which will never be, and which to send again later."""

    accepted: int
    rejected: tuple[tuple[Mapping[str, Any], str], ...]
    again: tuple[Mapping[str, Any], ...]


class Api:
    """One service, called with one key. `address` is its origin, such as https://billing.vendor.example."""

    def __init__(self, address: str, key: str, *, attempts: int = 4, pause_seconds: float = 1.0) -> None:
        self.line = Line(address, key, attempts, pause_seconds)

    def read(self, path: str, **query: str) -> Any:
        """Return one document as JSON, such as read("invoices/abc"). Raises Problem, NotReached."""
        return self.line.ask("GET", path, query=query).json()

    def download(self, address: str) -> bytes:
        """Return the bytes of a document, by the address that an invoice lists. Raises Problem, NotReached."""
        return self.line.ask("GET", address).content

    def rows(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Yield every row of a list, page by page. Raises Problem, NotReached."""
        page = self.line.ask("GET", path, query={"limit": "200", **query}).json()
        while True:
            yield from page["results"]
            if page["next"] is None:
                return
            page = self.line.ask("GET", page["next"]).json()

    def make(self, path: str, document: Mapping[str, Any], *, once: str = "", etag: str = "") -> Answer:
        """Make a record. With `once`, a text of the caller's own, it may be tried again and is made once.

        `etag` is the mark of what it belongs to, where the address asks for one. Raises Problem, NotReached.
        """
        headers = {"Idempotency-Key": once} if once else {}
        headers |= {"If-Match": etag} if etag else {}
        return self.line.ask("POST", path, body=_json(document), headers=headers, is_repeatable=bool(once))

    def change(self, path: str, changes: Mapping[str, Any]) -> Answer:
        """Read a record and change it, unless somebody else did in between: then Problem with status 412."""
        read = self.line.ask("GET", path)
        headers = {"If-Match": read.etag or "*"}
        return self.line.ask("PATCH", path, body=_json(changes), headers=headers)

    def send_events(self, events: Iterable[Mapping[str, Any]], *, instance: str = "") -> Sent:
        """Send CloudEvents in batches; each keeps the id that the caller made, so sending again changes nothing.

        `instance` is needed unless the key is an instance's. An event without an answer was not taken. A batch that
        was refused whole raises Problem; NotReached leaves it open what was taken: send everything again.
        """
        accepted, rejected, again = 0, [], []
        waiting = iter(events)
        while batch := list(islice(waiting, EVENTS_AT_ONCE)):
            said = self._send_batch(batch, instance)
            for index, event in enumerate(batch):
                answer = said.get(index, {})
                if answer.get("status") == "accepted":
                    accepted += 1
                elif answer.get("status") == "rejected":
                    rejected.append((event, str(answer.get("message", ""))))
                else:
                    again.append(event)
        return Sent(accepted, tuple(rejected), tuple(again))

    def send_file(self, path: Path, *, instance: str = "") -> dict[str, Any]:
        """Send a file of any known format; return its report. The same bytes are one report. Raises Problem."""
        query = {"file_name": path.name} | ({"instance": instance} if instance else {})
        answer = self.line.ask(
            "POST",
            "usage/reports",
            query=query,
            body=path.read_bytes(),
            content_type="application/octet-stream",
            is_repeatable=True,
        )
        found: dict[str, Any] = answer.json()
        return found

    def send_signed_report(self, path: Path) -> dict[str, Any]:
        """Send a signed report of the key's instance; return its report, with the receipt once there is one.

        The same bytes are one report. Raises Problem, NotReached.
        """
        answer = self.line.ask(
            "POST",
            "usage/signed-reports",
            body=path.read_bytes(),
            content_type="text/plain; charset=utf-8",
            headers={"X-File-Name": path.name},
            is_repeatable=True,
        )
        found: dict[str, Any] = answer.json()
        return found

    def newest_license(self, *, known: str = "") -> str | None:
        """Return the licence in force of a key's instance, armored; None where it is the one with the digest `known`.

        `known` is "sha256:..." of the envelope of the licence that is here. Raises Problem, 404 where there is none.
        """
        headers = {"If-None-Match": f'"{known}"'} if known else {}
        answer = self.line.ask("GET", "licenses/newest", headers=headers)
        return None if answer.status == NOT_MODIFIED else answer.content.decode("ascii")

    def _send_batch(self, batch: Sequence[Mapping[str, Any]], instance: str) -> dict[int, dict[str, Any]]:
        answer = self.line.ask(
            "POST",
            "usage/events",
            query={"instance": instance} if instance else None,
            body=_json(batch),
            content_type=BATCH,
            is_repeatable=True,
        )
        return {one["index"]: one for one in answer.json()["events"]}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
