"""What people of the cast do in the journeys, each the way a person does it, with a worker at work behind it."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from tests.browser.conftest import Visit

PATIENCE = 60_000
ADMIN_A, FINANCE, MANAGER = "admin@aurel.example", "finance@vendor.example", "manager@vendor.example"


def month_file(folder: Path, name: str, month: date, users: int) -> Path:
    """Write an export in which each user logs in once, spread over the first 28 days."""
    days: Sequence[date] = [month + timedelta(days=offset) for offset in range(28)]
    rows = ["event_id,user_id,occurred_at,action"]
    for number in range(users):
        day = days[number % 28].isoformat()
        rows.append(f"{month:%m}-{number:04},user{number:04}@aurel.example,{day}T12:00:00+02:00,login")
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def upload(window: Visit, path: Path, last_day: date, exported_at: str, *, replaces: bool = False) -> None:
    """Choose the file, check it, state its days, and wait for the result; the worker does the rest."""
    page = window.page
    window.go("/usage/upload/")
    page.get_by_label("Instance").select_option(label="Berlin-1")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Send the file").click()
    page.get_by_role("heading", name="Check the file before it counts").wait_for(timeout=PATIENCE)
    page.get_by_label("First day").fill(last_day.replace(day=1).isoformat())
    page.get_by_label("Last day").fill(last_day.isoformat())
    page.get_by_label("Exported at").fill(exported_at)
    page.get_by_role("button", name="See what will change").click()
    if replaces:
        # Which file the days count from is said before anything is read.
        page.get_by_text("already covered by").wait_for()
        page.get_by_role("button", name="See what will change").click()
    page.get_by_role("button", name="Count with this file").click(timeout=PATIENCE)
    page.get_by_role("heading", name="Berlin-1,").wait_for(timeout=PATIENCE)


def draft_month(desk: Visit, month: str) -> None:
    """Count and draft a month at the desk, and wait until the draft can be opened."""
    desk.go(f"/admin/close/?month={month}")
    desk.page.get_by_role("button", name="Count and draft every contract").click()
    # The page shows the state anew by itself while contracts are being closed.
    desk.page.get_by_role("checkbox", name="choose Aurel Maschinenbau GmbH").wait_for(timeout=PATIENCE)


def sound_desk(desk: Visit, name: str) -> None:
    """A page of the desk is kept as a picture, fits its window, and the browser said nothing."""
    desk.picture(f"desk-{name}")
    wide = desk.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{desk.page.url} is {wide} px wider than its window"
    assert desk.complaints == [], desk.page.url


def path_of(window: Visit) -> str:
    """The address that a window shows, without its query."""
    return window.page.url.removeprefix(window.address).partition("?")[0].partition("#")[0]


def digest_of(window: Visit, path: str) -> str:
    """Download what an address serves, as the signed-in person, and return its SHA-256."""
    answer = window.page.request.get(f"{window.address}{path}")
    assert answer.ok, f"{path} answered {answer.status}"
    return hashlib.sha256(answer.body()).hexdigest()


def wait_for_pdf(desk: Visit) -> None:
    """Look at the finalized invoice again until its PDF is made."""
    for _ in range(60):
        if desk.page.get_by_role("link", name="Open the PDF").count():
            return
        desk.page.wait_for_timeout(500)
        desk.page.reload()
    raise AssertionError(f"{desk.page.url} has no PDF after 30 s")


def open_true_up(desk: Visit) -> None:
    """Wait until Today shows a true-up to decide, and open it."""
    for _ in range(60):
        desk.go("/admin/")
        if desk.page.get_by_role("link", name="Decide", exact=True).count():
            break
        desk.page.wait_for_timeout(500)
    desk.page.get_by_role("link", name="Decide", exact=True).click()


def accept_true_up(desk: Visit, reason: str) -> None:
    """Put the whole difference of the true-up that is shown on the next invoice."""
    desk.page.get_by_role("radio", name="Add to the next invoice").check()
    desk.page.get_by_label("Reason the customer will read").fill(reason)
    desk.page.get_by_role("button", name="Decide").click()
