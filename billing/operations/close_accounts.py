"""Close the accounts of a legal entity up to a day: from then on no document is dated on it or before."""

from datetime import date, datetime, timedelta

from billing.models import AccountingClose
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from ground.presentation import format
from ground.together import own_transaction
from licenses.models import LegalEntity

SHORTEST_REASON = 8


class CloseRefused(ValueError):
    """The accounts cannot be closed up to this day, or not without a reason."""


class AccountsClosed(Exception):
    """The document would be dated into accounts that are closed."""


def close_accounts(
    *, actor: Actor, legal_entity: LegalEntity, through: date, now: datetime, today: date, reason: str
) -> AccountingClose:
    """Close everything up to and with this day, which is past, and return the row; it is never opened again.

    Asked again for the same day, the row there is is returned. Waits for documents that are being numbered: one that is
    final before stays, one that comes after is dated later or refused.
    Raises NotAllowed, CloseRefused.
    """
    actor.require_vendor("finance")
    if len(reason.strip()) < SHORTEST_REASON:
        raise CloseRefused(f"Say in at least {SHORTEST_REASON} characters what is closed, as in: VAT return of June.")
    if through >= today:
        raise CloseRefused(f"{format.day(through)} is not over. Close up to yesterday at most.")
    closed_to = through + timedelta(days=1)
    with own_transaction(), acting(actor=actor, verb="close_accounts", reason=reason):
        # The same lock as the database takes for a close, so that two at once stand in line here already.
        LegalEntity.objects.select_for_update().get(pk=legal_entity.pk)
        fault_point("close_accounts.after_lock")
        latest = AccountingClose.objects.filter(legal_entity=legal_entity).order_by("-closed_to").first()
        if latest is not None and latest.closed_to == closed_to:
            return latest
        if latest is not None and latest.closed_to > closed_to:
            raise CloseRefused(
                f"The accounts are closed up to {format.day(latest.closed_to - timedelta(days=1))} already."
            )
        row = AccountingClose.objects.create(
            legal_entity=legal_entity, closed_to=closed_to, closed_at=now, closed_by=actor.name, reason=reason.strip()
        )
        fault_point("close_accounts.before_commit")
    fault_point("close_accounts.after_commit")
    return row


def require_open(*, legal_entity: LegalEntity, day: date) -> None:
    """Raise AccountsClosed where no document may be dated on this day any more."""
    latest = AccountingClose.objects.filter(legal_entity=legal_entity, closed_to__gt=day).order_by("-closed_to").first()
    if latest is not None:
        last = format.day(latest.closed_to - timedelta(days=1))
        raise AccountsClosed(
            f"The accounts of {legal_entity.name} are closed up to {last}; no document is dated {format.day(day)} "
            "any more."
        )
