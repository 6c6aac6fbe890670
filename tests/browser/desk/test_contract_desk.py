"""The contract desk in a browser: pages that are sound, and forms that are filled in by hand."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AXE, AXE_RULES, Visit, finding
from tests.browser.desk.test_desk_is_sound import FRAME, LOOKS
from tests.portal.conftest import Played


def sound(window: Visit, name: str) -> None:
    """Keep a picture; axe finds nothing in what we draw, nothing reaches beyond the window."""
    window.picture(f"desk-{name}")
    window.page.evaluate(AXE.read_text(encoding="utf-8"))
    answer = window.page.evaluate(
        "([rules, frame]) => axe.run({include: [['html']], exclude: frame.map(one => [one])}, rules)",
        [AXE_RULES, FRAME],
    )
    assert [finding(violation) for violation in answer["violations"]] == [], name
    wide = window.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px wider than its window"


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_a_contract_are_sound(visit: Callable[..., Visit], played: Played, look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("manager@vendor.example")
    contract = played.story.contract.public_id
    for name, address in (
        ("new-contract", "/admin/contracts/new/"),
        ("contract", f"/admin/contracts/{contract}/"),
        ("amend", f"/admin/contracts/{contract}/amend/"),
    ):
        window.go(address)
        expect(window.page.locator("main h1")).to_be_visible()
        sound(window, f"{name}-{look}")
