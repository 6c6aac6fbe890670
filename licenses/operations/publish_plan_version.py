"""Publish a plan's draft: from now on contracts may start from it, and it never changes."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import PlanVersion


class PublishedAlready(Exception):
    """The version is published; what would change it is a new version."""


def publish_plan_version(*, actor: Actor, version: PlanVersion, now: datetime) -> PlanVersion:
    """Publish one version. Raises NotAllowed, PublishedAlready."""
    actor.require_vendor()
    with transaction.atomic(durable=True), acting(actor=actor, verb="publish_plan_version"):
        version = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan").get(pk=version.pk)
        if version.is_published:
            raise PublishedAlready(
                f"Version {version.number} of {version.plan.name} is published already; a new version changes it."
            )
        version.published_at, version.published_by = now, actor.name
        version.save(update_fields=["published_at", "published_by"])
    return version
