"""Storing many rows of one model at once, by COPY.

Owns: how rows get into a table fast. Does not own: which rows, and in which transaction.
PostgreSQL lets nobody COPY into a table with row-level security, and every table of ours has it. So the rows go by COPY
into a table of this transaction alone, and from there by one INSERT: every wall, rule and trigger sees them as it sees
any others. What is the same in all rows is said once.
Invariant: what is stored is what `bulk_create` would have stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, Field, ForeignKey, IntegerField, Model

from ground.database.operation import quoted

# A table for fewer rows costs more than it saves.
FEW = 12
HERE = "pg_temp.rows_to_store"


class NotAValue(ValueError):
    """A row holds an expression, which the database would have to work out; only values are copied."""


def insert_rows(model: type[Model], rows: Sequence[Model], *, keys_are_needed: bool = True) -> None:
    """Store new rows and give them their keys, as `bulk_create` does, however many in one statement.

    Where nobody needs the keys, the database draws them and the rows stay without. All of them or none; inside a
    transaction they belong to it. Raises NotAValue, and what `bulk_create` raises.
    """
    if len(rows) <= FEW:
        model._default_manager.bulk_create(rows)
        return
    with transaction.atomic():
        if keys_are_needed:
            _give_keys(model, rows)
        _copy(model, rows)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _give_keys(model: type[Model], rows: Sequence[Model]) -> None:
    """Draw the keys that are not given from the sequence of the table, in the order of the rows."""
    without = [row for row in rows if row.pk is None]
    key = model._meta.pk
    if not without or not isinstance(key, AutoField):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, key.column, len(without)],
        )
        for row, (drawn,) in zip(without, cursor.fetchall(), strict=True):
            row.pk = drawn


def _copy(model: type[Model], rows: Sequence[Model]) -> None:
    unset = {model._meta.pk} if all(row.pk is None for row in rows) else set()
    fields = [field for field in model._meta.concrete_fields if not field.generated and field not in unset]
    database = connections[connection.alias]
    given = {str(field.column): _values(field, rows, database) for field in fields}
    same = {column: values[0] for column, values in given.items() if len(values) == 1}
    differing = [column for column in given if column not in same]
    table, columns = quoted(model._meta.db_table), ", ".join(map(quoted, differing))
    chosen = ", ".join("%s" if column in same else quoted(column) for column in given)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE rows_to_store AS SELECT {columns} FROM {table} LIMIT 0")
        with cursor.copy(f"COPY {HERE} ({columns}) FROM STDIN") as copy:
            for values in zip(*(given[column] for column in differing), strict=True):
                copy.write_row(values)
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(map(quoted, given))}) SELECT {chosen} FROM {HERE}", list(same.values())
        )
        cursor.execute(f"DROP TABLE {HERE}")


def _values(field: Field[Any, Any], rows: Sequence[Model], database: BaseDatabaseWrapper) -> list[Any]:
    """The column of a field as the database takes it; one value where it is the same in all rows."""
    if type(field).pre_save is Field.pre_save:
        values = list(map(attrgetter(field.attname), rows))
    else:
        values = [field.pre_save(row, add=True) for row in rows]
    if values.count(values[0]) == len(values):
        values = values[:1]
    if set(map(type, values)) == {int} and isinstance(field, AutoField | ForeignKey | IntegerField):
        return values
    try:
        # Many rows have few values in many columns.
        known = {value: _value(field, value, database) for value in set(values)}
    except TypeError:
        return [_value(field, value, database) for value in values]
    return [known[value] for value in values]


def _value(field: Field[Any, Any], value: Any, database: BaseDatabaseWrapper) -> Any:
    if hasattr(value, "resolve_expression"):
        raise NotAValue(f"{field.model.__name__}.{field.name} holds an expression; only values are copied.")
    return field.get_db_prep_save(value, database)
