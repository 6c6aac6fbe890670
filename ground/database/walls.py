"""Row-level security: which rows of a table the portal's role sees, and that nobody else passes."""

from django.db.migrations.state import ProjectState
from django.db.models import Model

from ground.database.operation import TableOperation, quoted
from ground.database.roles import APP, PORTAL

# Without a setting, or with an empty one, the comparison is with NULL and no row matches.
CURRENT_CUSTOMER = "NULLIF(current_setting('app.customer_id', true), '')::bigint"
PORTAL_RIGHTS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})


def _close(table: str) -> list[str]:
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY app_all ON {table} TO {APP} USING (true) WITH CHECK (true)",
    ]


def _open(table: str) -> list[str]:
    return [
        f"DROP POLICY app_all ON {table}",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]


class CustomerWall(TableOperation):
    """The app role sees all rows; the portal role those of the current customer, with the rights named.

    `portal` lists rights, such as "SELECT, INSERT"; `column` is the customer's column ("id" for customers themselves).
    """

    def __init__(self, model_name: str, portal: str = "SELECT", column: str = "customer_id") -> None:
        rights = {right.strip().upper() for right in portal.split(",")}
        if not rights <= PORTAL_RIGHTS:
            raise ValueError(f"{portal!r} names rights that are not of {sorted(PORTAL_RIGHTS)}.")
        self.model_name, self.portal, self.column = model_name, portal, column

    def up(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table, column = quoted(model._meta.db_table), quoted(self.column)
        own = f"{column} = {CURRENT_CUSTOMER}"
        return [
            *_close(table),
            f"CREATE POLICY portal_own ON {table} TO {PORTAL} USING ({own}) WITH CHECK ({own})",
            f"GRANT {self.portal} ON {table} TO {PORTAL}",
        ]

    def down(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table = quoted(model._meta.db_table)
        return [f"REVOKE ALL ON {table} FROM {PORTAL}", f"DROP POLICY portal_own ON {table}", *_open(table)]


class VendorOnly(TableOperation):
    """The app role sees all rows; the portal role has no right at all."""

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def up(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table = quoted(model._meta.db_table)
        return [*_close(table), f"REVOKE ALL ON {table} FROM {PORTAL}"]

    def down(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        return _open(quoted(model._meta.db_table))
