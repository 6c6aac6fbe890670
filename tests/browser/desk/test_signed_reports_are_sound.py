"""A fork as both sides see it, in light, in dark and at 390 px: what waits, the chain around it, the report that counts.

And numbers of days that an instance signed, under a contract that discloses totals alone.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from rollcall.signing.report import sign_report
from rollcall.signing.report_file import rows_of, statement_of, write_report_file
from rollcall.signing.reporter_versions import versions_of
from tests.billing.signing import activated, sent, works
from tests.billing.story import Story, people, story_of, terms_json
from tests.billing.test_signed_totals import TERMS
from tests.browser.conftest import Visit
from tests.browser.desk.test_desk_is_sound import FRAME, LOOKS
from tests.portal.conftest import TODAY, Played
from tests.rollcall.signing.licenses import key
from usage.operations.recall_reporter import recall_reporter

Addresses = dict[str, str]


@pytest.fixture(scope="module")
def addresses(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Addresses:
    """The instance signed ten days of May; then a copy of the machine signed them again."""
    folder = tmp_path_factory.mktemp("site")
    site = activated(played.story, folder / "home", now=TODAY - timedelta(days=3))
    works(site, people(5, first=700), date(2026, 5, 1), date(2026, 5, 10))
    site.now = TODAY - timedelta(hours=2)
    (path,) = site.write_until(date(2026, 5, 11), since=date(2026, 5, 1)).paths
    first = sent(played.story, path, now=TODAY - timedelta(hours=1))
    twin = folder / "copy.report.txt"
    said = replace(statement_of(path)[0], nonce="0" * 32)
    write_report_file(twin, envelope=sign_report(said, sign=site.key), lines=[line for _, line in rows_of(path)])
    second = sent(played.story, twin, now=TODAY - timedelta(minutes=30))
    played.story.review(first, now=TODAY - timedelta(minutes=20))
    totals = sent(*_totals(played, folder), now=TODAY - timedelta(minutes=15))
    recall = recall_reporter(
        actor=played.story.manager,
        reporter="rollcall",
        versions=versions_of("0.0.9 to 999"),
        since=date(2026, 5, 1),
        reason="Whoever was active in the first hour of a day is left out.",
        cure="Install the newest version, and correct the days.",
        now=TODAY - timedelta(minutes=10),
    )
    return {
        "recalls": "/admin/recalls/",
        "recall": f"/admin/recalls/{recall.public_id}/",
        "to-decide": "/admin/decide/",
        "decide": f"/admin/decide/{second.public_id}/",
        "portal-waits": f"/usage/reports/{second.public_id}/",
        "portal-counts": f"/usage/reports/{first.public_id}/",
        "portal-totals": f"/usage/reports/{totals.public_id}/",
    }


def _totals(played: Played, folder: Path) -> tuple[Story, Path]:
    """Ten days of May under another contract of the customer, and its report."""
    story = story_of(played.house, terms=terms_json(**TERMS), number="K-2026-TOTALS")
    site = activated(story, folder / "totals", sign=key(43), now=TODAY - timedelta(days=3))
    works(site, people(5, first=700), date(2026, 5, 1), date(2026, 5, 10))
    site.now = TODAY - timedelta(hours=2)
    return story, site.write_until(date(2026, 5, 11), since=date(2026, 5, 1)).paths[0]


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", LOOKS)
def test_their_pages_are_sound(visit: Callable[..., Visit], addresses: Addresses, look: str) -> None:
    width, scheme = LOOKS[look]
    for email, side in (("manager@vendor.example", "desk"), ("admin@aurel.example", "portal")):
        window = visit(width=width, scheme=scheme)
        window.sign_in(email)
        own = {name: one for name, one in addresses.items() if name.startswith("portal") == (side == "portal")}
        assert window.look_at(own, picture=f"signed-{{}}-{look}", but=FRAME if side == "desk" else ()) == {}
