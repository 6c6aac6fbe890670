"""Carry tables out, all of them or none, and say of each row what it does."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing.imports.recognize import Found
from billing.imports.steps import BY_KIND, STEPS
from ground.actor import Actor
from ground.together import together
from licenses.imports.table import WRONG, RowOutcome

Outcome = dict[str, Any]


class OtherThanShown(Exception):
    """The import would do something else than what was shown."""


def carry_out(
    tables: Sequence[Found],
    *,
    actor: Actor,
    now: datetime,
    shown: Sequence[Outcome] | None = None,
    first: Callable[[], object] = lambda: None,
    last: Callable[[], object] = lambda: None,
    progress: Callable[[int, int, str], None] = lambda done, total, words: None,
) -> list[Outcome]:
    """Write the tables in the order of the steps and return, per table, what each row does.

    Without `shown` everything is taken back: a try. With it, what happens must be exactly that and without an error,
    else OtherThanShown is raised and nothing is written. `first` and `last` are steps of its transaction. An outcome is
    {"kind", "where", "rows": [{"line", "outcome", "name", "changes": [[column, before, after]], "errors": [...]}]}.
    """
    in_order = sorted(tables, key=lambda table: [step.kind for step in STEPS].index(table.kind))
    total = sum(len(table.rows) for table in in_order)
    done = 0
    outcomes: list[Outcome] = []
    with together():
        first()
        for table in in_order:
            progress(done, total, f"{BY_KIND[table.kind].title}, {table.where}")
            outcomes.append(_table(table, actor=actor, now=now))
            done += len(table.rows)
        progress(done, total, "checked")
        if shown is None:
            transaction.set_rollback(True)
        elif outcomes != list(shown) or has_errors(outcomes):
            raise OtherThanShown("What stands here has changed since the import was shown. Look at it again.")
        else:
            last()
    return outcomes


def has_errors(outcomes: Sequence[Outcome]) -> bool:
    """Return whether some row is wrong."""
    return any(row["outcome"] == WRONG for table in outcomes for row in table["rows"])


def _table(table: Found, *, actor: Actor, now: datetime) -> Outcome:
    step = BY_KIND[table.kind](actor=actor, now=now)
    twice = _twice(table, step.key)
    good = [(line, cells) for line, cells, fault in table.rows if not fault and line not in twice]
    said = iter(step.outcomes([cells for _, cells in good]))
    rows = []
    for line, cells, fault in table.rows:
        if fault or line in twice:
            name = step.name_of(cells)
            outcome = RowOutcome(outcome=WRONG, name=name, errors={"": fault or twice[line]})
        else:
            outcome = next(said)
        rows.append({"line": line, **outcome.to_json()})
    return {"kind": table.kind, "where": table.where, "rows": rows}


def _twice(table: Found, key: Sequence[str]) -> dict[int, str]:
    """The rows of a table that name what a row above them names: {line: words}."""
    first: dict[tuple[str, ...], int] = {}
    found: dict[int, str] = {}
    for line, cells, _ in table.rows:
        named = tuple(cells.get(column, "").strip().lower() for column in key)
        if named in first:
            found[line] = f"Line {first[named]} says the same {' and '.join(key)}. Keep one of them."
        else:
            first[named] = line
    return found
