"""What the role of the portal reads and writes of another customer, table by table, without any Python between."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import DatabaseError, connection
from psycopg import sql

from ground.portal_wall import portal_transaction
from tests.databases import TestServer
from tests.isolation.world import World

# What stops a statement: a right that is not given or a policy (the same SQLSTATE), or a rule of the rows themselves.
REFUSED = {"42501", "23001", "23503", "23514"}
# What a copy of a row needs so that it is another row.
ANOTHER = {"id": 10**9, "pgh_id": 10**9, "public_id": "another", "key": "another", "sha256": "f" * 64}


def customer_tables() -> dict[str, str]:
    """{"usage_usagereport": "customer_id", ...}: every table whose rows belong to a customer, and its column."""
    query = """
        SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
          AND (a.attname = 'customer_id' OR (c.relname = 'licenses_customer' AND a.attname = 'id')) ORDER BY 1"""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return dict(cursor.fetchall())


def rows_of(table: str, column: str, customer_id: int) -> int:
    """How many rows of a customer the current role sees."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [customer_id])
        return int(cursor.fetchone()[0])


def answer(world: World, statement: str, *values: object) -> str:
    """How many rows a statement reaches as the portal's role for customer A, or the SQLSTATE of its refusal."""
    try:
        with portal_transaction(world.house.customer_a.pk), connection.cursor() as cursor:
            cursor.execute(statement, values)
            reached = cursor.fetchone()[0] if cursor.description else cursor.rowcount
            raise Undo(str(reached))
    except Undo as undone:
        return str(undone)
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", error))


class Undo(Exception):
    """Roll back what a statement that went through did."""


def attempts(world: World, table: str, column: str) -> dict[str, str]:
    """What A's role hears on reading, changing, taking, giving away and deleting rows of B in one table."""
    a, b = world.house.customer_a.pk, world.house.customer_b.pk
    return {
        "read": answer(world, f"SELECT count({column}) FROM {table} WHERE {column} = %s", b),
        "change": answer(world, f"UPDATE {table} SET {column} = {column} WHERE {column} = %s", b),
        "take": answer(world, f"UPDATE {table} SET {column} = %s WHERE {column} = %s", a, b),
        "give": answer(world, f"UPDATE {table} SET {column} = %s WHERE {column} = %s", b, a),
        "delete": answer(world, f"DELETE FROM {table} WHERE {column} = %s", b),
        "add": answer(world, INSERTION.format(table=table), row_of_b(world, table, column)),
    }


INSERTION = "INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, %s::jsonb)).*"


def row_of_b(world: World, table: str, column: str) -> str:
    """A row of B as JSON, changed so far that it is not the same row once more."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(t)::text FROM {table} t WHERE {column} = %s LIMIT 1", [world.house.customer_b.pk]
        )
        row = json.loads(cursor.fetchone()[0])
    return json.dumps(row | {name: value for name, value in ANOTHER.items() if name in row and name != column})


def leaks(world: World) -> dict[str, dict[str, str]]:
    """Every table and attempt in which something of B was reached; empty when the wall holds."""
    found = {}
    for table, column in customer_tables().items():
        reached = {what: said for what, said in attempts(world, table, column).items() if said not in {"0", *REFUSED}}
        if reached:
            found[table] = reached
    return found


@contextmanager
def holes(world: World, server: TestServer, tables: list[str]) -> Iterator[None]:
    """The owner replaces the policy of the portal by one that lets every row through; afterwards it is as before."""
    with psycopg.connect(server.owner(world.database), autocommit=True) as owner:
        kept = {}
        for table in tables:
            query = (
                "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = %s::regclass AND polname = %s"
            )
            row = owner.execute(query, [table, "portal_own"]).fetchone()
            assert row is not None, f"{table} has no policy portal_own"
            kept[table] = str(row[0])
            name = sql.Identifier(table)
            owner.execute(sql.SQL("DROP POLICY portal_own ON {}").format(name))
            owner.execute(
                sql.SQL("CREATE POLICY hole ON {} TO rollcall_portal USING (true) WITH CHECK (true)").format(name)
            )
        try:
            yield
        finally:
            for table, condition in kept.items():
                name, own = sql.Identifier(table), sql.SQL(condition)  # type: ignore[arg-type]
                owner.execute(sql.SQL("DROP POLICY hole ON {}").format(name))
                again = "CREATE POLICY portal_own ON {} TO rollcall_portal USING ({}) WITH CHECK ({})"
                owner.execute(sql.SQL(again).format(name, own, own))
