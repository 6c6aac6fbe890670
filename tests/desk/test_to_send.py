"""Today says which finalized documents never went out to the customer: how many, since when, and for how much."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from billing.credit_parts import OfAmount
from billing.models import Delivery, Invoice
from billing.operations.credit_invoice import credit_invoice
from billing.operations.finalize_invoice import finalize_invoice
from billing.queries.deliveries import unsent
from tests.billing.runs.fleet import done, fleet
from tests.billing.story import at
from tests.cast import House, Person
from tests.desk.browser import Browser

Desk = Callable[[Person], Browser]
INVOICES = "/admin/billing/invoice/"


@pytest.fixture
def house(committed_house: House) -> House:
    """R-0001 over 100.00 EUR, R-0002 over 2,500.50 EUR, R-0003 over 70.00 USD; a draft over 300.00 EUR."""
    finance = committed_house.finance.actor
    contracts = fleet(committed_house, ["100.00", "2500.50", "300.00"])
    others = fleet(committed_house, ["70.00"], currency="USD", prefix="K-USD")
    done(finance, "draft", only=[*contracts, *others])
    done(finance, "finalize", only=[*contracts[:2], *others])
    return committed_house


def test_what_was_never_sent_is_counted_with_its_money_and_leads_to_the_list(house: House, desk: Desk) -> None:
    finance = desk(house.finance).open("/admin/")
    assert "3 documents to send" in finance.page
    assert "finalized, and not sent to the customer; the oldest is of 3 May 2026" in finance.page
    assert "past the day" not in finance.page
    for amount in ("2,600.50", "70.00"):
        assert amount in finance.page
    assert finance.leads_to(f"{INVOICES}?view=to_send")
    assert finance.leads_to(f"{INVOICES}?view=to_send&currency=EUR")
    listed = finance.open(f"{INVOICES}?view=to_send&currency=EUR").page
    assert "R-0001" in listed
    assert "70.00 USD" not in listed


def test_a_mail_takes_it_from_the_count_unless_it_failed_and_a_credit_note_lowers_the_sum(
    house: House, desk: Desk, today: Callable[[int, int], None]
) -> None:
    finance = house.finance.actor
    first, second = Invoice.objects.filter(number__in=("R-0001", "R-0002")).order_by("number")
    for invoice, state in ((first, "sent"), (second, "failed")):
        ended = {"sent_to": ["ap@aurel.example"]} if state == "sent" else {"last_error": "550 no such mailbox"}
        Delivery.objects.create(
            invoice=invoice, contract=invoice.contract, customer=invoice.customer, number=1, how="link",
            message_id=f"<{invoice.number}@vendor.example>", to=["ap@aurel.example"], subject=str(invoice.number),
            body="", asked_by="Fiona Nance", asked_at=at(5, 4), state=state, handed_over_at=at(5, 4),
            ended_at=at(5, 4), **ended,
        )  # fmt: skip
    draft = credit_invoice(
        actor=finance, invoice=second, parts=[OfAmount(amount=Decimal("0.50"))], reason="Half a euro.", now=at(5, 5)
    )
    finalize_invoice(actor=finance, invoice=draft, now=at(5, 5), today=at(5, 5).date())

    found = unsent(actor=finance, today=at(5, 5).date())

    assert found is not None
    assert (found.documents, found.in_vain, found.past_due) == (3, 1, 0)
    assert found.amounts == {"EUR": Decimal("2500.00"), "USD": Decimal("70.00")}
    assert first.due_date is not None
    today(first.due_date.month, first.due_date.day + 1)
    page = desk(house.account_manager).open("/admin/")
    assert "3 documents to send" in page.page
    # The credit note is due at once and asks nobody for money.
    assert "; 2 are past the day of payment" in page.page
    assert "1 was mailed and not delivered" in page.page
    assert page.leads_to(f"{INVOICES}?view=not_delivered")
