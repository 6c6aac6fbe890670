"""Triggers that refuse a change, whoever asks. TRUNCATE is refused too, which is why no test database is flushed."""

import hashlib
from collections.abc import Mapping

from django.db.migrations.state import ProjectState
from django.db.models import Model

from ground.database.operation import TableOperation, quoted
from ground.database.roles import APP, PORTAL


def _name(table: str, what: str) -> str:
    """A name of at most 63 bytes that is unique per table and purpose."""
    full = f"{table}_{what}"
    if len(full) <= 60:
        return full
    return f"{full[:48]}_{hashlib.sha256(full.encode()).hexdigest()[:8]}"


def _refusing_function(name: str, message: str, test: str = "") -> str:
    """A trigger function that raises `message` when `test` (statements ending in an IF condition) holds."""
    refuse = f"RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation';"
    body = f"IF {test} THEN {refuse} END IF;" if test else refuse
    return (
        f"CREATE FUNCTION {quoted(name)}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {body} "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $body$"
    )


def _truncate_guard(table: str) -> list[str]:
    name = _name(table, "no_truncate")
    return [
        _refusing_function(name, f"{table} is never emptied"),
        f"CREATE TRIGGER {quoted(name)} BEFORE TRUNCATE ON {quoted(table)} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {quoted(name)}()",
        f"REVOKE TRUNCATE ON {quoted(table)} FROM {APP}, {PORTAL}",
    ]


def _drop(table: str, name: str) -> list[str]:
    return [f"DROP TRIGGER {quoted(name)} ON {quoted(table)}", f"DROP FUNCTION {quoted(name)}()"]


class AppendOnly(TableOperation):
    """Rows are only added: UPDATE, DELETE and TRUNCATE are refused by trigger and revoked."""

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def up(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table = model._meta.db_table
        name = _name(table, "append_only")
        return [
            _refusing_function(name, f"{table} is append-only: rows are never changed or removed"),
            f"CREATE TRIGGER {quoted(name)} BEFORE UPDATE OR DELETE ON {quoted(table)} "
            f"FOR EACH ROW EXECUTE FUNCTION {quoted(name)}()",
            *_truncate_guard(table),
            f"REVOKE UPDATE, DELETE ON {quoted(table)} FROM {APP}, {PORTAL}",
        ]

    def down(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table = model._meta.db_table
        return [
            f"GRANT UPDATE, DELETE ON {quoted(table)} TO {APP}",
            *_drop(table, _name(table, "no_truncate")),
            *_drop(table, _name(table, "append_only")),
        ]


class FrozenWhen(TableOperation):
    """UPDATE and DELETE are refused for a row where `condition` on OLD holds; TRUNCATE always.

    `children` maps lower-case model names of the same app to the column that points here: their rows are then frozen
    with this one, as by `FrozenWithParent`.
    """

    def __init__(self, model_name: str, condition: str, children: Mapping[str, str] | None = None) -> None:
        self.model_name, self.condition, self.children = model_name, condition, dict(children or {})

    def _child_operations(self) -> list["FrozenWithParent"]:
        condition = self.condition.replace("OLD.", "parent.")
        return [
            FrozenWithParent(child, parent_model=self.model_name, fk_column=column, condition=condition)
            for child, column in self.children.items()
        ]

    def up(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table = model._meta.db_table
        name = _name(table, "frozen")
        statements = [
            _refusing_function(name, f"this row of {table} is final: it is never changed or removed", self.condition),
            f"CREATE TRIGGER {quoted(name)} BEFORE UPDATE OR DELETE ON {quoted(table)} "
            f"FOR EACH ROW EXECUTE FUNCTION {quoted(name)}()",
            *_truncate_guard(table),
        ]
        for child in self._child_operations():
            child_model: type[Model] = state.apps.get_model(app_label, child.model_name)
            statements += child.up(child_model, state, app_label)
        return statements

    def down(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table = model._meta.db_table
        statements: list[str] = []
        for child in self._child_operations():
            child_model: type[Model] = state.apps.get_model(app_label, child.model_name)
            statements += child.down(child_model, state, app_label)
        return [*statements, *_drop(table, _name(table, "no_truncate")), *_drop(table, _name(table, "frozen"))]


class FrozenWithParent(TableOperation):
    """INSERT, UPDATE and DELETE are refused while `condition` holds for the parent row, named `parent` in it.

    The parent is read FOR SHARE, so a line cannot slip in while another transaction is freezing the parent.
    `parent_model` is a model name of the same app or "app.Model"; `fk_column` is a database column.
    """

    def __init__(self, model_name: str, parent_model: str, fk_column: str, condition: str) -> None:
        self.model_name, self.parent_model = model_name, parent_model
        self.fk_column, self.condition = fk_column, condition

    def up(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table, column = model._meta.db_table, quoted(self.fk_column)
        parent_app, _, parent_name = self.parent_model.rpartition(".")
        parent_table = quoted(state.apps.get_model(parent_app or app_label, parent_name)._meta.db_table)
        condition = self.condition.replace("OLD.", "parent.")
        name = _name(table, "frozen_with_parent")
        return [
            f"""CREATE FUNCTION {quoted(name)}() RETURNS trigger LANGUAGE plpgsql AS $body$
            DECLARE frozen boolean; DECLARE old_id bigint; DECLARE new_id bigint;
            BEGIN
              IF TG_OP <> 'INSERT' THEN old_id := OLD.{column}; END IF;
              IF TG_OP <> 'DELETE' THEN new_id := NEW.{column}; END IF;
              FOR frozen IN SELECT ({condition}) FROM {parent_table} parent
                WHERE parent.id IN (old_id, new_id) ORDER BY parent.id FOR SHARE
              LOOP
                IF frozen THEN
                  RAISE EXCEPTION 'rows of {table} are final together with their {parent_name.lower()}'
                    USING ERRCODE = 'restrict_violation';
                END IF;
              END LOOP;
              IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
              RETURN NEW;
            END $body$""",
            f"CREATE TRIGGER {quoted(name)} BEFORE INSERT OR UPDATE OR DELETE ON {quoted(table)} "
            f"FOR EACH ROW EXECUTE FUNCTION {quoted(name)}()",
            *_truncate_guard(table),
        ]

    def down(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        table = model._meta.db_table
        return [*_drop(table, _name(table, "no_truncate")), *_drop(table, _name(table, "frozen_with_parent"))]
