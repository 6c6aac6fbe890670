"""Every invariant, broken from raw SQL as the application's role: the database refuses each."""

from dataclasses import dataclass

import pytest
from django.db import DatabaseError, connection, transaction

from billing.models import Invoice, TrueUp
from tests.billing.story import APRIL, MAY, Story, at, people


@dataclass(frozen=True, kw_only=True)
class Books:
    """A finalized invoice R-0001 with a true-up that R-0002 settles, one undecided, and a draft."""

    story: Story
    values: dict[str, object]


@pytest.fixture
def books(plain_story: Story) -> Books:
    story = plain_story
    story.deliver(people(100), APRIL, now=at(5, 1))
    first = story.bill(APRIL, now=at(5, 3), render=True)
    story.deliver(people(110), APRIL, now=at(5, 12))
    settled = story.accept(TrueUp.objects.get(), now=at(5, 13))
    story.deliver(people(120), MAY, now=at(6, 1))
    second = story.bill(MAY, now=at(6, 2))
    story.deliver(people(125), MAY, now=at(6, 10))
    proposed = TrueUp.objects.get(state="proposed")
    return Books(
        story=story,
        values={
            "first": first.pk,
            "second": second.pk,
            "period": story.row(APRIL).pk,
            "settled": settled.pk,
            "proposed": proposed.pk,
            "customer_b": story.house.customer_b.pk,
            "contract_b": story.house.contract_b.pk,
        },
    )


PERIOD_COLUMNS = (
    "customer_id, contract_id, charge_key, kind, period, zone, starts_at, ends_at, state, held_code, held_words, "
    "released, rating_digest"
)

BREAKS = {
    "an amount of a finalized invoice is changed": "UPDATE billing_invoice SET net_amount = 1 WHERE id = %(first)s",
    "a finalized invoice goes back to draft": "UPDATE billing_invoice SET state = 'draft' WHERE id = %(first)s",
    "the snapshot is rewritten": "UPDATE billing_invoice SET snapshot = '{}' WHERE id = %(first)s",
    "a number is moved": "UPDATE billing_invoice SET number = 'R-0009' WHERE id = %(second)s",
    "a finalized invoice is deleted": "DELETE FROM billing_invoice WHERE id = %(first)s",
    "a line of a finalized invoice is changed": "UPDATE billing_invoiceline SET key = 'x' WHERE invoice_id = %(first)s",
    "a line of a finalized invoice is deleted": "DELETE FROM billing_invoiceline WHERE invoice_id = %(first)s",
    "a line is added to a finalized invoice": """
        INSERT INTO billing_invoiceline (invoice_id, customer_id, position, key, charge_key, kind, quantity, unit_price,
            amount, tax_category, tax_rate, words, period, billing_period_id)
        SELECT invoice_id, customer_id, 99, 'more', charge_key, kind, 0, 0, 0, tax_category, tax_rate, words, period,
            billing_period_id FROM billing_invoiceline WHERE invoice_id = %(first)s LIMIT 1""",
    "the invoices are emptied": "TRUNCATE billing_invoice CASCADE",
    "the lines are emptied": "TRUNCATE billing_invoiceline",
    "the periods are emptied": "TRUNCATE billing_billingperiod CASCADE",
    "the history is emptied": "TRUNCATE billing_invoiceevent",
    "the documents are emptied": "TRUNCATE billing_invoicedocument",
    "the true-ups are emptied": "TRUNCATE billing_trueup CASCADE",
    "an event is changed": "UPDATE billing_invoiceevent SET actor_name = 'somebody' WHERE invoice_id = %(first)s",
    "an event is deleted": "DELETE FROM billing_invoiceevent WHERE invoice_id = %(first)s",
    "a document is changed": "UPDATE billing_invoicedocument SET sha256 = repeat('0', 64) WHERE invoice_id = %(first)s",
    "a document is deleted": "DELETE FROM billing_invoicedocument WHERE invoice_id = %(first)s",
    "a second PDF is stored": """
        INSERT INTO billing_invoicedocument (invoice_id, customer_id, kind, storage_key, sha256, size, stored_at)
        SELECT invoice_id, customer_id, kind, storage_key || 'x', sha256, size, stored_at
            FROM billing_invoicedocument WHERE invoice_id = %(first)s AND kind = 'pdf'""",
    "an invoiced period is opened again": "UPDATE billing_billingperiod SET state = 'open' WHERE id = %(period)s",
    "an invoiced period is counted again": "UPDATE billing_billingperiod SET count_id = NULL WHERE id = %(period)s",
    "an invoiced period is deleted": "DELETE FROM billing_billingperiod WHERE id = %(period)s",
    "a day is billed twice": f"""
        INSERT INTO billing_billingperiod ({PERIOD_COLUMNS})
        SELECT customer_id, contract_id, charge_key, kind, '[2026-04-30,2026-05-02)', zone, starts_at, ends_at, 'open',
            '', '', '[]', '' FROM billing_billingperiod WHERE id = %(period)s""",
    "a period without a day is made": f"""
        INSERT INTO billing_billingperiod ({PERIOD_COLUMNS})
        SELECT customer_id, contract_id, charge_key, kind, 'empty', zone, starts_at, ends_at, 'open', '', '', '[]', ''
            FROM billing_billingperiod WHERE id = %(period)s""",
    "a period without an end is made": f"""
        INSERT INTO billing_billingperiod ({PERIOD_COLUMNS})
        SELECT customer_id, contract_id, charge_key, kind, '[2027-04-30,)', zone, starts_at, ends_at, 'open', '', '',
            '[]', '' FROM billing_billingperiod WHERE id = %(period)s""",
    "a period is held without a reason": f"""
        INSERT INTO billing_billingperiod ({PERIOD_COLUMNS})
        SELECT customer_id, contract_id, charge_key, kind, '[2026-12-01,2027-01-01)', zone, starts_at, ends_at, 'held',
            '', '', '[]', '' FROM billing_billingperiod WHERE id = %(period)s""",
    "a period of one customer stands under another": f"""
        INSERT INTO billing_billingperiod ({PERIOD_COLUMNS})
        SELECT %(customer_b)s, contract_id, charge_key, kind, '[2026-12-01,2027-01-01)', zone, starts_at, ends_at,
            'open', '', '', '[]', '' FROM billing_billingperiod WHERE id = %(period)s""",
    "a counted period is rated without its count": f"""
        INSERT INTO billing_billingperiod ({PERIOD_COLUMNS}, contract_version_id, rated_usage, rating)
        SELECT customer_id, contract_id, charge_key, kind, '[2026-12-01,2027-01-01)', zone, starts_at, ends_at,
            'counted', '', '', '[]', rating_digest, contract_version_id, rated_usage, rating
            FROM billing_billingperiod WHERE id = %(period)s""",
    "a period that counts nothing has a count": f"""
        INSERT INTO billing_billingperiod ({PERIOD_COLUMNS}, is_counted, count_id)
        SELECT customer_id, contract_id, 'plan', kind, period, zone, starts_at, ends_at, 'open', '', '', '[]', '',
            false, count_id FROM billing_billingperiod WHERE id = %(period)s""",
    "a counted period is due before it is over": f"""
        INSERT INTO billing_billingperiod ({PERIOD_COLUMNS}, is_in_advance)
        SELECT customer_id, contract_id, 'plan', kind, period, zone, starts_at, ends_at, 'open', '', '', '[]', '', true
            FROM billing_billingperiod WHERE id = %(period)s""",
    "a true-up compares a count with nothing": "UPDATE billing_trueup SET before_count_id = NULL WHERE id = %(proposed)s",
    "a number is skipped": "UPDATE billing_invoiceseries SET next_number = next_number + 5",
    "a number is given again": "UPDATE billing_invoiceseries SET next_number = 1",
    "a series begins elsewhere": "UPDATE billing_invoiceseries SET first_number = 2",
    "a series is deleted": "DELETE FROM billing_invoiceseries",
    "a decision is changed": "UPDATE billing_trueup SET state = 'waived' WHERE id = %(settled)s",
    "the amount of a decision is changed": "UPDATE billing_trueup SET difference_amount = 1 WHERE id = %(settled)s",
    "a settlement is undone": "UPDATE billing_trueup SET invoice_id = NULL WHERE id = %(settled)s",
    "a settlement is moved": "UPDATE billing_trueup SET invoice_id = %(first)s WHERE id = %(settled)s",
    "the amount of a proposal is changed": "UPDATE billing_trueup SET difference_amount = 1 WHERE id = %(proposed)s",
    "a proposal is accepted without a reason": "UPDATE billing_trueup SET state = 'accepted' WHERE id = %(proposed)s",
    "a true-up is deleted": "DELETE FROM billing_trueup WHERE id = %(proposed)s",
    "a proposal is billed": """
        INSERT INTO billing_invoice (public_id, customer_id, contract_id, state, currency, period, zone, net_amount,
            tax_amount, gross_amount, snapshot_digest, previous_digest, chain_digest, finalized_by, drafted_at)
        SELECT 'x', customer_id, contract_id, 'draft', currency, period, zone, 145, 0, 145, '', '', '', '', drafted_at
            FROM billing_invoice WHERE id = %(first)s;
        INSERT INTO billing_invoiceline (invoice_id, customer_id, position, key, charge_key, kind, quantity, unit_price,
            amount, tax_category, tax_rate, words, period, true_up_id)
        SELECT (SELECT id FROM billing_invoice WHERE public_id = 'x'), customer_id, 1, 'k', 'seats', 'true_up', 1, 145,
            145, 'S', 19, 'w', '[2026-05-01,2026-06-01)', id FROM billing_trueup WHERE id = %(proposed)s""",
    "a true-up is settled twice": """
        INSERT INTO billing_invoice (public_id, customer_id, contract_id, state, currency, period, zone, net_amount,
            tax_amount, gross_amount, snapshot_digest, previous_digest, chain_digest, finalized_by, drafted_at)
        SELECT 'x', customer_id, contract_id, 'draft', currency, period, zone, 290, 0, 290, '', '', '', '', drafted_at
            FROM billing_invoice WHERE id = %(first)s;
        INSERT INTO billing_invoiceline (invoice_id, customer_id, position, key, charge_key, kind, quantity, unit_price,
            amount, tax_category, tax_rate, words, period, true_up_id)
        SELECT (SELECT id FROM billing_invoice WHERE public_id = 'x'), customer_id, 1, 'k', 'seats', 'true_up', 1, 290,
            290, 'S', 19, 'w', '[2026-05-01,2026-06-01)', id FROM billing_trueup WHERE id = %(settled)s""",
    "a draft whose lines are not its net": """
        INSERT INTO billing_invoice (public_id, customer_id, contract_id, state, currency, period, zone, net_amount,
            tax_amount, gross_amount, snapshot_digest, previous_digest, chain_digest, finalized_by, drafted_at)
        SELECT 'x', customer_id, contract_id, 'draft', currency, period, zone, 100, 19, 119, '', '', '', '', drafted_at
            FROM billing_invoice WHERE id = %(first)s""",
    "a gross that is not net and tax": """
        INSERT INTO billing_invoice (public_id, customer_id, contract_id, state, currency, period, zone, net_amount,
            tax_amount, gross_amount, snapshot_digest, previous_digest, chain_digest, finalized_by, drafted_at)
        SELECT 'x', customer_id, contract_id, 'draft', currency, period, zone, 0, 19, 20, '', '', '', '', drafted_at
            FROM billing_invoice WHERE id = %(first)s""",
    "an invoice of one customer on another's contract": """
        INSERT INTO billing_invoice (public_id, customer_id, contract_id, state, currency, period, zone, net_amount,
            tax_amount, gross_amount, snapshot_digest, previous_digest, chain_digest, finalized_by, drafted_at)
        SELECT 'x', customer_id, %(contract_b)s, 'draft', currency, period, zone, 0, 0, 0, '', '', '', '', drafted_at
            FROM billing_invoice WHERE id = %(first)s""",
    "a document out of the series' order": """
        INSERT INTO billing_invoice (public_id, customer_id, contract_id, state, series_id, sequence, number, currency,
            period, zone, issue_date, due_date, net_amount, tax_amount, gross_amount, snapshot, snapshot_digest,
            previous_digest, chain_digest, drafted_at, finalized_at, finalized_by)
        SELECT 'x', customer_id, contract_id, state, series_id, 4, 'R-0004', currency, period, zone, issue_date,
            due_date, net_amount, tax_amount, gross_amount, jsonb_set(snapshot, '{number}', '"R-0004"'),
            snapshot_digest, previous_digest, chain_digest, drafted_at, finalized_at, finalized_by
            FROM billing_invoice WHERE id = %(second)s""",
    "a document of a draft": """
        INSERT INTO billing_invoice (public_id, customer_id, contract_id, state, currency, period, zone, net_amount,
            tax_amount, gross_amount, snapshot_digest, previous_digest, chain_digest, finalized_by, drafted_at)
        SELECT 'x', customer_id, contract_id, 'draft', currency, period, zone, 0, 0, 0, '', '', '', '', drafted_at
            FROM billing_invoice WHERE id = %(first)s;
        INSERT INTO billing_invoicedocument (invoice_id, customer_id, kind, storage_key, sha256, size, stored_at)
        SELECT id, customer_id, 'pdf', 'k', repeat('0', 64), 1, now() FROM billing_invoice WHERE public_id = 'x'""",
    "a wall is taken down": "ALTER TABLE billing_invoice DISABLE ROW LEVEL SECURITY",
    "a trigger is switched off": "ALTER TABLE billing_invoice DISABLE TRIGGER ALL",
    "replication mode is used to pass the triggers": "SET LOCAL session_replication_role = replica",
}


# What may stop a statement: a rule of the rows (restrict, check, exclusion, unique, foreign key) or a missing right.
# Any other code would be a statement that the server did not understand, which proves nothing.
REFUSALS = {"23001", "23514", "23P01", "23505", "23503", "42501"}


def test_the_database_refuses_every_break(books: Books) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("rollcall_app", False, False)
    answers = {what: attempt(sql, books.values) for what, sql in BREAKS.items()}

    assert {what: answer for what, answer in answers.items() if answer not in REFUSALS} == {}
    assert Invoice.objects.filter(state="finalized").count() == 2


def attempt(sql: str, values: dict[str, object]) -> str:
    """The SQLSTATE of the refusal, or what happened instead; whatever it did is rolled back."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
            return f"went through on {cursor.rowcount} rows"
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", error))
