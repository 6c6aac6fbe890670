"""Rules over several rows that must hold at commit, such as: the lines add up to the invoice."""

from django.db.migrations.state import ProjectState
from django.db.models import Model

from ground.database.operation import TableOperation, quoted


class DeferredCheck(TableOperation):
    """Runs PL/pgSQL once per inserted, changed or removed row, at commit.

    `sql_function` is a block, "[DECLARE ...] BEGIN ... END", or only the statements between BEGIN and END; it sees
    NEW, OLD and TG_OP, and raises an exception (ERRCODE 'check_violation') when the rule is broken.
    """

    def __init__(self, name: str, model_name: str, sql_function: str) -> None:
        self.name, self.model_name, self.sql_function = name, model_name, sql_function

    def _body(self) -> str:
        block = self.sql_function.strip().rstrip(";")
        if not block.upper().startswith(("DECLARE", "BEGIN")):
            return f"BEGIN {self.sql_function.strip()} RETURN NULL; END"
        head, _, _ = block.rpartition("END")
        return f"{head} RETURN NULL; END"

    def up(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        name, table = quoted(self.name), quoted(model._meta.db_table)
        return [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$ {self._body()} $body$",
            f"CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]

    def down(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        name, table = quoted(self.name), quoted(model._meta.db_table)
        return [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"]
