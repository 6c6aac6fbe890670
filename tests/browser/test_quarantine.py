"""The pages of quarantined rows in light, in dark and at 390 px, at the desk and in the portal, through a waiver."""

import io
import re
from collections.abc import Callable
from datetime import date

import pytest

from ground.models import Job
from ground.operations.run_job import run_job
from rollcall.period import Period
from tests.billing.story import at
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.portal.conftest import Played
from tests.usage.sending import Act, csv_of
from usage.models import UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.receive_report import receive_report


def run_jobs() -> None:
    while job := Job.objects.filter(state=Job.State.QUEUED, kind__startswith="usage.").order_by("pk").first():
        run_job(job.pk)


@pytest.fixture(scope="module")
def broken(played: Played) -> UsageReport:
    """A report of June of customer A, with rows of several faults."""
    acts = [Act(user=f"user{number:04}@aurel.example", at="2026-05-11T10:00:00Z") for number in range(60)]
    acts += [Act(user="=cmd()", at="31.09.2026"), *(Act(user="", at="2026-05-11T10:00:00Z") for _ in range(30))]
    actor = played.house.customer_admin_a.actor
    report = receive_report(
        actor=actor, instance=played.house.instance_a, file_name="may broken.csv", stream=io.BytesIO(csv_of(acts)),
        now=at(5, 12),
    ).report  # fmt: skip
    run_jobs()
    report.refresh_from_db()
    confirm_report(
        actor=actor, report=report, mapping=None, source_timezone="", covers=Period(date(2026, 5, 11), date(2026, 5, 12)),
        generated_at=None, now=at(5, 12),
    )  # fmt: skip
    run_jobs()
    report.refresh_from_db()
    assert report.state == "quarantined", report.refusal_message
    return report


@pytest.mark.parametrize("look", LOOKS)
def test_the_portal_page_is_sound_while_a_table_is_made_and_after(
    visit: Callable[..., Visit], broken: UsageReport, look: str
) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("admin@aurel.example")
    window.go(f"/usage/reports/{broken.public_id}/quarantine/")
    window.picture(f"quarantine-{look}")
    window.assert_sound()
    assert window.page.get_by_text("Why 31 rows were put aside").is_visible()

    if look == "light":
        window.page.get_by_role("button", name=re.compile("Make CSV of the whole file")).click()
        window.page.wait_for_load_state("load")
        window.picture(f"quarantine-making-{look}")
        window.assert_sound()
        run_jobs()
        link = window.page.get_by_role("link", name=re.compile("Download the whole file"))
        link.wait_for()
        with window.page.expect_download() as found:
            link.click()
        assert found.value.suggested_filename == "may broken with errors.csv"
        assert b"'=cmd()" in found.value.path().read_bytes()


@pytest.mark.parametrize("look", LOOKS)
def test_the_lines_behind_a_person_are_sound(visit: Callable[..., Visit], broken: UsageReport, look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("admin@aurel.example")
    window.go("/counted/")
    window.page.get_by_role("link", name="user0001@aurel.example").click()
    window.page.wait_for_load_state("load")
    find = window.page.get_by_role("button", name="Find the lines")
    # What was found once stays: only the first of the looks has to ask.
    if find.is_visible():
        window.assert_sound()
        find.click()
        window.page.wait_for_load_state("load")
        run_jobs()
    window.page.locator("#lines-of-person").get_by_role("columnheader", name="Action").wait_for(state="attached")
    window.picture(f"lines-{look}")
    window.assert_sound()


@pytest.mark.parametrize("look", LOOKS)
def test_the_desk_pages_are_sound(visit: Callable[..., Visit], broken: UsageReport, look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("finance@vendor.example")
    pages = {
        "waiting": "/admin/quarantine/",
        "rows": f"/admin/quarantine/{broken.public_id}/",
        "lines": "/admin/lines/",
    }
    assert window.look_at(pages, picture=f"desk-quarantine-{{}}-{look}", but=FRAME) == {}


def test_the_vendor_waives_and_the_customer_reads_why(visit: Callable[..., Visit], broken: UsageReport) -> None:
    window = visit()
    window.sign_in("finance@vendor.example")
    window.go(f"/admin/quarantine/{broken.public_id}/")
    window.page.get_by_label("Reason the customer will read").fill("Kiosk sessions without a person.")
    window.page.get_by_role("button", name="Waive").click()
    window.page.get_by_text("Waived: the rows stay out").wait_for()
    window.go("/admin/quarantine/")
    assert window.page.get_by_text("No quarantined row waits.").is_visible()

    customer = visit()
    customer.sign_in("admin@aurel.example")
    customer.go(f"/usage/reports/{broken.public_id}/quarantine/")
    assert customer.page.get_by_text("Kiosk sessions without a person.").is_visible()
    customer.assert_sound()
