"""What a customer's database role sees of billing: its own finalized invoices, and no draft by any route."""

from datetime import date

import pytest
from django.db import DatabaseError, connection

from billing.models import BillingPeriod, Invoice, InvoiceDocument, InvoiceLine
from billing.queries import contract_homes, document_of, finalized_invoices, invoice_detail
from ground.portal_wall import portal_transaction
from tests.billing.story import APRIL, MAY, Story, at, people


@pytest.fixture
def told(story: Story) -> Story:
    """April is billed with its PDF, May is drafted."""
    story.deliver(people(320), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3), render=True)
    story.deliver(people(410), MAY, now=at(6, 1))
    story.close(MAY, now=at(6, 2))
    return story


def test_the_portal_sees_its_final_invoices_without_any_python_scoping(told: Story) -> None:
    assert Invoice.objects.count() == 2
    with portal_transaction(told.house.customer_a.pk):
        assert [invoice.number for invoice in Invoice.objects.all()] == ["R-0001"]
        assert InvoiceLine.objects.count() == 2
        assert sorted(InvoiceDocument.objects.values_list("kind", flat=True)) == [
            "bundle",
            "e_invoice",
            "evidence_csv",
            "pdf",
        ]
    with portal_transaction(told.house.customer_b.pk):
        assert Invoice.objects.count() == 0
        assert InvoiceLine.objects.count() == 0
        assert InvoiceDocument.objects.count() == 0
        assert BillingPeriod.objects.values("id").count() == 0


HIDDEN = {
    "the rating of a draft": "SELECT rating FROM billing_billingperiod",
    "all columns of a period": "SELECT * FROM billing_billingperiod",
    "true-ups": "SELECT 1 FROM billing_trueup",
    "the history": "SELECT 1 FROM billing_invoiceevent",
    "the series": "SELECT 1 FROM billing_invoiceseries",
    "the past of periods": "SELECT 1 FROM billing_billingperiodhistory",
    "the past of true-ups": "SELECT 1 FROM billing_trueuphistory",
    "to change an invoice": "UPDATE billing_invoice SET net_amount = 0",
    "to add an invoice": "INSERT INTO billing_invoice (public_id) VALUES ('x')",
    "to delete a line": "DELETE FROM billing_invoiceline",
}


def test_the_portal_has_no_right_to_anything_else(told: Story) -> None:
    assert {what: refusal(told, sql) for what, sql in HIDDEN.items()} == dict.fromkeys(HIDDEN, "42501")


def refusal(told: Story, sql: str) -> str:
    """The SQLSTATE with which the portal's role is refused."""
    try:
        with portal_transaction(told.house.customer_a.pk), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", error))
    return "went through"


def test_the_customers_pages_are_answered_under_its_own_role(told: Story) -> None:
    actor = told.house.customer_admin_a.actor
    with portal_transaction(told.house.customer_a.pk):
        home = contract_homes(actor=actor, today=date(2026, 6, 3))[0]
        invoices = list(finalized_invoices(actor=actor))
        detail = invoice_detail(actor=actor, public_id=invoices[0].public_id, today=date(2026, 6, 3))
        document = document_of(actor=actor, public_id=invoices[0].public_id, kind="pdf")

    assert (home.floor_users, home.days_left) == (400, 27)
    months = {month.period: month for month in home.months}
    april, may = months[APRIL], months[MAY]
    assert (april.state, april.active_users, april.billed_users, f"{april.net_amount:.2f}") == (
        "invoiced",
        320,
        400,
        "11600.00",
    )
    # The draft of May shows its count and no amount.
    assert (may.state, may.active_users, may.net_amount, may.invoice_public_id) == ("drafted", 410, None, "")
    assert detail.counts["billed"] == 400
    assert detail.events == ()
    assert document.invoice_id == invoices[0].pk


def test_another_customers_invoice_does_not_exist(told: Story) -> None:
    invoice = Invoice.objects.get(number="R-0001")
    stranger = told.house.customer_admin_b.actor

    with pytest.raises(Invoice.DoesNotExist):
        invoice_detail(actor=stranger, public_id=invoice.public_id, today=date(2026, 6, 3))
    with pytest.raises(InvoiceDocument.DoesNotExist):
        document_of(actor=stranger, public_id=invoice.public_id, kind="pdf")
    assert list(finalized_invoices(actor=stranger)) == []
