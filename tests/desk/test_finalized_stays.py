"""A finalized invoice stays as it is, whatever the route: the ORM, SQL as the app's role, the desk, operations.

The whole list of SQL statements that the database refuses is in `tests/billing/test_database_refuses.py`.
"""

from collections.abc import Callable
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Model, QuerySet

from billing.models import Invoice, InvoiceDocument, InvoiceEvent, InvoiceLine
from billing.operations.discard_draft import discard_draft
from billing.operations.redraft_invoice import redraft_invoice
from billing.state_moves import MoveRefused
from ground.storage import open_stored
from tests.billing.story import APRIL, Story, at, people
from tests.cast import Person
from tests.desk.browser import Browser


@pytest.fixture
def invoice(plain_story: Story) -> Invoice:
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    return plain_story.bill(APRIL, now=at(5, 3), render=True)


def all_of(invoice: Invoice) -> list[object]:
    """Every value of the invoice, its lines, documents and events, and the bytes of its files."""
    rows: list[QuerySet] = [
        Invoice.objects.filter(pk=invoice.pk),
        InvoiceLine.objects.filter(invoice=invoice),
        InvoiceDocument.objects.filter(invoice=invoice),
        InvoiceEvent.objects.filter(invoice=invoice),
    ]
    files = InvoiceDocument.objects.filter(invoice=invoice).order_by("pk")
    return [list(found.order_by("pk").values()) for found in rows] + [
        open_stored(file.storage_key, file.sha256).read() for file in files
    ]


def changed(row: Model, **values: object) -> Callable[[], object]:
    def save() -> None:
        for name, value in values.items():
            setattr(row, name, value)
        row.save()

    return save


def by_the_orm(invoice: Invoice) -> dict[str, Callable[[], object]]:
    """Ways in which Python code could try."""
    own = Invoice.objects.filter(pk=invoice.pk)
    lines = InvoiceLine.objects.filter(invoice=invoice)
    documents = InvoiceDocument.objects.filter(invoice=invoice)
    line, document = lines.get(), documents.first()
    event = InvoiceEvent.objects.filter(invoice=invoice).first()
    assert document is not None
    assert event is not None
    again = InvoiceLine(**{field.attname: getattr(line, field.attname) for field in line._meta.concrete_fields})
    again.pk, again.position, again.key = None, 99, "another"
    return {
        "save": changed(Invoice.objects.get(pk=invoice.pk), net_amount=Decimal(1)),
        "save as a draft": changed(Invoice.objects.get(pk=invoice.pk), state="draft"),
        "update": lambda: own.update(gross_amount=Decimal(1)),
        "update nothing": lambda: own.update(number=invoice.number),
        "delete": lambda: own.delete(),
        "raw delete": lambda: own._raw_delete(own.db),
        "bulk update": lambda: Invoice.objects.bulk_update([invoice], ["issue_date"]),
        "save a line": changed(line, amount=Decimal(1)),
        "update lines": lambda: lines.update(quantity=Decimal(1)),
        "delete lines": lambda: lines.delete(),
        "add a line": lambda: InvoiceLine.objects.bulk_create([again]),
        "save a document": changed(document, sha256="0" * 64),
        "delete documents": lambda: documents.delete(),
        "save an event": changed(event, actor_name="nobody"),
        "delete events": lambda: InvoiceEvent.objects.filter(invoice=invoice).delete(),
    }


STATEMENTS = (
    "UPDATE billing_invoice SET snapshot = '{}'",
    "UPDATE billing_invoice SET finalized_at = now()",
    "DELETE FROM billing_invoice",
    "TRUNCATE billing_invoice CASCADE",
    "UPDATE billing_invoiceline SET words = 'x'",
    "DELETE FROM billing_invoiceline",
    "MERGE INTO billing_invoice i USING (SELECT 1) s ON true WHEN MATCHED THEN UPDATE SET net_amount = 0",
    "INSERT INTO billing_invoice SELECT * FROM billing_invoice ON CONFLICT (id) DO UPDATE SET net_amount = 0",
    "WITH gone AS (DELETE FROM billing_invoiceline RETURNING 1) SELECT count(*) FROM gone",
)


def running(statement: str) -> Callable[[], object]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


def goes_through(attempt: Callable[[], object]) -> bool:
    """Whether the database lets it happen; if it does, it is undone."""
    try:
        with transaction.atomic():
            attempt()
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


def test_the_orm_and_sql_are_refused(invoice: Invoice) -> None:
    before = all_of(invoice)
    attempts = by_the_orm(invoice) | {statement: running(statement) for statement in STATEMENTS}
    assert [what for what, attempt in attempts.items() if goes_through(attempt)] == []
    assert all_of(invoice) == before


def test_operations_and_the_desk_refuse_in_words(
    plain_story: Story, invoice: Invoice, desk: Callable[[Person], Browser]
) -> None:
    before = all_of(invoice)
    today = at(5, 4).date()
    with pytest.raises(MoveRefused):
        redraft_invoice(actor=plain_story.finance, invoice=invoice, now=at(5, 4), today=today)
    with pytest.raises(MoveRefused):
        discard_draft(actor=plain_story.finance, invoice=invoice, reason="A mistake.", now=at(5, 4))
    finance = desk(plain_story.house.finance).open(f"/admin/invoices/{invoice.public_id}/")
    assert [action for action in finance.forms if "/invoices/" in action] == []
    token = desk(plain_story.house.finance).open("/admin/close/")
    sent = {"csrfmiddlewaretoken": token.forms["/admin/close/draft/"]["csrfmiddlewaretoken"], "reason": "A mistake."}
    for verb, status in (("finalize", 200), ("redraft", 200), ("discard", 200)):
        response = token.client.post(f"/admin/invoices/{invoice.public_id}/{verb}/", sent, follow=True)
        assert response.status_code == status
    for verb in ("change", "delete"):
        response = token.client.post(f"/admin/billing/invoice/{invoice.pk}/{verb}/", sent | {"net_amount": "1"})
        assert response.status_code == 403
    assert all_of(invoice) == before
    call_command("check_invariants", stdout=StringIO())
