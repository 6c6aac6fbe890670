"""Look for what does not agree in the periods of a contract, and keep a row for each difference."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from billing.difference_history import record_difference_event
from billing.differences.found import Found
from billing.differences.registry import KINDS
from billing.fresh_facts import what_changed
from billing.locks import lock_contract
from billing.models import BillingPeriod, Difference
from billing.period_facts import PeriodFacts, gather_facts
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from licenses.models import Contract
from licenses.ranges import range_of
from rollcall.money import plain
from rollcall.period import Period

State = Difference.State
# Periods that are invoiced longer than this are looked at while something about them is open.
LOOKS_BACK = timedelta(days=120)
COLUMN_PLACES = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class Looked:
    """How many differences are new, changed, open again and gone after a look."""

    new: int = 0
    changed: int = 0
    again: int = 0
    gone: int = 0

    def __add__(self, other: "Looked") -> "Looked":
        return Looked(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            again=self.again + other.again,
            gone=self.gone + other.gone,
        )


def look_for_differences(*, actor: Actor, contract: Contract, now: datetime) -> Looked:
    """Compare what is stored about each period that is not settled, and about those with open differences.

    What is found anew is open; what was found before keeps its row, its owner and its note, and says what changed.
    What was explained stays so until its users or its money are others; then it is open again. What is not found any
    more is gone, with the words what made it vanish. Run again on the same facts it changes nothing.
    Raises NotAllowed, CountFailed, StoredFileDamaged, StoredFileMissing.
    """
    actor.require_vendor()
    looked = Looked()
    for period in _periods(contract, now):
        facts = gather_facts(contract=contract, period=period, now=now)
        found = {} if facts is None else _found(facts)
        fault_point("look.after_facts")
        with transaction.atomic(durable=True), acting(actor=actor, verb="look_for_differences"):
            lock_contract(contract.pk)
            looked += _keep(actor, contract, period, facts, found, now)
    return looked


def _periods(contract: Contract, now: datetime) -> list[Period]:
    """The periods to look at, the oldest first."""
    rows = BillingPeriod.objects.filter(
        contract=contract, kind=BillingPeriod.Kind.REGULAR, is_in_advance=False, starts_at__lte=now
    )
    live = rows.exclude(state=BillingPeriod.State.INVOICED) | rows.filter(ends_at__gte=now - LOOKS_BACK)
    spans = {row.span for row in live.only("period")}
    spans |= {row.span for row in Difference.objects.filter(contract=contract, state=State.OPEN).only("period")}
    return sorted(spans)


def _found(facts: PeriodFacts) -> dict[str, tuple[str, Found]]:
    """What every kind finds, by the key of the difference, with its code."""
    start = facts.period.start.isoformat()
    return {
        ":".join(filter(None, (code, facts.contract.public_id, start, found.detail))): (code, found)
        for code, kind in KINDS.items()
        for found in kind.find(facts)
    }


def _keep(
    actor: Actor,
    contract: Contract,
    period: Period,
    facts: PeriodFacts | None,
    found: Mapping[str, tuple[str, Found]],
    now: datetime,
) -> Looked:
    known = {
        row.key: row
        for row in Difference.objects.select_for_update().filter(contract=contract, period=range_of(period))
    }
    looked = Looked()
    for key, (code, one) in found.items():
        if facts is not None:
            looked += _keep_one(actor, known.get(key), key, code, one, facts, now)
    lost = [row for key, row in known.items() if key not in found and row.is_open]
    for row in lost:
        _close_as_gone(actor, row, now)
    return looked + Looked(gone=len(lost))


def _keep_one(
    actor: Actor, row: Difference | None, key: str, code: str, found: Found, facts: PeriodFacts, now: datetime
) -> Looked:
    """Write one difference that was found: a new row, or what is new about the one that is there."""
    if row is None:
        row = Difference(
            customer_id=facts.contract.customer_id,
            contract=facts.contract,
            period=range_of(facts.period),
            code=code,
            key=key,
            found_at=now,
            changed_at=now,
            zone=facts.zone,
        )
        _put(row, found, facts)
        row.save()
        _record(row, "found", actor, now)
        return Looked(new=1)
    before = (row.users, row.amount)
    _put(row, found, facts)
    is_other = before != (row.users, row.amount)
    if row.state == State.GONE or (row.state == State.EXPLAINED and is_other):
        closed_as = row.state
        row.state, row.closed_at, row.closed_by, row.reason, row.changed_at = State.OPEN, None, "", "", now
        row.save()
        _record(row, "found_again", actor, now, was=closed_as)
        return Looked(again=1)
    if not is_other:
        # Words and places may be fresher; nothing happened that a person has to hear of.
        row.save()
        return Looked()
    row.changed_at = now
    row.save()
    _record(row, "changed", actor, now, users_before=before[0], amount_before=_text(before[1]))
    return Looked(changed=1)


def _put(row: Difference, found: Found, facts: PeriodFacts) -> None:
    """Put on a row what was found; amounts as the column keeps them, so that the same amount is the same."""
    row.words, row.users = found.words, found.users
    row.facts = {**found.facts, "people_by_why": dict(facts.tally.by_why)}
    row.amount = None if found.amount is None else found.amount.quantize(COLUMN_PLACES)
    row.currency = facts.currency if found.amount is not None else ""
    row.billing_period = facts.row


def _close_as_gone(actor: Actor, row: Difference, now: datetime) -> None:
    """Close a difference that is not found any more, and say what made it vanish."""
    said = KINDS[row.code].gone if row.code in KINDS else "This is not looked for any more."
    since = what_changed(contract=row.contract, period=row.span, zone=row.zone, since=row.found_at)
    row.state, row.closed_at, row.closed_by, row.changed_at = State.GONE, now, actor.name, now
    row.reason = f"{said} Since it was found: {'; '.join(since)}." if since else said
    row.save()
    _record(row, "gone", actor, now, reason=row.reason)


def _record(row: Difference, verb: str, actor: Actor, now: datetime, reason: str = "", **more: object) -> None:
    data = {"users": row.users, "amount": _text(row.amount), "currency": row.currency, **more}
    record_difference_event(difference=row, verb=verb, actor=actor, at=now, reason=reason or row.words, data=data)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
