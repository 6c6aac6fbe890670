"""The common shape of our migration operations: SQL for one model's table, forwards and backwards."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState
from django.db.models import Model


def quoted(name: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


class TableOperation(Operation):
    """Runs `up` when applied and `down` when reversed. The model must exist in both states."""

    reduces_to_sql = True
    reversible = True
    category = OperationCategory.SQL
    elidable = False

    model_name: str

    def up(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        raise NotImplementedError

    def down(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        raise NotImplementedError

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models do not change; only the database learns something."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._run(schema_editor, self.up, app_label, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._run(schema_editor, self.down, app_label, from_state)

    def _run(self, schema_editor: BaseDatabaseSchemaEditor, make: Any, app_label: str, state: ProjectState) -> None:
        model = state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        for statement in make(model, state, app_label):
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return f"{type(self).__name__} on {self.model_name}"

    def references_model(self, name: str, app_label: str) -> bool:
        return name.lower() == self.model_name.lower()
