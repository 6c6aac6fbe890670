"""`manage.py verify_documents`: silent on what is as it was; names the document, the line or the file that is not."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from billing.credit_parts import OfUsers
from billing.models import Invoice, InvoiceDocument
from billing.operations.close_accounts import close_accounts
from billing.operations.render_document import render_document
from ground.storage import stored_path
from tests.billing.story import APRIL, Story, at, people
from tests.billing.test_check_invariants import Intruder
from tests.billing.test_credit_by_hand import credit, final
from tests.databases import TestServer

Answer = tuple[int, str]


def verify(*arguments: str) -> Answer:
    """Run the command; its status and what it printed."""
    out = io.StringIO()
    try:
        call_command("verify_documents", *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def credited(plain_story: Story) -> tuple[Invoice, Invoice]:
    """April is billed, three of its users are given back, and both documents are stored; then April is closed."""
    plain_story.deliver(people(30), APRIL, now=at(5, 1))
    invoice = plain_story.bill(APRIL, now=at(5, 3), render=True)
    note = final(plain_story, credit(plain_story, invoice, OfUsers(position=1, users=3)))
    render_document(invoice_id=note.pk, now=at(5, 14))
    close_accounts(
        actor=plain_story.finance,
        legal_entity=plain_story.house.legal_entity,
        through=date(2026, 5, 2),
        now=at(5, 15),
        today=date(2026, 5, 15),
        reason="VAT return of April.",
    )
    return invoice, note


@pytest.fixture
def intruder(credited: tuple[Invoice, Invoice], database_server: TestServer) -> Iterator[Intruder]:
    """Somebody who owns the tables and switched off every rule."""
    name = settings.DATABASES["default"]["NAME"]
    with psycopg.connect(database_server.owner(str(name)), autocommit=True) as connection:
        yield Intruder(connection)


def test_what_is_as_it_was_verifies_and_its_heads_can_be_kept(
    credited: tuple[Invoice, Invoice], tmp_path: Path
) -> None:
    status, said = verify()
    assert (status, "Every document is as it was finalized." in said) == (0, True)
    heads = [line.removeprefix("head ") for line in said.splitlines() if line.startswith("head ")]
    assert [head.split("=")[0] for head in heads] == ["C-0001", "R-0001"]

    kept = tmp_path / "heads.txt"
    kept.write_text("\n".join(heads) + "\n", encoding="utf-8")
    assert verify("--quiet", "--kept-file", str(kept)) == (0, "")
    wrong = f"R-0001=sha256:{'0' * 64}"
    status, said = verify("--quiet", "--kept", wrong, "--kept", f"R-0009=sha256:{'0' * 64}")
    assert (status, "the chain was written anew" in said, "R-0009 was kept" in said) == (1, True, True)
    with pytest.raises(CommandError, match="A kept head is written as"):
        verify("--kept", "R-0001")
    with pytest.raises(CommandError, match="No such file"):
        verify("--kept-file", str(tmp_path / "none.txt"))


TAMPERED = (
    ("billing_invoice", 'snapshot = snapshot || \'{"currency": "USD"}\'', "number = 'R-0001'", "was changed"),
    ("billing_invoice", "number = 'R-0002'", "number = 'R-0001'", "is called R-0002"),
    ("billing_invoice", "previous_digest = 'sha256:0'", "number = 'C-0001'", "the chain does not follow"),
    ("billing_invoice", "issue_date = '2026-05-02'", "number = 'C-0001'", "issue_date is 2026-05-02"),
    (
        "billing_invoice",
        "tax_amount = 16.54, gross_amount = 103.54",
        "number = 'C-0001'",
        "tax is 16.53, not 16.54",
    ),
    (
        "billing_invoiceline",
        "words = 'Something else'",
        "charge_key = 'seats' AND credited_line_id IS NULL",
        "is not what",
    ),
    ("billing_invoiceline", "amount = 1000", "credited_line_id IS NOT NULL", "1000.0000 of 870.0000 went back"),
    ("billing_invoiceseries", "next_number = 9", "kind = 'invoice'", "would give 9 next, not 2"),
    ("billing_accountingclose", "closed_to = '2026-06-01', closed_at = '2026-05-01'", "TRUE", "was closed"),
    ("billing_invoice", "prepaid_amount = 1", "number = 'C-0001'", "credits paid 0.0000, kept back is 1.0000"),
)


def test_every_change_behind_the_back_of_the_database_is_named(intruder: Intruder) -> None:
    for table, change, which, finding in TAMPERED:
        with intruder.changed(table, change, f"WHERE {which} LIMIT 1"):
            status, said = verify("--quiet")
        assert (status, finding in said) == (1, True), (finding, said)
    assert verify("--quiet") == (0, "")


def test_a_changed_file_is_named(credited: tuple[Invoice, Invoice]) -> None:
    pdf = InvoiceDocument.objects.get(invoice=credited[1], kind="pdf")
    path = stored_path(pdf.storage_key, pdf.sha256)
    content, mode = path.read_bytes(), path.stat().st_mode
    path.chmod(0o600)
    path.write_bytes(content.replace(b"%PDF", b"%PDX", 1))

    status, said = verify("--quiet")
    path.write_bytes(content)
    path.chmod(mode)

    assert (status, "pdf of invoice C-0001" in said) == (1, True)
