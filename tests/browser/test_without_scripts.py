"""The main job of the portal in a browser that runs no scripts, at the width of a phone."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from rollcall.period import Period
from tests.browser.conftest import Visit
from tests.portal.conftest import TODAY, Played
from tests.portal.test_previews import run_everything
from tests.usage.sending import Act, csv_of, run_jobs, send

# A page that waits asks again every three seconds.
PATIENCE = 20_000
TENTH_OF_MAY = Period(date(2026, 5, 10), date(2026, 5, 11))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "berlin-1 day shift.csv"
    path.write_bytes(csv_of([Act(user="day@aurel.example", at="2026-05-10T09:00:00+02:00")]))
    return path


def test_a_file_is_sent_checked_and_counted(visit: Callable[..., Visit], played: Played, export: Path) -> None:
    night = csv_of([Act(user="night@aurel.example", at="2026-05-10T21:30:00+02:00")])
    send(played.story.instance, night, TENTH_OF_MAY, name="berlin-1 night shift.csv", now=TODAY)
    window = visit(scripts=False, width=390)
    page = window.page
    window.sign_in("admin@aurel.example")
    window.go("/usage/upload/")
    page.get_by_label("Instance").select_option(label="Berlin-1")
    page.get_by_label("Drop files or a folder here, or choose them").set_input_files(export)
    page.get_by_role("button", name="Send the file").click()
    page.get_by_role("heading", name="We look at the file").wait_for()
    run_jobs()

    page.get_by_role("heading", name="Check the file before it counts").wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="See what will change").click()

    # The night's file covers that day too: the person says when this one was exported, and sees which of the two counts.
    page.get_by_label("Exported at").fill("2026-05-12T07:00:00")
    page.get_by_role("button", name="See what will change").click()
    page.get_by_role("heading", name="We try the file").wait_for()
    run_everything()
    page.get_by_role("button", name="Count with this file", disabled=False).click(timeout=PATIENCE)
    page.get_by_role("heading", name="We read the file").wait_for()
    run_jobs()

    page.get_by_role("heading", name="Berlin-1, 10 May 2026").wait_for(timeout=PATIENCE)
    assert page.get_by_text("accepted", exact=True).is_visible()
