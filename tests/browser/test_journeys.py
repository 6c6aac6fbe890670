"""What a person does, in a real browser: a file from drop to result, colors, the keyboard, sign-out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Visit
from tests.portal.conftest import Played
from tests.portal.test_previews import run_everything
from tests.usage.sending import run_jobs

ROWS = [
    "user_id,occurred_at,action",
    *(f"night{n:03}@aurel.example,2026-05-{10 + n % 2}T21:30:00+02:00,login" for n in range(40)),
    "night001@aurel.example,31.05.2026,login",
    ",2026-05-10T10:00:00+02:00,login",
]
DROP = """([name, content]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([content], name, { type: "text/csv" }));
  document.querySelector(".rc-drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
}"""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "berlin-1 night shift.csv"
    path.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    return path


def test_a_file_is_dropped_checked_read_and_shown(visit: Callable[..., Visit], played: Played, export: Path) -> None:
    window = visit()
    window.sign_in("admin@aurel.example")
    window.go("/usage/upload/")
    window.page.get_by_label("Instance").select_option(label="Berlin-1")
    window.page.evaluate(DROP, [export.name, export.read_text(encoding="utf-8")])
    window.page.get_by_text(export.name).wait_for()
    window.page.get_by_role("button", name="Send the file").click()

    window.page.get_by_role("heading", name="We look at the file").wait_for()
    window.picture("journey-1-look")
    window.assert_sound()
    run_jobs()

    # The page notices by itself.
    window.page.get_by_role("heading", name="Check the file before it counts").wait_for()
    assert window.page.get_by_label("First day").input_value() == "2026-05-10"
    window.page.get_by_label("Last day").fill("2026-05-11")
    window.picture("journey-2-check")
    window.assert_sound()
    window.page.get_by_role("button", name="See what will change").click()

    window.page.get_by_role("heading", name="We try the file").wait_for()
    window.picture("journey-3-try")
    window.assert_sound()
    run_jobs()
    window.page.get_by_role("heading", name="What this file will change").wait_for()
    # The users come first; the money comes into the page as it stands, and only then does it offer to count.
    window.page.get_by_text("The money is being worked out").wait_for()
    left = window.left
    window.page.get_by_role("link", name="Change something").focus()
    run_everything()
    window.page.get_by_role("button", name="Count with this file", disabled=False).wait_for()
    assert window.page.get_by_role("rowheader", name="Before tax, May 2026").is_visible()
    assert (window.left, window.page.evaluate("document.activeElement.textContent")) == (left, "Change something")
    assert window.page.get_by_text("+40").is_visible()
    window.picture("journey-3-change")
    window.assert_sound()
    window.page.get_by_role("button", name="Count with this file").click()

    window.page.get_by_role("heading", name="We read the file").wait_for()
    window.picture("journey-3-read")
    window.assert_sound()
    run_jobs()

    window.page.get_by_role("heading", name="Berlin-1, 10 to 11 May 2026").wait_for()
    window.picture("journey-4-result")
    window.assert_sound()
    assert window.page.get_by_text("2 rows quarantined").is_visible()
    # 205 people were active before; the 40 of the night shift are new.
    assert window.page.get_by_role("link", name="245").is_visible()


def test_colors_are_chosen_and_kept(visit: Callable[..., Visit], played: Played) -> None:
    window = visit(scheme="light")
    window.sign_in("admin@aurel.example")
    background = "getComputedStyle(document.body).backgroundColor"
    light = window.page.evaluate(background)

    with window.page.expect_response("**/colors/") as answer:
        window.page.get_by_label("Dark").check()
    dark = window.page.evaluate(background)
    window.go("/invoices/")

    assert answer.value.status == 204
    assert dark != light
    assert window.page.evaluate(background) == dark
    assert window.complaints == []


def test_the_keyboard_reaches_everything_with_a_visible_ring(visit: Callable[..., Visit], played: Played) -> None:
    window = visit()
    window.sign_in("admin@aurel.example")
    window.go("/")
    window.page.keyboard.press("Tab")
    assert window.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    reachable = window.page.evaluate(
        "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]"
        ".filter(e => e.checkVisibility() && !(e.type === 'radio' && !e.checked)).length"
    )
    seen = 1
    while seen < reachable:
        window.page.keyboard.press("Tab")
        ring = window.page.evaluate(
            "(() => { const e = document.activeElement;"
            " return [e, e.parentElement].some(one => parseFloat(getComputedStyle(one).outlineWidth) >= 2) })()"
        )
        assert ring, window.page.evaluate("document.activeElement.outerHTML")
        seen += 1
    assert seen == reachable


def test_the_pdf_opens_and_the_list_is_saved(visit: Callable[..., Visit], played: Played) -> None:
    window = visit()
    window.sign_in("admin@aurel.example")
    window.go(f"/invoices/{played.invoice.public_id}/")
    with window.page.expect_download() as pdf:
        window.page.get_by_role("link", name="PDF", exact=True).click()
    with window.page.expect_download() as people:
        window.page.get_by_role("link", name="CSV of everybody").click()

    assert pdf.value.suggested_filename == f"{played.invoice.number}.pdf"
    assert Path(pdf.value.path()).read_bytes().startswith(b"%PDF-")
    assert people.value.suggested_filename == f"{played.invoice.number} people.csv"


def test_signing_out(visit: Callable[..., Visit], played: Played) -> None:
    window = visit()
    window.sign_in("admin@aurel.example")
    window.page.get_by_role("button", name="Sign out").click()
    window.page.wait_for_load_state("load")
    window.go("/invoices/")

    assert "/accounts/login/" in window.page.url


def test_a_stranger_sees_a_plain_page(visit: Callable[..., Visit], played: Played) -> None:
    window = visit(width=390)
    window.sign_in("stranger@nowhere.example")

    window.picture("stranger-narrow")
    assert window.page.get_by_role("heading", name="You do not belong to a company yet").is_visible()
    assert window.page.get_by_role("button", name="Sign out").first.is_visible()
