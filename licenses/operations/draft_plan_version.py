"""Write a plan down: a new plan with its first draft, or the draft of its next version."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import Plan, PlanVersion
from rollcall.terms.contract import ContractTerms


def draft_plan_version(
    *, actor: Actor, terms: Mapping[str, Any], plan: Plan | None = None, name: str = ""
) -> PlanVersion:
    """Store terms as the draft of a plan; a draft that waits already is replaced, a published version never is.

    Without a plan a new one is made under `name`. Raises NotAllowed, TermsRefused, ValidationError for a name that is
    empty, taken or too long.
    """
    actor.require_vendor()
    meaning = ContractTerms.from_json(terms)
    if plan is None:
        name = name.strip()
        if not name or Plan.objects.filter(name=name).exists():
            raise ValidationError({"name": f'Give the plan a name of its own; "{name}" is empty or taken.'})
        Plan(name=name).full_clean()
    with transaction.atomic(durable=True), acting(actor=actor, verb="draft_plan_version"):
        if plan is None:
            plan = Plan.objects.create(name=name)
        Plan.objects.select_for_update().get(pk=plan.pk)
        last = PlanVersion.objects.filter(plan=plan).order_by("number").last()
        if last is None or last.is_published:
            last = PlanVersion(plan=plan, number=1 if last is None else last.number + 1)
        last.terms, last.terms_digest = meaning.to_json(), meaning.digest()
        last.save()
    return last
