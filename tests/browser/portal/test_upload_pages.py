"""The way of a file before it counts, in light, in dark and at 390 px: every page sound."""

import io
from collections.abc import Callable

import pytest

from rollcall.formats.registry import PROFILES
from tests.billing.story import at
from tests.browser.conftest import LOOKS, Visit
from tests.portal.conftest import Played
from tests.usage.sending import run_jobs
from usage.operations.receive_report import receive_report

DROP_FOLDER = """async ([names, content]) => {
  const entry = (name) => ({ isFile: true, isDirectory: false, file: (done) => done(new File([content + name], name)) });
  const portions = [names.map(entry), []];
  const folder = { isFile: false, isDirectory: true,
                   createReader: () => ({ readEntries: (done) => done(portions.shift()) }) };
  const event = new DragEvent("drop", { cancelable: true });
  Object.defineProperty(event, "dataTransfer",
                        { value: { items: [{ webkitGetAsEntry: () => folder }], files: [] } });
  document.querySelector(".rc-drop").dispatchEvent(event);
}"""


@pytest.mark.parametrize("look", LOOKS)
def test_what_will_change_is_sound(visit: Callable[..., Visit], played: Played, look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("admin@aurel.example")
    window.go(f"/usage/reports/{played.waiting.public_id}/")
    window.page.get_by_text("The letters or the times look wrong").click()
    window.assert_sound()
    window.page.get_by_role("button", name="See what will change").click()
    window.page.get_by_role("heading", name="We try the file").or_(
        window.page.get_by_role("heading", name="What this file will change")
    ).wait_for()
    window.assert_sound()
    run_jobs()
    window.page.get_by_role("heading", name="What this file will change").wait_for()
    window.picture(f"preview-{look}")
    window.assert_sound()


@pytest.mark.parametrize("look", LOOKS)
def test_taking_back_is_sound_and_refused_after_the_close(
    visit: Callable[..., Visit], played: Played, look: str
) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("admin@aurel.example")
    window.go(f"/usage/reports/{played.report.public_id}/")
    window.page.get_by_role("link", name="Take back").click()
    # April was billed: the page says what to do instead and whom to ask.
    window.page.get_by_text("is closed, so this report stays").wait_for()
    assert window.page.get_by_text("billing@vendor.example").is_visible()
    window.picture(f"recall-{look}")
    window.assert_sound()


def test_a_folder_is_dropped_as_several_files(visit: Callable[..., Visit], played: Played) -> None:
    window = visit()
    window.sign_in("admin@aurel.example")
    window.go("/usage/upload/")
    window.page.evaluate(DROP_FOLDER, [["page1.csv", "page2.csv", "page3.csv"], "user_id,occurred_at\n"])
    window.page.get_by_text("page1.csv and 2 more").wait_for()
    assert window.page.locator("input[type=file]").evaluate("field => field.files.length") == 3
    window.assert_sound()


@pytest.mark.parametrize("look", LOOKS)
def test_what_can_be_uploaded_is_told_by_each_format(visit: Callable[..., Visit], played: Played, look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("admin@aurel.example")
    window.go("/usage/upload/")
    window.page.get_by_role("link", name="What can I upload?").click()
    window.page.get_by_role("heading", name="What can I upload?").wait_for()
    window.picture(f"formats-{look}")
    window.assert_sound()
    for profile in PROFILES.values():
        assert window.page.locator(f"#{profile.name}").count() == 1, profile.name
    window.go("/usage/formats/#okta_system_log")
    # The place in the address opens what holds it.
    assert window.page.get_by_text("neither SUCCESS nor ALLOW").is_visible()
    window.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert window.page.get_by_text("!interrupted").first.is_visible()
    window.picture(f"formats-open-{look}")
    window.assert_sound()


RESULTS = b"who,when,made,what,how\nada,2026-05-11 08:00,2026-05-11T08:00:00Z,login,OK\nbob,2026-05-11 08:05,2026-05-11T08:00:00Z,login,denied\n"
ACCOUNTS = b"username,status,billing-active,userid\nada,Member,1,U1\nbob,Bot,0,U2\n"


def looked_at(played: Played, content: bytes, name: str) -> str:
    """Send a file and have it looked at; return the address of its page."""
    report = receive_report(
        actor=played.house.customer_admin_a.actor,
        instance=played.house.instance_a,
        file_name=name,
        stream=io.BytesIO(content),
        now=at(5, 12),
    ).report
    run_jobs()
    return f"/usage/reports/{report.public_id}/"


@pytest.mark.parametrize("look", LOOKS)
def test_answers_before_a_file_is_read_are_sound(visit: Callable[..., Visit], played: Played, look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("admin@aurel.example")
    window.go(looked_at(played, RESULTS, "results.csv"))
    page = window.page
    page.get_by_text("The columns, the letters or the times look wrong").click()
    page.get_by_label("Columns are parted by").select_option("commas")
    window.picture(f"confirm-outcome-{look}")
    window.assert_sound()
    for column, role in (("how", "Outcome"), ("when", "Time"), ("made", "Not used")):
        page.get_by_label(f"{column} is read as").select_option(role)
    page.get_by_label("Time zone of the values").select_option("Europe/Berlin")
    page.get_by_role("button", name="See what will change").click()
    page.get_by_text("Tick the values of how that mean success.").wait_for()
    assert page.get_by_label("OK").count() == 1
    window.complaints.clear()  # the browser names the status of the page that asks again
    page.get_by_label("OK").check()
    window.picture(f"confirm-outcome-asked-{look}")
    window.assert_sound()

    window.go(looked_at(played, ACCOUNTS, "members.csv"))
    page.get_by_label("The day on which this list was made").fill("2026-05-11")
    assert page.get_by_label("Last day").count() == 0
    window.picture(f"confirm-list-{look}")
    window.assert_sound()
    page.get_by_role("button", name="See what will change").click()
    page.get_by_role("heading", name="We try the file").or_(
        page.get_by_role("heading", name="What this file will change")
    ).wait_for()
    run_jobs()
    page.get_by_role("button", name="Take this list").wait_for()
    window.picture(f"preview-list-{look}")
    window.assert_sound()
