"""Choose which notices of a contract are mailed before the bill, and to whom."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from billing.locks import lock_contract
from billing.models import Notice, NoticePreference
from ground.actor import Actor
from ground.audit import acting
from licenses.models import Contract


class UnknownKind(ValueError):
    """There is no notice of this kind."""


def set_notice_preference(
    *,
    actor: Actor,
    contract: Contract,
    off_kinds: Collection[str],
    is_sent_to_customer: bool,
    is_sent_to_vendor: bool,
    now: datetime,
) -> NoticePreference:
    """Store who is mailed about what; a kind that is off stays on the pages. Raises NotAllowed, UnknownKind."""
    actor.require_vendor("finance", "account_manager")
    unknown = set(off_kinds) - set(Notice.Kind.values)
    if unknown:
        raise UnknownKind(f"There are no notices about {', '.join(sorted(unknown))}.")
    with transaction.atomic(durable=True), acting(actor=actor, verb="set_notice_preference"):
        lock_contract(contract.pk)
        row, _ = NoticePreference.objects.update_or_create(
            contract=contract,
            defaults={
                "customer_id": contract.customer_id,
                "off_kinds": sorted(set(off_kinds)),
                "is_sent_to_customer": is_sent_to_customer,
                "is_sent_to_vendor": is_sent_to_vendor,
                "changed_by": actor.name,
                "changed_at": now,
            },
        )
    return row
