"""Lift the recall of a reporter: its reports are taken again like all others."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from usage.models import ReporterRecall
from usage.operations.decide_report import ReasonMissing


class LiftedAlready(Exception):
    """The recall was lifted before."""


def lift_recall(*, actor: Actor, recall: ReporterRecall, reason: str, now: datetime) -> ReporterRecall:
    """Return the recall, lifted. Both words stay; reports that wait because of it still wait for a person.

    Raises NotAllowed, ReasonMissing, LiftedAlready.
    """
    actor.require_vendor("account_manager", "finance", "admin")
    if not reason.strip():
        raise ReasonMissing("Say why the recall is lifted: the reason stays beside it.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="lift_recall", reason=reason):
        found = ReporterRecall.objects.select_for_update().get(pk=recall.pk)
        if found.is_lifted:
            raise LiftedAlready(f"{found.lifted_by} lifted this recall: {found.lifted_reason}")
        found.lifted_by, found.lifted_reason, found.lifted_at = actor.name, reason.strip(), now
        found.save(update_fields=["lifted_by", "lifted_reason", "lifted_at"])
        return found
