"""The three database roles, and the refusal to work as one for which row-level security does not hold."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

OWNER = "rollcall_owner"
APP = "rollcall_app"
PORTAL = "rollcall_portal"


class PowerfulRole(ImproperlyConfigured):
    """The database role would walk through every wall."""


def refuse_powerful_role(*, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Refuse a superuser or BYPASSRLS role on every new connection: policies do not hold for such a role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        role, is_superuser, bypasses = cursor.fetchone()
    if is_superuser or bypasses:
        connection.close()
        power = "a superuser" if is_superuser else "allowed to bypass row-level security"
        raise PowerfulRole(f"The database role {role} is {power}. Connect as {APP}; deploy/roles.sql makes it.")


def refuse_to_start() -> None:
    """Connect once and raise PowerfulRole for a role that passes every wall, before a process takes any work.

    A database that is away is no reason not to start: the first connection that succeeds is looked at as well.
    """
    try:
        connection.ensure_connection()
    except OperationalError:
        return
    finally:
        connection.close()
