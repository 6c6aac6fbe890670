"""Say what a contract grants, in full, where it is another state than what was said before."""

from datetime import datetime

from licenses.event_data import digest_of, entitlements_data
from licenses.models import Contract, EventKind
from licenses.operations.announce import announce
from licenses.queries import NothingAgreed, zone_at
from licenses.webhooks import destinations_for
from rollcall.period import civil_day


def announce_entitlements(*, contract: Contract, now: datetime) -> None:
    """Announce the state of a contract on the day of `now` in its zone, in the current transaction.

    The same state is said once; so this may be called every day, and says something on the days of a change.
    """
    if not destinations_for(kind=EventKind.ENTITLEMENTS_CHANGED, customer_id=contract.customer_id).exists():
        return
    try:
        zone = zone_at(contract=contract, day=now.date())
    except NothingAgreed:
        return
    data = entitlements_data(contract, today=civil_day(now, zone))
    announce(
        kind=EventKind.ENTITLEMENTS_CHANGED,
        key=f"{contract.public_id}:{digest_of(data)}",
        data=lambda: data,
        customer_id=contract.customer_id,
        now=now,
    )
