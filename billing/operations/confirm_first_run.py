"""Have an import done as it was shown."""

from datetime import datetime

from django.db import transaction

from billing.imports.carry_out import has_errors
from billing.models import FirstRunImport
from billing.state_moves import MoveRefused
from ground.actor import Actor
from ground.audit import acting
from ground.operations import enqueue_job

IMPORT = "billing.import_first_run"
State = FirstRunImport.State


def confirm_first_run(*, actor: Actor, first_run: FirstRunImport, now: datetime) -> FirstRunImport:
    """Ask for the import and return it; asked twice it is done once.

    Raises NotAllowed, MoveRefused where a row is wrong, where nothing would change, or where it was not shown.
    """
    actor.require_vendor("finance", "admin")
    with transaction.atomic(durable=True), acting(actor=actor, verb="confirm_first_run"):
        locked = FirstRunImport.objects.select_for_update().get(pk=first_run.pk)
        if locked.state in (State.IMPORTING, State.IMPORTED):
            return locked
        if locked.state != State.SHOWN:
            raise MoveRefused(f"The {locked} is {locked.get_state_display()}; send the files again.")
        if has_errors(locked.outcomes):
            raise MoveRefused("Some rows are wrong, so nothing is imported. Correct the file and send it again.")
        locked.state, locked.problem, locked.imported_by = State.IMPORTING, "", actor.name
        locked.save()
        # By the instant: an import that had to be looked at again is another job.
        key = f"{IMPORT}:{locked.pk}:{now.isoformat()}"
        enqueue_job(key=key, kind=IMPORT, args={"import_id": locked.pk})
    return locked
