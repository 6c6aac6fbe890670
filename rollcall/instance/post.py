"""Send reports to the vendor's portal and take its receipts; what cannot be sent stays in the outbox without expiry."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

from rollcall.instance.home import Home
from rollcall.instance.take_receipt import take_receipt
from rollcall.signing.report_file import statement_of

TIMEOUT_SECONDS = 60
PATH = "/api/v1/usage/signed-reports"
_LONGEST_ANSWER = 1 << 20


class PostFailed(Exception):
    """The portal could not be reached, or did not take a report; it stays in the outbox."""


def post_outbox(*, home: Home, url: str, token: str) -> Iterator[str]:
    """Send every waiting report in the order of the chain; yield a line about each.

    A report that was sent before is known there and answered with its receipt. Raises PostFailed at the first report
    that is not taken, so that no later one overtakes it.
    """
    for path in sorted(home.outbox().glob("*.report.txt"), key=lambda one: statement_of(one)[0].sequence):
        request = urllib.request.Request(
            url.rstrip("/") + PATH,
            data=path.read_bytes(),
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "text/plain; charset=utf-8",
                "X-File-Name": path.name,
                "Accept": "application/json",
            },
            method="POST",
        )
        if request.type != "https" and request.host.partition(":")[0] not in ("localhost", "127.0.0.1"):
            raise PostFailed(f"{url} is not an https address; reports are sent encrypted.")
        answer = _sent(request, path.name)
        if text := answer.get("receipt"):
            take_receipt(home=home, text=str(text))
            yield f"{path.name}: taken, with its receipt"
        else:
            yield f"{path.name}: taken ({answer.get('state', 'received')}); the receipt is made, ask again later"


def _sent(request: urllib.request.Request, name: str) -> dict[str, object]:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            found = json.loads(answer.read(_LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        words = error.read(2000).decode("utf-8", "replace")
        raise PostFailed(f"{name} was not taken: {error.code} {words}") from error
    except (OSError, ValueError) as error:
        raise PostFailed(f"{name} stays in the outbox: {error}") from error
    return found if isinstance(found, dict) else {}
