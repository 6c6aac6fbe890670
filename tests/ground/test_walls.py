"""The walls hold for raw SQL of the app's and the portal's role, and each one can be taken down again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.contrib.postgres.fields import DateRangeField
from django.db import connections, models
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from ground.database import (
    AppendOnly,
    CustomerWall,
    DeferredCheck,
    FrozenWhen,
    FrozenWithParent,
    NoOverlap,
    VendorOnly,
)
from tests.databases import TestServer, at_database

ID = ("id", models.BigAutoField(primary_key=True))
PAPER = CreateModel(
    "Paper",
    [
        ID,
        ("customer_id", models.BigIntegerField()),
        ("state", models.CharField(max_length=9)),
        ("total", models.IntegerField()),
    ],
)
LINE = CreateModel(
    "Line",
    [ID, ("paper", models.ForeignKey("labour.Paper", models.PROTECT)), ("amount", models.IntegerField())],
)
SPAN = CreateModel(
    "Span",
    [
        ID,
        ("contract_id", models.BigIntegerField()),
        ("kind", models.CharField(max_length=9)),
        ("period", DateRangeField(null=True)),
    ],
)
CHANGES = ("UPDATE labour_paper SET total = 1", "DELETE FROM labour_paper", "TRUNCATE labour_paper")
FROZEN = "OLD.state = 'final'"

Build = Callable[..., "Tables"]
REFUSED = (psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)


class Tables:
    """Tables made by the owner through a migration, and connections of all three roles to them."""

    def __init__(self, app_url: str, owner_url: str, operations: list[Operation]) -> None:
        self.app_url, self.owner_url = app_url, owner_url
        settings = {**connections["default"].settings_dict, "USER": "rollcall_owner"}
        self.migration = type("Made", (Migration,), {"operations": operations})("made", "labour")
        self.editor_connection = DatabaseWrapper(settings)
        with self.editor_connection.schema_editor(atomic=True) as editor:
            self.migration.apply(ProjectState(real_apps=set()), editor)

    def undo(self) -> None:
        with self.editor_connection.schema_editor(atomic=True) as editor:
            self.migration.unapply(ProjectState(real_apps=set()), editor)

    @contextmanager
    def connection(self, url: str, role: str = "", customer: int | None = None) -> Iterator[psycopg.Connection]:
        with psycopg.connect(url) as connection:
            if role:
                connection.execute(f"SET LOCAL ROLE {role}")
            if customer is not None:
                connection.execute("SELECT set_config('app.customer_id', %s, true)", [str(customer)])
            yield connection

    def app(self, sql: str) -> list[tuple[object, ...]]:
        return self._run(self.app_url, sql)

    def owner(self, sql: str) -> list[tuple[object, ...]]:
        return self._run(self.owner_url, sql)

    def portal(self, customer: int | None, sql: str) -> list[tuple[object, ...]]:
        return self._run(self.app_url, sql, "rollcall_portal", customer)

    def _run(self, url: str, sql: str, role: str = "", customer: int | None = None) -> list[tuple[object, ...]]:
        with self.connection(url, role, customer) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def build(cloned_database: str, database_server: TestServer) -> Iterator[Build]:
    made: list[Tables] = []

    def begin(*operations: Operation) -> Tables:
        name = str(connections["default"].settings_dict["NAME"])
        made.append(Tables(cloned_database, at_database(database_server.owner_url, name), list(operations)))
        return made[-1]

    yield begin
    for tables in made:
        tables.undo()
        left = tables.owner("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'labour%' OR tgname = 'lines_add_up'")
        left += tables.owner("SELECT proname FROM pg_proc WHERE proname LIKE 'labour%' OR proname = 'lines_add_up'")
        left += tables.owner("SELECT tablename FROM pg_tables WHERE tablename LIKE 'labour%'")
        tables.editor_connection.close()
        assert left == [], "the operations left something behind when they were reversed"


def test_the_portal_sees_and_writes_the_rows_of_one_customer_only(build: Build) -> None:
    tables = build(PAPER, CustomerWall("paper", portal="SELECT, INSERT"))
    for customer in (1, 2):
        tables.app(f"INSERT INTO labour_paper (customer_id, state, total) VALUES ({customer}, 'draft', 0)")
    count = "SELECT count(*) FROM labour_paper"
    assert tables.app(count) == [(2,)]
    assert tables.portal(1, "SELECT customer_id FROM labour_paper") == [(1,)]
    assert tables.portal(None, count) == [(0,)], "without a customer there is nothing"
    assert tables.owner(count) == [(0,)], "the walls are forced, so the owner of the table has no way around"
    tables.portal(2, "INSERT INTO labour_paper (customer_id, state, total) VALUES (2, 'draft', 0)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        tables.portal(2, "INSERT INTO labour_paper (customer_id, state, total) VALUES (1, 'draft', 0)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        tables.portal(2, "UPDATE labour_paper SET customer_id = 1")


def test_without_the_policy_the_portal_sees_everything_so_the_policy_is_what_holds(build: Build) -> None:
    tables = build(PAPER, CustomerWall("paper"))
    tables.app("INSERT INTO labour_paper (customer_id, state, total) VALUES (1, 'draft', 0), (2, 'draft', 0)")
    tables.owner("CREATE POLICY wide_open ON labour_paper TO rollcall_portal USING (true)")
    assert tables.portal(1, "SELECT count(*) FROM labour_paper") == [(2,)]


def test_the_portal_has_no_right_at_all_on_what_is_the_vendors(build: Build) -> None:
    tables = build(PAPER, VendorOnly("paper"))
    tables.app("INSERT INTO labour_paper (customer_id, state, total) VALUES (1, 'draft', 0)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        tables.portal(1, "SELECT * FROM labour_paper")


@pytest.mark.parametrize(
    "sql", ["UPDATE labour_paper SET total = 1", "DELETE FROM labour_paper", "TRUNCATE labour_paper"]
)
def test_append_only_rows_are_never_changed(build: Build, sql: str) -> None:
    tables = build(PAPER, AppendOnly("paper"))
    tables.app("INSERT INTO labour_paper (customer_id, state, total) VALUES (1, 'draft', 0)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        tables.app(sql)
    with pytest.raises(psycopg.errors.RestrictViolation):
        tables.owner(sql)
    assert tables.app("SELECT total FROM labour_paper") == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE labour_paper SET total = 1 WHERE state = 'final'",
        "UPDATE labour_paper SET state = 'draft'",
        "DELETE FROM labour_paper WHERE state = 'final'",
        "UPDATE labour_line SET amount = 1 WHERE paper_id = 1",
        "DELETE FROM labour_line WHERE paper_id = 1",
        "INSERT INTO labour_line (paper_id, amount) VALUES (1, 5)",
        "UPDATE labour_line SET paper_id = 1 WHERE paper_id = 2",
        "UPDATE labour_line SET paper_id = 2 WHERE paper_id = 1",
        "TRUNCATE labour_line",
        "TRUNCATE labour_paper CASCADE",
    ],
)
@pytest.mark.parametrize("way", ["as children", "with its parent"])
def test_a_final_paper_and_its_lines_do_not_change(build: Build, way: str, sql: str) -> None:
    if way == "as children":
        tables = build(PAPER, LINE, FrozenWhen("paper", condition=FROZEN, children={"line": "paper_id"}))
    else:
        frozen = FrozenWithParent(
            "line", parent_model="paper", fk_column="paper_id", condition="parent.state = 'final'"
        )
        tables = build(PAPER, LINE, FrozenWhen("paper", condition=FROZEN), frozen)
    tables.app("INSERT INTO labour_paper (customer_id, state, total) VALUES (1, 'draft', 0), (1, 'draft', 0)")
    tables.app("INSERT INTO labour_line (paper_id, amount) VALUES (1, 0), (2, 0)")
    tables.app("UPDATE labour_paper SET total = 3 WHERE id = 1")
    tables.app("UPDATE labour_paper SET state = 'final' WHERE id = 1")
    with pytest.raises(REFUSED):
        tables.app(sql)
    tables.app("UPDATE labour_line SET amount = 4 WHERE paper_id = 2")
    tables.app("DELETE FROM labour_line WHERE paper_id = 2")
    tables.app("DELETE FROM labour_paper WHERE id = 2")


def test_no_line_slips_in_while_another_transaction_makes_the_paper_final(build: Build) -> None:
    tables = build(PAPER, LINE, FrozenWhen("paper", condition=FROZEN, children={"line": "paper_id"}))
    tables.app("INSERT INTO labour_paper (customer_id, state, total) VALUES (1, 'draft', 0)")
    with tables.connection(tables.app_url) as finalizing, tables.connection(tables.app_url) as adding:
        finalizing.execute("UPDATE labour_paper SET state = 'final'")
        adding.execute("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            adding.execute("INSERT INTO labour_line (paper_id, amount) VALUES (1, 5)")
        adding.rollback()


@pytest.mark.parametrize(
    ("contract", "kind", "period", "fits"),
    [
        (1, "regular", "[2026-02-01,2026-03-01)", True),
        (1, "regular", "[2026-01-31,2026-02-01)", False),
        (1, "true_up", "[2026-01-01,2026-02-01)", True),
        (2, "regular", "[2026-01-01,2026-02-01)", True),
        (1, "regular", "empty", False),
        (1, "regular", None, False),
    ],
)
def test_periods_of_one_owner_do_not_overlap(
    build: Build, contract: int, kind: str, period: str | None, fits: bool
) -> None:
    tables = build(SPAN, NoOverlap("span", columns=["contract_id", "kind"]))
    add = "INSERT INTO labour_span (contract_id, kind, period) VALUES"
    tables.app(f"{add} (1, 'regular', '[2026-01-01,2026-02-01)')")
    value = "NULL" if period is None else f"'{period}'"
    if fits:
        tables.app(f"{add} ({contract}, '{kind}', {value})")
    else:
        with pytest.raises(psycopg.errors.IntegrityError):
            tables.app(f"{add} ({contract}, '{kind}', {value})")


def test_an_exclusion_may_be_limited_to_some_rows(build: Build) -> None:
    tables = build(SPAN, NoOverlap("span", columns=["contract_id"], where="kind <> 'void'", name="live"))
    add = "INSERT INTO labour_span (contract_id, kind, period) VALUES (1, 'void', '[2026-01-01,2026-02-01)')"
    tables.app(add)
    tables.app(add)
    assert tables.app("SELECT count(*) FROM labour_span") == [(2,)]


CHECK = """
DECLARE wrong boolean;
BEGIN
  SELECT p.total <> coalesce(sum(l.amount), 0) INTO wrong FROM labour_paper p
    LEFT JOIN labour_line l ON l.paper_id = p.id WHERE p.id = coalesce(NEW.paper_id, OLD.paper_id) GROUP BY p.id;
  IF wrong THEN RAISE EXCEPTION 'the lines do not add up' USING ERRCODE = 'check_violation'; END IF;
END"""


def test_a_deferred_check_looks_when_the_transaction_commits(build: Build) -> None:
    tables = build(PAPER, LINE, DeferredCheck("lines_add_up", "line", CHECK))
    tables.app("INSERT INTO labour_paper (customer_id, state, total) VALUES (1, 'draft', 5)")
    with tables.connection(tables.app_url) as connection:
        connection.execute("INSERT INTO labour_line (paper_id, amount) VALUES (1, 2)")
        connection.execute("INSERT INTO labour_line (paper_id, amount) VALUES (1, 3)")
    with pytest.raises(psycopg.errors.CheckViolation, match="do not add up"):
        tables.app("DELETE FROM labour_line WHERE amount = 3")
    assert tables.app("SELECT count(*) FROM labour_line") == [(2,)]


def test_a_deferred_check_may_be_given_as_bare_statements(build: Build) -> None:
    refuse = "IF NEW.total < 0 THEN RAISE EXCEPTION 'below zero' USING ERRCODE = 'check_violation'; END IF;"
    tables = build(PAPER, DeferredCheck("lines_add_up", "paper", refuse))
    with pytest.raises(psycopg.errors.CheckViolation, match="below zero"):
        tables.app("INSERT INTO labour_paper (customer_id, state, total) VALUES (1, 'draft', -1)")
