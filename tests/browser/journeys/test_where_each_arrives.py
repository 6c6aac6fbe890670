"""Where each of the cast arrives after signing in, and what a stranger sees."""

import pytest
from playwright.sync_api import expect

from tests.browser.journeys.conftest import Window
from tests.browser.journeys.steps import ADMIN_A, FINANCE, MANAGER, sound_desk
from tests.cast import House


@pytest.mark.needs("chromium")
def test_each_of_the_cast_arrives_where_they_belong(product: House, visit: Window) -> None:
    # Two instances have been silent since their contracts began, and nothing else waits.
    for email, heading in (
        (FINANCE, "2 things wait for you"),
        (MANAGER, "2 things wait for you"),
        ("admin@vendor.example", "2 things wait for you"),
        (ADMIN_A, ""),
        ("admin@birch.example", ""),
        ("stranger@nowhere.example", ""),
    ):
        window = visit()
        window.sign_in(email)
        where = window.page.url.removeprefix(window.address)
        assert where == ("/admin/" if heading else "/"), email
        if "stranger" in email:
            expect(window.page.get_by_text("You do not belong to a company yet")).to_be_visible()
        if heading:
            expect(window.page.get_by_role("heading", name=heading)).to_be_visible()
            window.page.set_viewport_size({"width": 390, "height": 900})
            sound_desk(window, f"today-narrow-{email.partition('@')[0]}")
