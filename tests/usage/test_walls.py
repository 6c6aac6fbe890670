"""The walls of ``usage`` in the database: broken from raw SQL as the application's role, and found standing."""

import re

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from ground.portal_wall import portal_transaction
from licenses.queries import terms_at
from tests.cast import BUILDER, House
from tests.usage.sending import NOW, SEPTEMBER, Act, csv_of, days, send
from usage.models import (
    ActiveUserCount,
    EvidenceFile,
    ExcusedDay,
    Finding,
    QuarantineWaiver,
    ReportedCount,
    UsageReport,
)
from usage.operations.count_period import count_period
from usage.operations.record_reported_count import record_reported_count

CUSTOMER_MODELS = [UsageReport, Finding, EvidenceFile, ActiveUserCount, ReportedCount, QuarantineWaiver, ExcusedDay]


@pytest.fixture
def counted(house: House) -> House:
    """Customer A has a report with a finding, evidence, a count and a claimed number; B has a report."""
    content = csv_of([Act(user="ada", at="2026-09-01T12:00:00Z"), Act(user="bob", at="never")])
    report = send(house.instance_a, content)
    QuarantineWaiver.objects.create(
        report=report,
        customer=report.customer,
        confirmation=report.confirmation,
        rows=1,
        reason="A test.",
        waived_by="Fiona Nance",
        waived_at=NOW,
    )
    ExcusedDay.objects.create(
        contract=house.contract_a,
        customer=house.customer_a,
        day=SEPTEMBER.start,
        is_excused=True,
        reason="A test.",
        decided_by="Fiona Nance",
        decided_at=NOW,
    )
    send(house.instance_b, days(["bea"], [1]))
    terms = terms_at(contract=house.contract_a, day=SEPTEMBER.start)
    count_period(contract=house.contract_a, metric_name="active", terms=terms, period=SEPTEMBER, now=NOW)
    record_reported_count(
        actor=BUILDER, contract=house.contract_a, period=SEPTEMBER, users=1, source="instance", now=NOW
    )
    return house


REFUSED = [
    ("other bytes", "UPDATE usage_usagereport SET sha256 = repeat('0', 64)", "never changes"),
    ("another place", "UPDATE usage_usagereport SET storage_key = storage_key || 'x'", "never changes"),
    ("another sender", "UPDATE usage_usagereport SET received_by = 'Mallory'", "never changes"),
    ("a better grade", "UPDATE usage_usagereport SET grade = 'signed'", "by a checked signature alone"),
    ("another grade", "UPDATE usage_usagereport SET grade = 'instance_api'", "by a checked signature alone"),
    ("an earlier arrival", "UPDATE usage_usagereport SET received_at = '2020-01-01'", "never changes"),
    ("report deleted", "DELETE FROM usage_usagereport", "never deleted|violates foreign key"),
    ("reports emptied", "TRUNCATE usage_usagereport CASCADE", "never|permission denied"),
    ("unknown state", "UPDATE usage_usagereport SET state = 'fine'", "report_state_is_known"),
    ("rows lost", "UPDATE usage_usagereport SET rows_accepted = rows_accepted - 1", "report_rows_add_up"),
    ("accepted unread", "UPDATE usage_usagereport SET rows_read = NULL", "report_accepted_was_read"),
    ("rejected mutely", "UPDATE usage_usagereport SET state = 'rejected'", "report_rejected_says_why"),
    ("covers nothing", "UPDATE usage_usagereport SET covers = 'empty'", "report_covers_a_finite_span"),
    ("covers forever", "UPDATE usage_usagereport SET covers = tstzrange(now(), NULL)", "report_covers_a_finite_span"),
    (
        "same bytes twice",
        "INSERT INTO usage_usagereport SELECT (jsonb_populate_record(r, jsonb_build_object('id', r.id + 100,"
        " 'public_id', 'x' || r.id, 'storage_key', 'x' || r.id))).* FROM usage_usagereport r",
        "same_bytes_once_per_instance",
    ),
    ("other evidence", "UPDATE usage_evidencefile SET digest = 'sha256:0'", "never changes"),
    ("evidence deleted", "DELETE FROM usage_evidencefile", "never deleted"),
    ("evidence emptied", "TRUNCATE usage_evidencefile", "never|permission denied"),
    (
        "evidence twice",
        "INSERT INTO usage_evidencefile SELECT (jsonb_populate_record(e, jsonb_build_object('id', e.id + 100))).*"
        " FROM usage_evidencefile e",
        "evidence_once_per_ownership",
    ),
    ("another count", "UPDATE usage_activeusercount SET active_users = 0", "append-only|permission denied"),
    ("count deleted", "DELETE FROM usage_activeusercount", "append-only|permission denied"),
    ("counts emptied", "TRUNCATE usage_activeusercount CASCADE", "never|permission denied"),
    (
        "counted twice",
        "INSERT INTO usage_activeusercount SELECT (jsonb_populate_record(c, jsonb_build_object('id', c.id + 100))).*"
        " FROM usage_activeusercount c",
        "count_once_per_evidence_set",
    ),
    ("another claim", "UPDATE usage_reportedcount SET users = 5", "append-only|permission denied"),
    ("claim deleted", "DELETE FROM usage_reportedcount", "append-only|permission denied"),
    ("another waiver", "UPDATE usage_quarantinewaiver SET reason = 'x'", "append-only|permission denied"),
    ("another excuse", "UPDATE usage_excusedday SET reason = 'x'", "append-only|permission denied"),
    ("excuse deleted", "DELETE FROM usage_excusedday", "append-only|permission denied"),
    (
        "excused without a word",
        "INSERT INTO usage_excusedday SELECT (jsonb_populate_record(e, jsonb_build_object('id',"
        " e.id + 100, 'reason', ''))).* FROM usage_excusedday e",
        "excused_day_says_why",
    ),
    ("waiver deleted", "DELETE FROM usage_quarantinewaiver", "append-only|permission denied"),
    ("finding 1,001", "UPDATE usage_finding SET position = 1001", "finding_at_most_1000"),
]


def what_happens(statement: str, parameters: list[str] | None = None) -> str:
    """The database's answer to one statement: its refusal, or that it went through."""
    try:
        with transaction.atomic():
            connection.cursor().execute(statement, parameters)
    except DatabaseError as error:
        return str(error)
    return "went through"


def test_raw_sql_is_refused(counted: House) -> None:
    answers = {case: (what_happens(statement), words) for case, statement, words in REFUSED}
    assert {case: answer for case, (answer, words) in answers.items() if not re.search(words, answer)} == {}


def test_no_row_can_name_another_customer(counted: House) -> None:
    for model, changes in (
        (UsageReport, '{"public_id": "x", "storage_key": "x", "sha256": "' + "0" * 64 + '"}'),
        (Finding, '{"position": 9}'),
        (EvidenceFile, '{"spans_digest": "sha256:0"}'),
        (ActiveUserCount, '{"evidence_set_digest": "sha256:0"}'),
        (ReportedCount, "{}"),
    ):
        table = model._meta.db_table
        statement = (
            f"INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object('id', t.id + 100,"
            f" 'customer_id', {counted.customer_b.pk}) || %s::jsonb)).* FROM {table} t"
            f" WHERE customer_id = {counted.customer_a.pk}"
        )
        assert "same_owner" in what_happens(statement, [changes])


def test_row_level_security_alone_gives_the_wrong_customer_nothing(counted: House) -> None:
    for model in CUSTOMER_MODELS:
        of_a = set(model.objects.filter(customer=counted.customer_a).values_list("pk", flat=True))
        assert of_a
        with portal_transaction(counted.customer_b.pk):
            assert model.objects.filter(pk__in=of_a).count() == 0
            assert not model.objects.filter(customer_id=counted.customer_a.pk).exists()
        with portal_transaction(counted.customer_a.pk):
            assert set(model.objects.values_list("pk", flat=True)) == of_a


def test_every_customer_table_has_the_policy_that_reads_the_customer(counted: House) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_expr(p.polqual, p.polrelid) FROM pg_policy p"
            " JOIN pg_class c ON c.oid = p.polrelid WHERE c.relname LIKE 'usage_%' AND p.polname = 'portal_own'"
        )
        policies = dict(cursor.fetchall())
    assert {model._meta.db_table for model in CUSTOMER_MODELS} <= set(policies)
    assert all("app.customer_id" in words for words in policies.values())


def test_every_table_is_behind_the_wall(counted: House) -> None:
    tables = [model._meta.db_table for model in apps.get_app_config("usage").get_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND NOT (relrowsecurity AND relforcerowsecurity)",
            [tables],
        )
        assert cursor.fetchall() == []


def test_the_portal_writes_no_evidence_and_no_counts(counted: House) -> None:
    for table in ("usage_evidencefile", "usage_activeusercount", "usage_finding"):
        with pytest.raises(DatabaseError, match="permission denied"):
            forbidden_insert(counted.customer_a.pk, table)


def forbidden_insert(customer_id: int, table: str) -> None:
    with portal_transaction(customer_id):
        connection.cursor().execute(f"INSERT INTO {table} (customer_id) VALUES ({customer_id})")


def test_the_tests_run_as_the_application(counted: House) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("rollcall_app", False, False)


def test_every_version_of_a_report_is_kept(counted: House) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.state, c.metadata->>'verb' FROM usage_usagereporthistory h"
            " JOIN pghistory_context c ON c.id = h.pgh_context_id WHERE h.customer_id = %s ORDER BY h.pgh_id",
            [counted.customer_a.pk],
        )
        history = list(dict.fromkeys(cursor.fetchall()))
    assert history == [
        ("received", "receive_report"),
        ("needs_confirmation", "sniff_report"),
        ("reading", "confirm_report"),
        ("quarantined", "read_report"),
    ]
