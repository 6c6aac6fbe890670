"""What settles a bill, in light, in dark and at 390 px: then and now, a proposal explained, what is coming, the bundle."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from billing.models import Invoice, TrueUp
from billing.operations.decide_true_up import decide_true_up
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.make_bundle import make_bundle
from billing.operations.render_document import render_document
from rollcall.period import Period
from tests.billing.story import at, people
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.portal.conftest import Played

Addresses = dict[str, str]


@pytest.fixture(scope="module")
def addresses(played: Played) -> Addresses:
    """April is billed with 430 users; two days come again with fewer, and half of that is given back; more waits."""
    story = played.story
    story.deliver(people(12, first=600), Period(date(2026, 4, 10), date(2026, 4, 12)), now=at(5, 6))
    first = TrueUp.objects.get(contract=story.contract)
    decide_true_up(
        actor=story.manager,
        true_up=first,
        accept=True,
        reason="Berlin-1 sent these days again.",
        settled_amount=Decimal("-246.50"),
        adjustment_reason="Half of it was our own outage.",
        settle="credit_note",
        now=at(5, 7),
    )
    draft = Invoice.objects.get(corrects=played.invoice)
    note = finalize_invoice(actor=story.finance, invoice=draft, now=at(5, 8), today=date(2026, 5, 8))
    render_document(invoice_id=note.pk, now=at(5, 8))
    make_bundle(invoice_id=note.pk, now=at(5, 8))
    story.deliver(people(10, first=700), Period(date(2026, 4, 14), date(2026, 4, 16)), now=at(5, 10))
    waits = TrueUp.objects.get(contract=story.contract, state="proposed")
    assert waits.after_count is not None
    return {
        "known": f"/admin/invoices/{played.invoice.public_id}/known/",
        "note": f"/admin/invoices/{note.public_id}/",
        "calendar": "/admin/coming-true-ups/",
        "proposal": f"/admin/numbers/counts/{waits.after_count_id}/",
        "explained": f"/admin/invoices/{note.public_id}/explain/",
        "true-up": f"/admin/true-ups/{waits.public_id}/",
        "decided": f"/admin/true-ups/{first.public_id}/",
        "true-ups": "/admin/true-ups/?state=all",
        "no-true-ups": "/admin/true-ups/?state=waived",
        "portal-billed": f"/invoices/{played.invoice.public_id}/",
        "portal-known": f"/invoices/{played.invoice.public_id}/known/",
        "portal-note": f"/invoices/{note.public_id}/",
        "portal-explained": f"/invoices/{note.public_id}/explain/",
    }


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("email", "side"), [("admin@aurel.example", "portal"), ("manager@vendor.example", "desk")])
def test_what_settles_is_sound(
    visit: Callable[..., Visit], addresses: Addresses, look: str, email: str, side: str
) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in(email)
    mine = {name: address for name, address in addresses.items() if name.startswith("portal") == (side == "portal")}
    assert window.look_at(mine, picture=f"settling-{{}}-{look}", but=FRAME if side == "desk" else ()) == {}
