"""Letting transactions that must see each other's work stand in line, where there is no row that they could lock."""

from django.db import connection

# One number for each kind of work, so that none waits for another.
CONFIRMING_REPORTS, MAKING_KEYS, GATHERING_EVENTS = 5201, 5301, 5302


def stand_in_line(work: int, of: int) -> None:
    """Wait until no other transaction does this kind of work of the same owner; the place is kept to the end.

    `work` is one of the numbers above, `of` the primary key of the owner, or 0 where there is none.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [work, of])
