"""Who changed what, and why: pghistory writes every change of a tracked table from a trigger, with the context.

`@tracked` gives the model XYZ a table of its past, model XYZHistory in the same app. That table needs its own wall in
the migration: CustomerWall("xyzhistory", portal="INSERT") when the portal writes XYZ, VendorOnly otherwise.
"""

from contextlib import AbstractContextManager
from typing import Any, TypeVar

import pghistory
from django.db.models import Model

from ground.actor import Actor

Tracked = TypeVar("Tracked", bound=type[Model])


def tracked(model: Tracked) -> Tracked:
    """Keep every version of every row of this model in the model `<Name>History`."""
    keep = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        model_name=f"{model.__name__}History",
        append_only=True,
    )
    kept: Tracked = keep(model)
    return kept


def acting(*, actor: Actor, verb: str, reason: str = "", **facts: Any) -> AbstractContextManager[Any]:
    """Say who does what and why, for all changes of tracked rows in this block. `facts` must be JSON values."""
    context: AbstractContextManager[Any] = pghistory.context(
        actor=actor.name, actor_id=actor.user_id, verb=verb, reason=reason, **facts
    )
    return context
