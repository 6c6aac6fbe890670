"""Do an import that a person confirmed: exactly what was shown, all of it or nothing."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from billing.imports.carry_out import OtherThanShown, carry_out
from billing.imports.recognize import Found
from billing.models import FirstRunImport
from billing.operations.show_first_run import actor_of_import
from ground.faults import fault_point

State = FirstRunImport.State


def import_first_run(
    *, import_id: int, now: datetime, progress: Callable[[int, int, str], None] = lambda done, total, words: None
) -> FirstRunImport:
    """Write the rows and mark the import as done in one transaction; one that is not being imported is unchanged.

    Where what stands has changed since, nothing is written: the new outcomes are shown, to be confirmed again.
    """
    row = FirstRunImport.objects.get(pk=import_id)
    if row.state != State.IMPORTING:
        return row
    actor = actor_of_import(row.asked_by)
    tables = [Found.from_json(table) for table in row.tables]

    def locked() -> FirstRunImport:
        return FirstRunImport.objects.select_for_update().get(pk=row.pk, state=State.IMPORTING)

    def mark() -> None:
        fault_point("first_run.before_marked")
        done = locked()
        done.state, done.imported_at = State.IMPORTED, now
        done.save()
        fault_point("first_run.before_commit")

    try:
        carry_out(tables, actor=actor, now=now, shown=row.outcomes, first=locked, last=mark, progress=progress)
    except FirstRunImport.DoesNotExist:
        # Another worker did it meanwhile; this one waited for its lock and wrote nothing.
        return FirstRunImport.objects.get(pk=row.pk)
    except OtherThanShown as changed:
        return _show_again(row, tables, str(changed), now=now)
    fault_point("first_run.after_commit")
    row.refresh_from_db()
    return row


def _show_again(row: FirstRunImport, tables: list[Found], problem: str, *, now: datetime) -> FirstRunImport:
    outcomes = carry_out(tables, actor=actor_of_import(row.asked_by), now=now)
    with transaction.atomic(durable=True):
        locked = FirstRunImport.objects.select_for_update().get(pk=row.pk)
        if locked.state == State.IMPORTING:
            locked.state, locked.outcomes, locked.problem, locked.imported_by = State.SHOWN, outcomes, problem, ""
            locked.save()
    return locked
