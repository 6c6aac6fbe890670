"""The pages that explain a number, at the desk and in the portal: sound in every look, and one click from each other."""

from collections.abc import Callable

import pytest

from billing.evidence_list import counts_of
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.portal.conftest import Played
from usage.queries.people import people_of


def addresses(played: Played) -> dict[str, str]:
    """Return the portal's pages of the invoice of April, and the desk's."""
    invoice, [count] = played.invoice.public_id, counts_of(played.invoice)
    person = people_of(count=count)[0].user_ref
    return {
        "explain-number": f"/invoices/{invoice}/explain/",
        "explain-person": f"/invoices/{invoice}/people/{person}/",
        "desk-explain-number": f"/admin/invoices/{invoice}/explain/",
        "desk-explain-person": f"/admin/numbers/counts/{count.pk}/people/{person}/",
    }


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("email", "side"), [("admin@aurel.example", "explain"), ("finance@vendor.example", "desk")])
def test_the_pages_are_sound(visit: Callable[..., Visit], played: Played, look: str, email: str, side: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in(email)
    for name, address in addresses(played).items():
        if not name.startswith(side):
            continue
        window.complaints.clear()
        window.go(address)
        window.picture(f"{name}-{look}")
        window.assert_sound(but=FRAME if side == "desk" else ())


def test_from_the_bill_to_a_line_in_four_clicks(visit: Callable[..., Visit], played: Played) -> None:
    window = visit()
    window.sign_in("admin@aurel.example")
    window.go(f"/invoices/{played.invoice.public_id}/explain/")
    page = window.page
    assert page.get_by_role("heading", level=1).inner_text() == "Why 430 billed users?"
    page.get_by_role("row", name="Active users").get_by_role("link").click()
    page.wait_for_url("**why=counted#people")
    page.get_by_role("link", name="user0007@aurel.example").click()
    page.wait_for_load_state("load")
    assert "is counted because of 1 action that counts, on 1 day" in page.inner_text("main")
    assert page.get_by_role("row", name="7 Apr 2026").get_by_text("counts", exact=True).is_visible()
    page.get_by_role("button", name="Find the lines").click()
    page.wait_for_load_state("load")
    assert "Waits for its turn" in page.inner_text("#lines-of-person")
