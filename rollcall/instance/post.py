"""Send reports to the vendor's portal, take its receipts and the newest licence.

What cannot be sent stays in the outbox without expiry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from rollcall.client import Api, NotReached, Problem
from rollcall.instance.activate import names_the_key, take_license
from rollcall.instance.home import LICENSE, Home, HomeRefused
from rollcall.instance.take_receipt import take_receipt
from rollcall.signing.armor import ArmorRefused, unarmored
from rollcall.signing.envelope import EnvelopeRefused, SignatureRefused
from rollcall.signing.license import read_license
from rollcall.signing.report_file import statement_of

_NOTHING = 404


class PostFailed(Exception):
    """The portal could not be reached, or did not take a report; it stays in the outbox."""


def post_outbox(*, home: Home, url: str, token: str) -> Iterator[str]:
    """Send every waiting report in the order of the chain; yield a line about each.

    A report that was sent before is known there and answered with its receipt. Raises PostFailed at the first report
    that is not taken, so that no later one overtakes it. At the end the licence in force is taken where it is new.
    """
    try:
        api = Api(url, token)
    except ValueError as refused:
        raise PostFailed(str(refused)) from refused
    for path in sorted(home.outbox().glob("*.report.txt"), key=lambda one: statement_of(one)[0].sequence):
        try:
            answer = api.send_signed_report(path)
        except (Problem, NotReached, ValueError) as error:
            raise PostFailed(f"{path.name} stays in the outbox: {error}") from error
        if text := answer.get("receipt"):
            take_receipt(home=home, text=str(text))
            yield f"{path.name}: taken, with its receipt"
        elif waits_for := answer.get("waits_for"):
            yield f"{path.name}: waits for the vendor's word. {' '.join(map(str, waits_for))}"
        else:
            yield f"{path.name}: taken ({answer.get('state', 'received')}); the receipt is made, ask again later"
    if words := _renewed(home, api):
        yield words


def _renewed(home: Home, api: Api) -> str:
    """Take the licence in force, unless it is here; say what came of it. Reports were sent, so nothing is raised."""
    here = home.folder / LICENSE
    if not here.exists():
        return ""
    try:
        known = hashlib.sha256(unarmored("LICENSE", here.read_text())).hexdigest()
        text = api.newest_license(known=f"sha256:{known}")
        if text is None:
            return ""
        with home.locked():
            offered = read_license(text, trusted=home.trusted())
            if not offered.supersedes(home.license()):
                return ""
            if not names_the_key(offered, home):
                return f"licence {offered.serial} is not taken: it does not name this instance's key"
            take_license(home=home, text=text)
        return f"licence {offered.serial} taken, valid until {offered.expires:%d %b %Y}"
    except Problem as problem:
        # There is none, or the portal does not know this address yet.
        return "" if problem.status == _NOTHING else f"the licence was not looked for: {problem}"
    except (NotReached, UnicodeDecodeError, ArmorRefused, EnvelopeRefused, SignatureRefused, HomeRefused) as refused:
        return f"the licence that is offered is not taken: {refused}"
