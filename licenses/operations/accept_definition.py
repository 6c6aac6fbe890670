"""A customer accepts whom its contract counts, with the cases at the boundary as they were shown."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import rfc8785
from django.db import transaction

from ground.actor import Actor, NotAllowed
from licenses.models import ContractVersion, DefinitionAcceptance, Membership
from licenses.models.people import User


class CasesChanged(Exception):
    """What the person read is not what the program answers now."""


def cases_digest(cases: Sequence[Mapping[str, Any]]) -> str:
    """Return "sha256:..." over the canonical JSON (RFC 8785) of boundary cases."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps([dict(case) for case in cases])).hexdigest()}"


def accept_definition(
    *,
    actor: Actor,
    user: User,
    version: ContractVersion,
    metric_name: str,
    definition_digest: str,
    cases: Sequence[Mapping[str, Any]],
    seen_digest: str,
    now: datetime,
) -> DefinitionAcceptance:
    """Store that somebody of the customer accepted a definition; accepting the same twice changes nothing.

    `seen_digest` is that of the cases on the page that was read. Raises NotAllowed for everybody but the customer's
    administrators, CasesChanged.
    """
    actor.require_customer(version.customer_id)
    if actor.is_vendor:
        raise NotAllowed(f"{actor.name} belongs to the vendor; the customer accepts for itself.")
    if not Membership.objects.filter(user_id=user.pk, customer_id=version.customer_id, role="admin").exists():
        raise NotAllowed(f"{actor.name} may read the contract; an administrator of the customer accepts.")
    digest = cases_digest(cases)
    if digest != seen_digest:
        raise CasesChanged("The cases have other answers than those you read. Read them again, then accept.")
    with transaction.atomic():
        row, _ = DefinitionAcceptance.objects.get_or_create(
            version=version,
            metric_name=metric_name,
            definition_digest=definition_digest,
            cases_digest=digest,
            defaults={
                "customer_id": version.customer_id,
                "contract_id": version.contract_id,
                "cases": [dict(case) for case in cases],
                "accepted_by": actor.name or user.email,
                "accepted_email": user.email,
                "accepted_at": now,
            },
        )
    return row
