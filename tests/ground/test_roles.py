"""No process of ours works as a role for which row-level security does not hold."""

import os

import psycopg
import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from ground.database.roles import PowerfulRole
from tests.databases import TestServer


@pytest.fixture
def admin_url(database_server: TestServer) -> str:
    """The private server's superuser; a server of somebody else's keeps that for itself."""
    if os.environ.get("DATABASE_URL"):
        pytest.skip("DATABASE_URL leads to a server whose superuser is not ours")
    return database_server.app_url.replace("rollcall_app", "postgres", 1)


def test_a_superuser_is_refused_at_the_first_connection(cloned_database: str, admin_url: str) -> None:
    options = {"host": admin_url.partition("host=")[2]}
    settings = {**connections["default"].settings_dict, "USER": "postgres", "HOST": "", "OPTIONS": options}
    with pytest.raises(PowerfulRole, match="postgres is a superuser"):
        DatabaseWrapper(settings).ensure_connection()


def test_the_app_cannot_become_the_owner_and_must_ask_to_be_the_portal(
    database_server: TestServer,
) -> None:
    with psycopg.connect(database_server.app_url) as connection:
        rows = connection.execute(
            "SELECT r.rolname, m.inherit_option, m.set_option FROM pg_auth_members m"
            " JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = 'rollcall_app'"
        ).fetchall()
        assert rows == [("rollcall_portal", False, True)]
        for role in ("rollcall_owner", "postgres"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"SET ROLE {role}")


@pytest.mark.django_db
def test_every_table_with_a_customer_has_its_wall() -> None:
    """Whoever adds a table for customers and forgets its wall hears it here, with the table's name."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'customer_id'"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
        )
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_the_app_may_empty_no_table_and_make_none() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege('rollcall_app', oid, 'TRUNCATE')"
        )
        assert cursor.fetchall() == []
        cursor.execute("SELECT has_schema_privilege('rollcall_app', 'public', 'CREATE')")
        assert cursor.fetchone() == (False,)
