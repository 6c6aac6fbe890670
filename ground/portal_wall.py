"""The transaction in which everything of the portal happens: role rollcall_portal, one customer, then gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from ground.database.roles import PORTAL

_behind: ContextVar[bool] = ContextVar("behind_the_wall", default=False)


def is_behind_the_wall() -> bool:
    """Return whether this code runs as the portal's role, which sees nothing of the vendor's own."""
    return _behind.get()


@contextmanager
def portal_transaction(customer_id: int) -> Iterator[None]:
    """Open a transaction as the portal's database role for one customer; role and customer end with it.

    Both are local to the transaction, so a persistent connection carries nothing to the next request. It is the
    outermost transaction: opened inside another one it raises RuntimeError.
    """
    # Only a test that wraps itself in a transaction gets here inside one; there the role would outlive the block.
    inside_a_test = connection.in_atomic_block
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {PORTAL}")
        cursor.execute("SELECT set_config('app.customer_id', %s, true)", [str(int(customer_id))])
        before = _behind.set(True)
        try:
            yield
        finally:
            _behind.reset(before)
        if inside_a_test and not connection.needs_rollback:
            cursor.execute("SET LOCAL ROLE NONE")
            cursor.execute("SELECT set_config('app.customer_id', '', true)")
