"""An instance of the cast that reports by itself: its home is activated by the vendor's own licence."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

from licenses.models import InstanceKey, LicenseFile
from licenses.operations.activate_instance import activate_instance
from licenses.operations.issue_license import issue_license
from rollcall.instance.activate import answer_license, take_license
from rollcall.instance.home import Home
from rollcall.signing import SigningKey
from rollcall.signing.armor import armored
from rollcall.signing.license import open_license
from tests.billing.story import Story, at
from tests.rollcall.instance.site import Site
from tests.rollcall.signing.licenses import key
from usage.models import UsageReport
from usage.operations.issue_receipt import issue_receipt
from usage.operations.read_report import read_report
from usage.operations.receive_report import receive_report
from usage.operations.sniff_report import sniff_report


def activated(story: Story, folder: Path, *, sign: SigningKey | None = None, now: datetime | None = None) -> Site:
    """Issue a licence, let the instance answer it with its key, and put the licence that names the key into its home."""
    sign, now = sign or key(41), now or at(3, 20)
    manager = story.house.finance.actor
    first = issue_license(actor=manager, contract=story.contract, now=now)
    folder.mkdir(parents=True)
    home = Home(folder)
    home.make_key(bytes(sign))
    home.trust({first.vendor_key.fingerprint: bytes(first.vendor_key.public_key)})
    license = take_license(home=home, text=text_of(first))
    answer, _ = answer_license(home=home, license=license, instance=story.instance.public_id, now=now)
    activate_instance(actor=story.house.customer_admin_a.actor, text=answer.read_text(), now=now)
    row = issue_license(actor=manager, contract=story.contract, now=now)
    return Site(home=home, license=take_license(home=home, text=text_of(row)), key=sign)


def text_of(row: LicenseFile) -> str:
    """The licence file as it is downloaded."""
    assert open_license(bytes(row.envelope)).license.serial == row.serial
    return armored("LICENSE", bytes(row.envelope))


def sent(story: Story, path: Path, *, now: datetime) -> UsageReport:
    """Upload a report in the portal and let the workers do everything that follows."""
    received = receive_report(
        actor=story.house.customer_admin_a.actor,
        instance=story.instance,
        file_name=path.name,
        stream=io.BytesIO(path.read_bytes()),
        now=now,
    )
    report = sniff_report(report_id=received.report.pk, now=now)
    if report.state == "reading":
        report = read_report(report_id=report.pk, now=now)
        issue_receipt(report_id=report.pk, now=now)
    return report


def live_key(story: Story) -> InstanceKey:
    return InstanceKey.objects.get(instance=story.instance, replaced_at__isnull=True)


def works(site: Site, users: list[str], first: date, last: date) -> Site:
    """Everybody logs in at nine on every day up to the last one, inclusive."""
    day = first
    while day <= last:
        for user in users:
            site.did(user, datetime(day.year, day.month, day.day, 9, tzinfo=at(1, 1).tzinfo))
        day = date.fromordinal(day.toordinal() + 1)
    return site
