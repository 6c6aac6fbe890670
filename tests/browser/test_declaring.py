"""A person says that nobody was active, with the keyboard alone, without scripts, on a narrow screen; and takes it back."""

from collections.abc import Callable

from tests.browser.conftest import Visit
from tests.portal.conftest import TODAY, Played
from tests.usage.sending import run_jobs
from usage.models import UsageReport
from usage.operations.put_aside_report import put_aside_report


def test_the_word_is_given_and_taken_back(visit: Callable[..., Visit], played: Played) -> None:
    # The file that waits may hold the missing days, so it is put aside first.
    put_aside_report(
        actor=played.house.customer_admin_a.actor, report=UsageReport.objects.get(pk=played.waiting.pk), now=TODAY
    )
    window = visit(width=390, scripts=False)
    window.sign_in("admin@aurel.example")
    window.go("/usage/days/")
    page = window.page

    page.get_by_label("Nobody used Berlin-1 on these days.").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert "You said that nobody was active on Berlin-1 on 10 to 11 May 2026." in page.inner_text("main")
    run_jobs()
    window.go("/usage/days/")
    words = page.inner_text("main")
    assert "no day is missing" in words
    assert "reported, no activity" in words
    window.picture("declared-narrow")

    with page.expect_navigation():
        page.get_by_role("button", name="Undo 10 to 11 May 2026, Berlin-1").click()
    words = page.inner_text("main")
    assert "Taken back. The days are missing again" in words
    assert "Berlin-1 has not reported 10 to 11 May 2026." in words
