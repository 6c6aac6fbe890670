"""Say up to which amount one person adjusts the drafts of a period."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from billing.models import ApprovalLimit
from billing.operations.discard_draft import ReasonMissing
from ground.actor import Actor
from ground.audit import acting
from licenses.models import LegalEntity
from rollcall.money import UnknownCurrency, round_half_up


class LimitRefused(Exception):
    """The limit is no amount in a currency that exists."""


def set_approval_limit(
    *, actor: Actor, legal_entity: LegalEntity, currency: str, amount: Decimal, reason: str, now: datetime
) -> ApprovalLimit:
    """Set the limit of a legal entity in one currency, and return it; adjustments made before keep what they needed.

    An administrator sets it, because finance and account managers adjust. Zero lets two people decide everything.
    Every change stays on record with the reason. Raises NotAllowed, ReasonMissing, LimitRefused.
    """
    actor.require_vendor("admin")
    if not reason.strip():
        raise ReasonMissing("Say why the limit changes.")
    _require_amount(amount, currency)
    with (
        transaction.atomic(durable=True),
        acting(actor=actor, verb="set_approval_limit", reason=reason.strip(), at=now.isoformat()),
    ):
        row, _ = ApprovalLimit.objects.update_or_create(
            legal_entity=legal_entity, currency=currency, defaults={"amount": amount}
        )
    return row


def _require_amount(amount: Decimal, currency: str) -> None:
    is_possible = amount.is_finite() and 0 <= amount < Decimal(10) ** 15
    try:
        is_whole = is_possible and round_half_up(amount, currency) == amount
    except UnknownCurrency as unknown:
        raise LimitRefused(
            f"{currency or 'Nothing'} is not a currency; write its ISO 4217 code, as in EUR."
        ) from unknown
    if not is_whole:
        raise LimitRefused(f"Write an amount that is not negative, with no more decimals than {currency} has.")
