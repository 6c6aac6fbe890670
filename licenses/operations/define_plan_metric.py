"""Define something that is counted, for the plans that will price it."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import PlanMetric
from rollcall.terms.fields import Fields
from rollcall.terms.metrics import read_metric


def define_plan_metric(*, actor: Actor, key: str, metric: Mapping[str, Any]) -> PlanMetric:
    """Store one metric under the name by which charges bill it. A metric that plans use is never changed.

    Raises NotAllowed, TermsRefused for what the engine cannot count, ValidationError when the name is taken or too
    long.
    """
    actor.require_vendor()
    # The engine judges the name, too; the zone is the contract's, so any stands in for it here.
    ((_, fields),) = Fields.of({"metrics": {key: dict(metric)}}, "").named("metrics", "metric")
    read_metric(fields, "UTC")
    row = PlanMetric(key=key, metric=dict(metric))
    if PlanMetric.objects.filter(key=key).exists():
        raise ValidationError({"key": f'There is a metric "{key}" already; give this one another name.'})
    row.full_clean()
    with transaction.atomic(durable=True), acting(actor=actor, verb="define_plan_metric"):
        row.save()
    return row
