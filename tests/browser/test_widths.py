"""Between the phone and the desk: no page is wider than its window."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visit
from tests.browser.test_screens import PAGES, address_of
from tests.portal.conftest import Played


@pytest.mark.parametrize("width", [320, 600, 820, 1100])
def test_no_page_scrolls_sideways(visit: Callable[..., Visit], played: Played, width: int) -> None:
    window = visit(width=width)
    window.sign_in("admin@aurel.example")
    for name in PAGES:
        window.go(address_of(name, played))
        wide = window.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (name, width, wide)
