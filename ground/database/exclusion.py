"""No two periods of one owner may overlap: an exclusion constraint in a form that needs no extension."""

from collections.abc import Sequence

from django.db.migrations.state import ProjectState
from django.db.models import Model
from django.db.models.fields import CharField, TextField

from ground.database.operation import TableOperation, quoted


class NoOverlap(TableOperation):
    """Rows that agree in `columns` may not overlap in `period`, a range column that must be present and not empty.

    Equality is written as the overlap of one-element ranges, because GiST has no `=` for bigint or text without
    btree_gist. A text column goes in by its 64-bit hash: two different texts that collide (1 in 2^64) would be
    refused, never let through. Columns must not be null. `where` limits the rule to some rows.
    """

    def __init__(
        self, model_name: str, columns: Sequence[str], period: str = "period", where: str = "", name: str = ""
    ) -> None:
        self.model_name, self.columns, self.period = model_name, list(columns), period
        self.where, self.name = where, name

    def _names(self, table: str) -> tuple[str, str]:
        base = self.name or f"{table}_{self.period}"
        return f"{base}_no_overlap", f"{base}_not_empty"

    def _element(self, model: type[Model], column: str) -> str:
        field = next(field for field in model._meta.local_fields if field.column == column)
        is_text = isinstance(field, CharField | TextField)
        value = f"hashtextextended({quoted(column)}, 0)" if is_text else f"{quoted(column)}::bigint"
        return f"int8range({value}, {value}, '[]') WITH &&"

    def up(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table, period = quoted(model._meta.db_table), quoted(self.period)
        overlap, not_empty = self._names(model._meta.db_table)
        elements = ", ".join([*(self._element(model, column) for column in self.columns), f"{period} WITH &&"])
        where = f" WHERE ({self.where})" if self.where else ""
        return [
            *(f"ALTER TABLE {table} ALTER COLUMN {quoted(column)} SET NOT NULL" for column in self.columns),
            f"ALTER TABLE {table} ALTER COLUMN {period} SET NOT NULL",
            f"ALTER TABLE {table} ADD CONSTRAINT {quoted(not_empty)} CHECK (NOT isempty({period}))",
            f"ALTER TABLE {table} ADD CONSTRAINT {quoted(overlap)} EXCLUDE USING gist ({elements}){where}",
        ]

    def down(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table = quoted(model._meta.db_table)
        return [f"ALTER TABLE {table} DROP CONSTRAINT {quoted(name)}" for name in self._names(model._meta.db_table)]
