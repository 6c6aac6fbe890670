"""Every page of the portal in light, in dark and at 390 px: sound, and kept as a picture."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import LOOKS, Visit
from tests.portal.conftest import Played

PAGES = {
    "home": "/",
    "usage": "/usage/",
    "upload": "/usage/upload/",
    "days": "/usage/days/?month=2026-04",
    "days-missing": "/usage/days/",
    "confirm": "/usage/reports/{waiting}/",
    "report": "/usage/reports/{report}/",
    "take-back": "/usage/reports/{report}/recall/",
    "counted": "/counted/",
    "not-counted": "/counted/?period=2031-01-01",
    "invoices": "/invoices/",
    "invoice": "/invoices/{invoice}/",
    "invoice-people": "/invoices/{invoice}/people/",
    "contract": "/contract/",
    "instances": "/instances/",
    "not-found": "/invoices/nothing/",
}


def address_of(name: str, played: Played) -> str:
    return PAGES[name].format(
        waiting=played.waiting.public_id, report=played.report.public_id, invoice=played.invoice.public_id
    )


@pytest.mark.parametrize("look", LOOKS)
def test_the_portal_is_sound(visit: Callable[..., Visit], played: Played, look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("admin@aurel.example")
    for name in PAGES:
        window.complaints.clear()
        window.go(address_of(name, played))
        if name == "not-found":
            window.complaints.clear()
        window.picture(f"{name}-{look}")
        window.assert_sound()


@pytest.mark.parametrize("look", LOOKS)
def test_the_entrance_is_sound(visit: Callable[..., Visit], look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    for name, path in {"login": "/accounts/login/", "reset": "/accounts/password/reset/"}.items():
        window.go(path)
        window.picture(f"{name}-{look}")
        window.assert_sound()
