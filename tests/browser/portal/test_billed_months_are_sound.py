"""A file that changes billed months, in light, in dark and at 390 px: the tick before it counts, the page that takes it back."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.browser.conftest import LOOKS, Visit
from tests.portal.conftest import Played
from tests.portal.test_previews import run_everything
from tests.portal.test_taking_back_billed import counted, looked_at
from tests.portal.test_upload import text_of


@pytest.fixture
def customer(played: Played) -> Client:
    client = Client()
    client.force_login(played.house.customer_admin_a.user)
    return client


@pytest.fixture
def address(played: Played, customer: Client) -> str:
    """A file of May that says it is the whole account from 1 March on; March and April are billed."""
    return looked_at(customer, played.story)


def test_the_tick_and_the_page_that_takes_the_file_back_are_sound(
    visit: Callable[..., Visit], customer: Client, address: str
) -> None:
    windows = {look: visit(width=width, scheme=scheme) for look, (width, scheme) in LOOKS.items()}
    for look, window in windows.items():
        window.sign_in("admin@aurel.example")
        window.go(f"{address}preview/")
        assert window.page.get_by_label("I mean to change 2 billed months: March 2026, April 2026").is_visible(), look
        window.picture(f"preview-billed-{look}")
        window.assert_sound()

    page = text_of(customer.get(f"{address}preview/"))
    counted(customer, address, meant=page.split('name="meant" value="')[1].split('"')[0])
    run_everything()

    for look, window in windows.items():
        window.go(address)
        window.picture(f"billed-report-{look}")
        window.assert_sound()
        window.go(f"{address}recall/")
        window.picture(f"recall-billed-{look}")
        window.assert_sound()
