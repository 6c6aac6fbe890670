"""Read the files of an import in confined children, and try what they would do; nothing of it stays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from billing.imports.carry_out import Outcome, carry_out
from billing.imports.recognize import FileNotTaken, Found, recognized
from billing.models import FirstRunImport
from ground.actor import Actor
from ground.faults import fault_point
from ground.storage import remove_stored, stored_path
from rollcall.intake.limits import DEFAULT_LIMITS
from rollcall.intake.sandbox import ChildDied, run_tables
from usage.limits import child_user

State = FirstRunImport.State
# What one file of the first run may hold; a workbook this large is already the whole of a large vendor.
LIMITS = replace(
    DEFAULT_LIMITS,
    plain_bytes=50_000_000,
    workbook_bytes=200_000_000,
    workbook_text_bytes=50_000_000,
    cells=1_000_000,
    rows=20_000,
    columns=30,
    members=200,
    sniff_seconds=60,
)


def show_first_run(
    *, import_id: int, now: datetime, progress: Callable[[int, int, str], None] = lambda done, total, words: None
) -> FirstRunImport:
    """Store what the files hold and what each row would do, and return the import; one past this step is unchanged.

    A file that cannot be read, or holds no step, refuses the import with the sentence that says so.
    """
    row = FirstRunImport.objects.get(pk=import_id)
    if row.state != State.READING:
        return row
    try:
        tables = [table for file in row.files for table in _read(file)]
        outcomes = carry_out(tables, actor=actor_of_import(row.asked_by), now=now, progress=progress)
    except FileNotTaken as refused:
        return _end(row, state=State.REFUSED, problem=str(refused))
    fault_point("first_run.before_shown")
    return _end(row, state=State.SHOWN, tables=tables, outcomes=outcomes)


def actor_of_import(asked_by: str) -> Actor:
    """The worker that does what a person asked for. Both the try and the import are its work."""
    return Actor.system(f"first run, asked by {asked_by}")


def _read(file: dict[str, str]) -> list[Found]:
    path = stored_path(file["storage_key"], file["sha256"])
    try:
        read = run_tables(path, file["name"], limits=LIMITS, user=child_user())
    except ChildDied as death:
        raise FileNotTaken(f"{file['name']}: {death}") from death
    if read["refused"]:
        words = str(read["refused"])
        raise FileNotTaken(words if file["name"] in words else f"{file['name']}: {words}")
    return [recognized(table) for table in read["tables"]]


def _end(
    row: FirstRunImport,
    *,
    state: str,
    problem: str = "",
    tables: list[Found] | None = None,
    outcomes: list[Outcome] | None = None,
) -> FirstRunImport:
    with transaction.atomic(durable=True):
        locked = FirstRunImport.objects.select_for_update().get(pk=row.pk)
        if locked.state == State.READING:
            locked.state, locked.problem = state, problem
            locked.tables = [table.to_json() for table in tables or []]
            locked.outcomes = outcomes or []
            locked.save()
    for file in row.files:
        remove_stored(file["storage_key"])
    return locked
