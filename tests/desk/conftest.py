"""Stories, a world of two customers, and browsers of the vendor's people on a day of May 2026."""

from collections.abc import Callable

import pytest

from ground import clock
from tests.billing.conftest import plain_story
from tests.billing.story import at
from tests.cast import Person
from tests.desk.browser import Browser
from tests.isolation.conftest import world

__all__ = ["plain_story", "world"]


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Pages and jobs read the clock in one place; here it says what the test sets, 3 May 2026 to begin with."""

    def set_to(month: int, day: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: at(month, day))

    set_to(5, 3)
    return set_to


@pytest.fixture
def desk() -> Callable[[Person], Browser]:
    """Give a browser in which somebody of the vendor's is signed in."""
    return Browser
