"""When a month is finalized, the close says what its last step waits for, to whoever can do it and to who cannot."""

from collections.abc import Callable

from tests.cast import Person
from tests.desk.browser import Browser
from tests.portal.conftest import Played, fixed_today, played, played_once

__all__ = ["fixed_today", "played", "played_once"]
Desk = Callable[[Person], Browser]
MONTH = "/admin/close/?month=2026-04"


def test_what_cannot_be_sent_leads_to_the_reason(played: Played, desk: Desk) -> None:
    """No contract has a billing contact yet."""
    finance = desk(played.house.finance).open(MONTH)
    assert "No document can be sent yet." in finance.page
    finance.send("/dry-run/")
    assert "There is nothing to send." in finance.page
    assert "no billing contact" in finance.page


def test_the_account_manager_is_told_who_sends(played: Played, desk: Desk) -> None:
    page = desk(played.house.account_manager).open(MONTH).page
    assert "The next step is to send the documents. Finance does it." in page
