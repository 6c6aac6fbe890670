"""An instance fetches its licence with its own key, once per licence; and the list of refused keys."""

from datetime import date
from pathlib import Path

import pytest

from ground import clock
from licenses.models import LicenseFile
from licenses.operations.issue_license import issue_license
from licenses.operations.revoke_vendor_key import revoke_vendor_key
from rollcall.client import Api
from rollcall.instance.activate import names_the_key
from rollcall.instance.post import post_outbox
from rollcall.signing.license import read_license
from rollcall.signing.reporter_versions import versions_of
from rollcall.signing.revocations import VENDOR, read_revocations
from tests.api.calls import Program, program_of
from tests.api.test_client import service
from tests.billing.conftest import plain_story
from tests.billing.signing import activated, works
from tests.billing.story import Story, at, people
from tests.cast import House
from usage.models import UsageReport
from usage.operations.recall_reporter import recall_reporter
from usage.operations.sniff_report import sniff_report

__all__ = ["plain_story", "service"]


def own_key(story: Story) -> Program:
    return program_of(story.house.customer_a, instance=story.instance)


@pytest.fixture(autouse=True)
def in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at(5, 2))


def test_a_licence_is_sent_once_and_anew_when_there_is_another(plain_story: Story, tmp_path: Path) -> None:
    story, product = plain_story, own_key(plain_story)
    assert product.get("licenses/newest").status_code == 404
    site = activated(story, tmp_path / "home")
    first = product.get("licenses/newest")
    assert (first.status_code, first.headers["Content-Type"]) == (200, "text/plain; charset=us-ascii")
    assert read_license(first.content.decode(), trusted=site.home.trusted()).serial == 2
    known = {"Authorization": f"Bearer {product.text}", "If-None-Match": first.headers["ETag"]}
    same = product.client.get("/api/v1/licenses/newest", headers=known)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    # A licence that holds from a later day on does not take the place of the one in force.
    issue_license(actor=story.finance, contract=story.contract, now=at(5, 3))
    assert product.client.get("/api/v1/licenses/newest", headers=known).status_code == 304
    issue_license(actor=story.finance, contract=story.contract, now=at(5, 1))
    other = product.client.get("/api/v1/licenses/newest", headers=known)
    assert (other.status_code, read_license(other.content.decode(), trusted=site.home.trusted()).serial) == (200, 4)


def test_the_list_of_refused_keys_is_a_signed_file_of_its_own(plain_story: Story, tmp_path: Path) -> None:
    story, product = plain_story, own_key(plain_story)
    site = activated(story, tmp_path / "home")
    assert product.get("revocations").status_code == 204
    old = LicenseFile.objects.latest("pk").vendor_key
    revoke_vendor_key(actor=story.finance, key=old, cut_off=at(5, 1), reason="Stolen.", now=at(5, 1))
    row = issue_license(actor=story.finance, contract=story.contract, now=at(5, 2))
    answer = product.get("revocations")
    assert answer.status_code == 200
    trusted = [*site.home.trusted().keys.values(), bytes(row.vendor_key.public_key)]
    listed = read_revocations(answer.content.decode(), trusted=trusted)
    assert [(one.fingerprint, one.kind, one.at) for one in listed.revocations.revoked] == [
        (old.fingerprint, VENDOR, at(5, 1))
    ]
    same = product.client.get(
        "/api/v1/revocations",
        headers={"Authorization": f"Bearer {product.text}", "If-None-Match": answer.headers["ETag"]},
    )
    assert same.status_code == 304


def test_a_reporter_takes_the_licence_when_it_sends_its_reports(
    committed_house: House, service: str, tmp_path: Path
) -> None:
    house = committed_house
    story = Story(house=house, contract=house.contract_a, instance=house.instance_a)
    site = works(activated(story, tmp_path / "home"), people(2), date(2026, 4, 1), date(2026, 4, 3))
    site.now = at(4, 4)
    site.write_until(date(2026, 4, 4), since=date(2026, 4, 1))
    issue_license(actor=story.finance, contract=story.contract, now=at(5, 1))
    token = own_key(story).text
    sent = list(post_outbox(home=site.home, url=service, token=token))
    assert [line.partition(" taken")[0] for line in sent[1:]] == ["licence 3"]
    assert (site.home.license().serial, names_the_key(site.home.license(), site.home)) == (3, True)
    recall_reporter(
        actor=story.manager,
        reporter="rollcall",
        versions=versions_of("0.1.0"),
        since=None,
        reason="It counts twice.",
        cure="Install 0.2.0.",
        now=at(5, 1),
    )
    assert sniff_report(report_id=UsageReport.objects.get().pk, now=at(5, 2)).state == "needs_decision"
    (said,) = post_outbox(home=site.home, url=service, token=token)
    assert said.endswith(": waits for the vendor's word. rollcall 0.1.0 is recalled. It counts twice. Install 0.2.0.")
    assert Api(service, token).newest_license(known=LicenseFile.objects.latest("pk").digest) is None
