"""`manage.py check_invariants`: clean on a whole story, and one changed byte behind the database's back is found."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from psycopg import sql

from billing.invariants import CHECKS
from billing.models import InvoiceDocument, TrueUp
from ground.models import Job
from ground.storage import stored_path
from rollcall.signing import SigningKey
from tests.billing.story import APRIL, MAY, Story, at, people
from tests.databases import TestServer
from usage.models import ActiveUserCount, EvidenceFile


@pytest.fixture
def told(plain_story: Story) -> Story:
    """April billed, a late file accepted, May billed with its line and drafted documents, June's facts proposed."""
    story = plain_story
    story.deliver(people(30), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3), render=True)
    story.deliver(people(33), APRIL, now=at(5, 12))
    story.accept(TrueUp.objects.get(), now=at(5, 13))
    story.deliver(people(31), MAY, now=at(6, 1))
    story.bill(MAY, now=at(6, 2), render=True)
    story.deliver(people(36), MAY, now=at(6, 9))
    return story


OF_LICENSES = (
    *("licenses_contractversion", "licenses_vendorkey", "licenses_licensefile"),
    *("licenses_instancekey", "licenses_keyrevocation"),
)


class Intruder:
    """The owner of the tables, who switched off their triggers, checks and row-level security."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        for (table,) in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            if not table.startswith(("billing_", "usage_", *OF_LICENSES)):
                continue
            self.run("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", table)
            self.run("ALTER TABLE {} DISABLE TRIGGER USER", table)
            for (check,) in self.rows(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", table
            ):
                self.run("ALTER TABLE {} DROP CONSTRAINT {}", table, check)

    def run(self, statement: str, *names: str) -> None:
        self.connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def rows(self, query: str, *values: object) -> list[tuple[str, ...]]:
        return self.connection.execute(query.encode(), values).fetchall()

    @contextmanager
    def changed(self, table: str, change: str, which: str) -> Iterator[None]:
        """One row is changed for the length of the block, and then what it was."""
        ((number, before),) = self.rows(f"SELECT id, to_jsonb(t)::text FROM {table} t {which}")
        columns = ", ".join(
            f'"{name}"'
            for (name,) in self.rows(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
                table,
            )
        )
        done = self.connection.execute(f"UPDATE {table} SET {change} WHERE id = {number}".encode())
        assert done.rowcount == 1
        try:
            yield
        finally:
            self.connection.execute(
                f"UPDATE {table} SET ({columns}) = (SELECT {columns} FROM jsonb_populate_record(NULL::{table}, "
                f"%s::jsonb)) WHERE id = {number}".encode(),
                [before],
            )


@pytest.fixture
def intruder(told: Story, cloned_database: str, database_server: TestServer) -> Iterator[Intruder]:
    name = cloned_database.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(database_server.owner(name), autocommit=True) as connection:
        yield Intruder(connection)


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def test_a_whole_story_is_clean_and_every_check_says_what_it_looked_at(told: Story) -> None:
    out = io.StringIO()

    call_command("check_invariants", stdout=out)

    lines = out.getvalue().splitlines()
    assert lines[-1] == "Every invariant holds."
    assert len(lines) == len(CHECKS) + 1
    assert all(": ok (" in line for line in lines[:-1])
    assert "numbers have no gap, dates do not decrease: ok (1 series, 2 numbers)" in lines
    assert "true-ups follow each other and are settled once: ok (2 true-ups, 1 settled)" in lines


# What is changed, in which table, and how: one value of one row each.
FIRST = "ORDER BY id LIMIT 1"
TAMPERED = {
    "net amount": (
        "billing_invoice",
        "net_amount = net_amount + 0.01, gross_amount = gross_amount + 0.01",
    ),
    "tax amount": ("billing_invoice", "tax_amount = 0"),
    "snapshot": ("billing_invoice", "snapshot = jsonb_set(snapshot, '{buyer,name}', '\"X\"')"),
    "snapshot digest": ("billing_invoice", "snapshot_digest = 'sha256:' || repeat('0', 64)"),
    "chain digest": ("billing_invoice", "chain_digest = 'sha256:' || repeat('0', 64)"),
    "number": ("billing_invoice", "number = 'R-0007'"),
    "sequence": ("billing_invoice", "sequence = 9"),
    "issue date": ("billing_invoice", "issue_date = '2026-12-31'"),
    "who finalized": ("billing_invoice", "finalized_by = 'Somebody'"),
    "words of a line": ("billing_invoiceline", "words = words || '.'"),
    "quantity of a line": ("billing_invoiceline", "quantity = quantity + 1"),
    "hash of a document": ("billing_invoicedocument", "sha256 = repeat('0', 64)"),
    "size of a document": ("billing_invoicedocument", "size = size + 1"),
    "an event": ("billing_invoiceevent", "verb = 'redrafted'"),
    "next number": ("billing_invoiceseries", "next_number = 4"),
    "rating": ("billing_billingperiod", "rating = jsonb_set(rating, '{net_amount}', '\"1.00\"')"),
    "rated usage": ("billing_billingperiod", "rated_usage = '{\"periods\": []}'"),
    "rating digest": ("billing_billingperiod", "rating_digest = 'sha256:' || repeat('0', 64)"),
    "state of a period": ("billing_billingperiod", "state = 'drafted'"),
    "difference": ("billing_trueup", "difference_amount = 1"),
    "new rating": (
        "billing_trueup",
        "after_rating = jsonb_set(after_rating, '{net_amount}', '\"1.00\"')",
    ),
    "settlement": ("billing_trueup", "invoice_id = NULL"),
    "terms": ("licenses_contractversion", "terms = jsonb_set(terms, '{tax,rate}', '\"7\"')"),
    "count": ("usage_activeusercount", "active_users = active_users + 1"),
    "daily series": ("usage_activeusercount", "daily = jsonb_set(daily, '{2026-04-01}', '9')"),
    "digest of a count": ("usage_activeusercount", "digest = 'sha256:' || repeat('0', 64)"),
    "digest of evidence": ("usage_evidencefile", "digest = 'sha256:' || repeat('0', 64)"),
}
# The first row of a table is not always the billed one.
WHICH = {
    "billing_billingperiod": "WHERE period = '[2026-04-01,2026-05-01)' AND invoice_id IS NOT NULL",
    "licenses_contractversion": "ORDER BY id DESC LIMIT 1",
}


def test_each_changed_value_is_found_and_its_row_named(intruder: Intruder) -> None:
    silent, nameless = [], []
    for what, (table, change) in TAMPERED.items():
        with intruder.changed(table, change, WHICH.get(table, FIRST)):
            found = findings()
        if not found:
            silent.append(what)
        elif not any("row" in finding for finding in found):
            nameless.append((what, found))

    assert silent == []
    assert nameless == []
    assert findings() == []


def test_a_finding_ends_the_command_with_status_1(intruder: Intruder) -> None:
    out = io.StringIO()

    with intruder.changed("billing_invoiceline", "words = words || '.'", FIRST), pytest.raises(SystemExit) as ended:
        call_command("check_invariants", "--quiet", stdout=out)

    assert ended.value.code == 1
    assert "WRONG: invoice R-0001 (row" in out.getvalue()


def flip(key: str) -> None:
    """Turn one bit in the middle of a stored file."""
    path = Path(settings.STORAGE_ROOT) / key
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_one_bit_of_any_stored_file_is_found(told: Story) -> None:
    document, count = InvoiceDocument.objects.filter(kind="pdf").first(), ActiveUserCount.objects.first()
    evidence = EvidenceFile.objects.first()
    assert document is not None
    assert count is not None
    assert evidence is not None
    bundle = InvoiceDocument.objects.filter(kind="bundle").first()
    assert bundle is not None
    for key, words in (
        (document.storage_key, "pdf of invoice"),
        (bundle.storage_key, "bundle of invoice"),
        (count.verdicts_key, f"count row {count.pk}"),
        (evidence.storage_key, f"evidence of evidence row {evidence.pk}"),
        (evidence.names_key, f"names of evidence row {evidence.pk}"),
    ):
        flip(key)
        found = findings()
        assert len(found) == 1, found
        assert words in found[0]
        flip(key)
    assert findings() == []


def test_a_missing_pdf_is_under_way_while_its_job_waits_and_wrong_after(plain_story: Story) -> None:
    plain_story.deliver(people(3), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))

    out = io.StringIO()
    call_command("check_invariants", stdout=out)
    assert "lacks e_invoice, evidence_csv, pdf; its job is under way" in out.getvalue()

    Job.objects.update(state="failed")
    lacking = [finding.partition(") ")[2] for finding in findings()]
    assert lacking == [
        "lacks e_invoice, evidence_csv, pdf, and no job will make it",
        "has no bundle, and no job will make it",
    ]


def test_a_bundle_of_another_invoice_or_by_another_key_is_found(told: Story, intruder: Intruder) -> None:
    april, may = InvoiceDocument.objects.filter(kind="bundle").order_by("invoice__sequence")
    swapped = f"storage_key = '{april.storage_key}x', sha256 = '{april.sha256}', size = {april.size}"
    shutil.copy(stored_path(april.storage_key, april.sha256), Path(settings.STORAGE_ROOT) / f"{april.storage_key}x")
    with intruder.changed("billing_invoicedocument", swapped, f"WHERE id = {may.pk}"):
        assert [finding.partition("): ")[2] for finding in findings()] == [
            "its bundle is of another invoice, or of another state of it"
        ]
    strange = bytes(SigningKey.generate().verify_key).hex()
    forged = f"public_key = decode('{strange}', 'hex')"
    with intruder.changed("licenses_vendorkey", forged, FIRST):
        found = findings()
    assert len(found) == 2
    assert all("its bundle does not verify: MANIFEST.json: The signature is not by" in one for one in found)
    assert findings() == []
