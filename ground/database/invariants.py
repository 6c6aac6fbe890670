"""Rules over several rows that must hold at commit, such as: the lines add up to the invoice."""

from django.db.migrations.state import ProjectState
from django.db.models import Model

from ground.database.operation import TableOperation, quoted


class DeferredCheck(TableOperation):
    """Runs PL/pgSQL once per inserted, changed or removed row, at commit.

    `sql_function` is a block, "[DECLARE ...] BEGIN ... END", or only the statements between BEGIN and END; it sees
    NEW, OLD and TG_OP, and raises an exception (ERRCODE 'check_violation') when the rule is broken.
    `when` is a condition on NEW; the rule then looks at inserted and changed rows of which it holds, and other rows
    cost nothing at commit.
    """

    def __init__(self, name: str, model_name: str, sql_function: str, when: str = "") -> None:
        self.name, self.model_name, self.sql_function, self.when = name, model_name, sql_function, when

    def _body(self) -> str:
        block = self.sql_function.strip().rstrip(";")
        if not block.upper().startswith(("DECLARE", "BEGIN")):
            return f"BEGIN {self.sql_function.strip()} RETURN NULL; END"
        head, _, _ = block.rpartition("END")
        return f"{head} RETURN NULL; END"

    def up(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        name, table = quoted(self.name), quoted(model._meta.db_table)
        # A condition on NEW cannot be asked of a removed row.
        events = "INSERT OR UPDATE" if self.when else "INSERT OR UPDATE OR DELETE"
        condition = f"WHEN ({self.when}) " if self.when else ""
        return [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$ {self._body()} $body$",
            f"CREATE CONSTRAINT TRIGGER {name} AFTER {events} ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {condition}EXECUTE FUNCTION {name}()",
        ]

    def down(self, model: type[Model], state: ProjectState, app_label: str) -> list[str]:
        name, table = quoted(self.name), quoted(model._meta.db_table)
        return [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"]
