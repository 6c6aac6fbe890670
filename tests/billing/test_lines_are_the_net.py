"""The lines of every invoice are its net amount at commit, whatever statements led there, and looking costs little."""

from collections.abc import Callable, Sequence

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.models import Invoice, InvoiceLine
from tests.billing.runs.fleet import done, fleet
from tests.cast import House

MORE = """
    INSERT INTO billing_invoiceline (invoice_id, customer_id, position, key, charge_key, kind, quantity, unit_price,
        amount, tax_category, tax_rate, words, period, billing_period_id)
    SELECT {invoice}, customer_id, position + n, key || n, charge_key, kind, 1, {amount}, {amount}, tax_category,
        tax_rate, words, period, billing_period_id
    FROM billing_invoiceline, generate_series(1, {times}) AS n WHERE invoice_id = {invoice}"""
CHECKS = "SET CONSTRAINTS ALL"
# Two drafts of 100.00 and 200.00, of one line each. What leaves another sum behind at commit is refused.
BREAKS: dict[str, Sequence[str]] = {
    "a line more": [MORE.format(invoice="{a}", amount=1, times=1)],
    "many lines more": [MORE.format(invoice="{a}", amount=1, times=50)],
    "another amount": ["UPDATE billing_invoiceline SET amount = amount + 1 WHERE invoice_id = {a}"],
    "no line": ["DELETE FROM billing_invoiceline WHERE invoice_id = {a}"],
    "another net": [
        "UPDATE billing_invoice SET net_amount = net_amount + 1, gross_amount = gross_amount + 1 WHERE id = {a}"
    ],
    "a line of another draft": ["UPDATE billing_invoiceline SET invoice_id = {b}, position = 9 WHERE invoice_id = {a}"],
    "two lines exchanged": [
        "UPDATE billing_invoiceline SET invoice_id = {a} + {b} - invoice_id, position = 8 + position WHERE invoice_id IN ({a}, {b})"
    ],
    "after all was looked at": [
        "UPDATE billing_invoice SET net_amount = 0, tax_amount = 0, gross_amount = 0 WHERE id = {a}",
        "DELETE FROM billing_invoiceline WHERE invoice_id = {a}",
        f"{CHECKS} IMMEDIATE",
        f"{CHECKS} DEFERRED",
        "UPDATE billing_invoice SET net_amount = 5, gross_amount = 5 WHERE id = {a}",
    ],
    "lines after all was looked at": [
        MORE.format(invoice="{a}", amount=0, times=1),
        f"{CHECKS} IMMEDIATE",
        f"{CHECKS} DEFERRED",
        "UPDATE billing_invoiceline SET amount = amount + 1 WHERE invoice_id = {a}",
    ],
    "looked at at once": [f"{CHECKS} IMMEDIATE", MORE.format(invoice="{a}", amount=1, times=1)],
    "by an insert that changes": [
        "INSERT INTO billing_invoiceline SELECT * FROM billing_invoiceline WHERE invoice_id = {a}"
        " ON CONFLICT (id) DO UPDATE SET amount = 7"
    ],
    "by a merge": [
        "MERGE INTO billing_invoiceline l USING (SELECT {a} AS invoice) AS s ON l.invoice_id = s.invoice"
        " WHEN MATCHED THEN UPDATE SET amount = 7"
    ],
}
# What is wrong only on the way, in any order, is not.
KEEPS: dict[str, Sequence[str]] = {
    "the net first": [
        "UPDATE billing_invoice SET net_amount = 101, gross_amount = tax_amount + 101 WHERE id = {a}",
        MORE.format(invoice="{a}", amount=1, times=1),
    ],
    "the lines first": [
        MORE.format(invoice="{a}", amount=1, times=20),
        "UPDATE billing_invoice SET net_amount = 120, gross_amount = tax_amount + 120 WHERE id = {a}",
    ],
    "there and back": [
        "UPDATE billing_invoiceline SET amount = amount + 1 WHERE invoice_id = {a}",
        "UPDATE billing_invoiceline SET amount = amount - 1 WHERE invoice_id = {a}",
    ],
    "lines that come to nothing": [
        MORE.format(invoice="{a}", amount=3, times=1),
        "UPDATE billing_invoiceline SET amount = 97 WHERE invoice_id = {a} AND position = 1",
    ],
}


@pytest.fixture
def drafts(committed_house: House) -> dict[str, int]:
    """Two drafts: a of 100.00, b of 200.00."""
    fleet(committed_house, ["100.00", "200.00"])
    done(committed_house.finance.actor, "draft")
    a, b = Invoice.objects.order_by("net_amount").values_list("pk", flat=True)
    return {"a": a, "b": b}


def said(statements: Sequence[str], values: dict[str, int]) -> str:
    """Run statements in one transaction; return what the database said against it, the empty text for nothing."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.format(**values))
    except DatabaseError as refused:
        return str(refused)
    return ""


def test_what_leaves_another_sum_is_refused_at_commit(drafts: dict[str, int]) -> None:
    before = list(InvoiceLine.objects.values_list())
    told = {name: said(statements, drafts) for name, statements in BREAKS.items()}
    assert {name: words for name, words in told.items() if "its net amount is" not in words} == {}
    assert list(InvoiceLine.objects.values_list()) == before


def test_what_comes_to_the_net_by_commit_is_kept(drafts: dict[str, int]) -> None:
    with connection.cursor() as cursor:
        for name, statements in KEEPS.items():
            with transaction.atomic():
                assert said(statements, drafts) == "", name
                cursor.execute(f"{CHECKS} IMMEDIATE")
                transaction.set_rollback(True)


def test_a_draft_and_its_lines_go_together(drafts: dict[str, int]) -> None:
    with CaptureQueriesContext(connection), transaction.atomic():
        gone = Invoice.objects.get(pk=drafts["a"])
        gone.billing_periods.update(invoice=None, state="counted")
        gone.lines.all().delete()
        gone.delete()
    assert list(Invoice.objects.values_list("pk", flat=True)) == [drafts["b"]]


def test_lines_that_are_the_net_leave_the_invoice_alone(drafts: dict[str, int]) -> None:
    def version() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SELECT xmin::text, ctid::text FROM billing_invoice WHERE id = %s", [drafts["a"]])
            return cursor.fetchone()

    before = version()
    write: Callable[[], str] = lambda: said(["UPDATE billing_invoiceline SET words = 'other' WHERE true"], drafts)  # noqa: E731
    assert write() == ""
    # A lock leaves the row where it is; a new version of it would lie elsewhere.
    assert version() == before
