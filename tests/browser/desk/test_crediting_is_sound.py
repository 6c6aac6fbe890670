"""Crediting an invoice by hand, in light, in dark and at 390 px: the form, its preview, the note at both sides, the accounts."""

from collections.abc import Callable
from datetime import date

import pytest

from billing.credit_parts import OfUsers
from billing.operations.close_accounts import close_accounts
from billing.operations.credit_invoice import credit_invoice
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.make_bundle import make_bundle
from billing.operations.render_document import render_document
from tests.billing.story import at
from tests.browser.conftest import Visit
from tests.browser.desk.test_contract_desk import sound
from tests.browser.desk.test_desk_is_sound import LOOKS
from tests.portal.conftest import Played

Addresses = dict[str, str]
REASON = "Ten accounts were test accounts of our own people."


@pytest.fixture(scope="module")
def addresses(played: Played) -> Addresses:
    """April is billed with 430 users; ten of them are given back, and the accounts of April are closed."""
    story, invoice = played.story, played.invoice
    draft = credit_invoice(
        actor=story.finance, invoice=invoice, parts=[OfUsers(position=1, users=10)], reason=REASON, now=at(5, 8)
    )
    note = finalize_invoice(actor=story.finance, invoice=draft, now=at(5, 8), today=date(2026, 5, 8))
    render_document(invoice_id=note.pk, now=at(5, 8))
    make_bundle(invoice_id=note.pk, now=at(5, 8))
    close_accounts(
        actor=story.finance,
        legal_entity=played.house.legal_entity,
        through=date(2026, 4, 30),
        now=at(5, 9),
        today=date(2026, 5, 9),
        reason="VAT return of April.",
    )
    return {
        "credit": f"/admin/invoices/{invoice.public_id}/credit/",
        "credited": f"/admin/invoices/{invoice.public_id}/",
        "note": f"/admin/invoices/{note.public_id}/",
        "known": f"/admin/invoices/{invoice.public_id}/known/",
        "accounting": "/admin/accounting/",
        "portal-billed": f"/invoices/{invoice.public_id}/",
        "portal-note": f"/invoices/{note.public_id}/",
        "portal-known": f"/invoices/{invoice.public_id}/known/",
        "portal-explained": f"/invoices/{note.public_id}/explain/",
    }


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", [*LOOKS, "narrow-dark"])
def test_their_pages_are_sound(visit: Callable[..., Visit], addresses: Addresses, look: str) -> None:
    width, scheme = LOOKS.get(look, (390, "dark"))
    for email, side in (("finance@vendor.example", "desk"), ("admin@aurel.example", "portal")):
        window = visit(width=width, scheme=scheme)
        window.sign_in(email)
        for name, address in addresses.items():
            if name.startswith("portal") == (side == "portal"):
                window.go(address)
                sound(window, f"crediting-{name}-{look}")
        assert window.complaints == []


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", LOOKS)
def test_what_would_be_given_back_is_shown_while_a_person_writes(
    visit: Callable[..., Visit], addresses: Addresses, look: str
) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("finance@vendor.example")
    window.go(addresses["credit"])
    window.page.get_by_label("A number of users").check()
    window.page.get_by_label("Users of line 1 to give back").fill("7")
    window.page.get_by_text("203.00").first.wait_for()
    sound(window, f"crediting-preview-{look}")
    window.page.get_by_label("Users of line 1 to give back").fill("431")
    window.page.get_by_text("not 431").first.wait_for()
    assert window.complaints == []
