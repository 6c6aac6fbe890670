"""Close a billing period of a contract: count it, rate it, draft its invoice; or hold it, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from billing.drafting import delete_draft, write_draft
from billing.gaps import days_by_rule
from billing.gathering import Facts, force_and_hold, gather
from billing.history import record_event
from billing.holds import Hold, earlier_open, nobody_active
from billing.in_advance import draft_of, lock_due, rate_due
from billing.locks import lock_contract, lock_invoice, lock_periods
from billing.models import BillingPeriod, Invoice
from billing.operations.open_periods import open_periods
from billing.rating import rate_periods
from billing.state_moves import PERIOD_MOVES, require_move
from billing.tax import undecided_tax
from billing.terms_in_force import TermsInForce, schedule_document, terms_in_force
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from licenses.models import Contract
from licenses.queries import NothingAgreed
from rollcall.period import Period
from rollcall.rating import NeedsEarlierPeriods
from rollcall.terms.fields import TermsRefused
from usage.queries import is_current

ATTEMPTS = 5
State = BillingPeriod.State


class PeriodNotOver(Exception):
    """The period has days to come; only a complete period is billed."""


class NoSuchPeriod(Exception):
    """The contract has no billing period of exactly these days."""


class FactsKeepMoving(Exception):
    """Reports or terms changed each time the period was counted; trying again later is safe."""


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What closing came to: the state of the period, the draft or the reason to hold, and whether anything changed."""

    state: str
    changed: bool
    invoice: Invoice | None = None
    held_code: str = ""
    held_words: str = ""


def close_period(
    *, actor: Actor, contract: Contract, period: Period, now: datetime, today: date, facts: Facts | None = None
) -> Closing:
    """Bring every charge of this period to `drafted`, or to `held` with a reason; redraft what changed since.

    What is billed in advance for the period after it, and what is due in advance and on no draft yet, comes on the
    same invoice. A period that has begun and is not over is billed for what is due in advance, and for nothing else.
    Counting is done before the locks are taken, and done again when a report or an amendment came in between, so a
    period is billed under exactly one version and one set of evidence. An invoiced period is left alone. Run again,
    or eight times at once, the effect is one. `today` is the civil day in the contract's zone.
    `facts` are those that `gather_together` gathered of many contracts before; they are compared under the locks as
    those that are gathered here are.
    Raises NotAllowed, PeriodNotOver, NoSuchPeriod, FactsKeepMoving.
    """
    actor.require_vendor("finance", "account_manager")
    if today < period.start:
        raise PeriodNotOver(f"{period.words()} has not begun; it can be closed from {period.end} on.")
    if facts is None:
        open_periods(actor=actor, contract=contract, today=today)
    fault_point("close.after_open")
    if today < period.end:
        return _bill_ahead(actor, contract, period, now)
    for _ in range(ATTEMPTS):
        facts = facts or gather(contract=contract, period=period, now=now, today=today)
        if facts is None:
            continue
        fault_point("close.after_count")
        with transaction.atomic(durable=True), acting(actor=actor, verb="close_period"):
            closing = _close_locked(actor, contract, period, facts, now, today)
            fault_point("close.before_commit")
        if closing is not None:
            fault_point("close.after_commit")
            return closing
        facts = None
    raise FactsKeepMoving(f"{period.words()} of contract {contract.number} changed while it was counted. Try again.")


def _close_locked(
    actor: Actor, contract: Contract, period: Period, facts: Facts, now: datetime, today: date
) -> Closing | None:
    """Write the result under the locks; None when the facts have moved and must be gathered again."""
    contract = lock_contract(contract.pk)
    rows = lock_periods(contract=contract, period=period)
    if not rows:
        raise NoSuchPeriod(f"Contract {contract.number} has no billing period {period.words()}.")
    live = [row for row in rows if row.state != State.INVOICED and not row.is_in_advance]
    if not live:
        return _draft_ahead(actor, contract, period, period.end, rows[-1], now)
    force, hold = force_and_hold(contract=contract, period=period, today=today, released=live[0].released_codes)
    if not _still_hold(facts, force, hold, contract, period):
        return None
    hold = hold or facts.hold
    if hold is not None:
        return _hold(actor, live, hold, now)
    if force is None:
        raise NothingAgreed(f"Contract {contract.number} has no version for {period.words()}.")
    released = live[0].released_codes
    missing_days = days_by_rule(contract=contract, force=force, period=period, released=released)
    hold = nobody_active(
        period=period,
        zone=force.terms.timezone,
        counts=[count.users for count in facts.counts.values()],
        released=released,
    )
    if facts.counts and hold is not None and not (missing_days and force.terms.gap_rule.estimates):
        return _hold(actor, live, hold, now)
    if undecided := undecided_tax(tax=force.terms.tax, contract=contract, period=period):
        return _hold(actor, live, Hold(code=BillingPeriod.HeldCode.TAX_UNDECIDED, words=undecided), now)
    try:
        moved = rate_periods(contract=contract, rows=live, force=force, counts=facts.counts, missing_days=missing_days)
    except NeedsEarlierPeriods as needed:
        # What limits remember is not known without the periods before this one.
        return _hold(actor, live, earlier_open(contract=contract, force=force, period=period, needed=needed), now)
    except TermsRefused as refused:
        return _hold(actor, live, Hold(code=BillingPeriod.HeldCode.NOT_COUNTABLE, words=_said(refused)), now)
    draft_id = next((row.invoice_id for row in live if row.invoice_id is not None), None)
    due = lock_due(contract=contract, by=period.end, draft_id=draft_id or draft_of(contract=contract, period=period))
    ahead, changed = _rated_ahead(contract, due, force, now)
    return _draft(actor, contract, [*live, *ahead], moved or changed, force, now)


def _said(refused: TermsRefused) -> str:
    return f"{refused.sentence[:1].upper()}{refused.sentence[1:]}"


def _bill_ahead(actor: Actor, contract: Contract, period: Period, now: datetime) -> Closing:
    """Draft what is due in advance by the first day of a period that is not over. Raises PeriodNotOver for nothing."""
    with transaction.atomic(durable=True), acting(actor=actor, verb="close_period"):
        contract = lock_contract(contract.pk)
        rows = [row for row in lock_periods(contract=contract, period=period) if row.is_in_advance]
        if not rows:
            raise PeriodNotOver(f"{period.words()} is not over; it can be closed from {period.end} on.")
        closing = _draft_ahead(actor, contract, period, period.start, rows[-1], now)
        fault_point("close.before_commit")
    fault_point("close.after_commit")
    return closing


def _draft_ahead(
    actor: Actor, contract: Contract, period: Period, by: date, row: BillingPeriod, now: datetime
) -> Closing:
    """Draft what is due in advance by a day on an invoice of its own; where nothing is, say where the row is billed."""
    due = lock_due(contract=contract, by=by, draft_id=draft_of(contract=contract, period=period))
    if not due:
        return Closing(state=row.state, changed=False, invoice=row.invoice)
    force = terms_in_force(contract=contract, period=due[0].span)
    if undecided := undecided_tax(tax=force.terms.tax, contract=contract, period=due[0].span):
        return _hold(actor, due, Hold(code=BillingPeriod.HeldCode.TAX_UNDECIDED, words=undecided), now)
    return _draft(actor, contract, *_rated_ahead(contract, due, force, now), force, now)


def _rated_ahead(
    contract: Contract, due: Sequence[BillingPeriod], force: TermsInForce, now: datetime
) -> tuple[list[BillingPeriod], bool]:
    """Rate what is due in advance and may stand beside these terms; what may not is taken off the draft it was on."""
    ahead, changed = rate_due(contract=contract, rows=due, beside=force)
    _take_off([row for row in due if row not in ahead], now)
    return ahead, changed


def _take_off(rows: Sequence[BillingPeriod], now: datetime) -> None:
    """Let rows wait for another draft."""
    for row in rows:
        if row.state == State.DRAFTED:
            require_move(PERIOD_MOVES, before=row.state, after=State.COUNTED, what=str(row))
            row.state, row.invoice, row.state_changed_at = State.COUNTED, None, now
            row.save()


def _still_hold(
    facts: Facts, force: TermsInForce | None, hold: Hold | None, contract: Contract, period: Period
) -> bool:
    """Whether what was gathered before the locks is what is true under them."""
    if facts.force is None or force is None:
        return facts.force is force
    if facts.force.version.pk != force.version.pk or schedule_document(facts.force) != schedule_document(force):
        return False
    if facts.hold is not None and facts.hold.code == BillingPeriod.HeldCode.NOT_COUNTABLE:
        return hold is None
    if hold is not None or facts.hold is not None:
        return hold == facts.hold
    zone = force.terms.timezone
    return all(is_current(count=count, contract=contract, period=period, zone=zone) for count in facts.counts.values())


def _hold(actor: Actor, rows: Sequence[BillingPeriod], hold: Hold, now: datetime) -> Closing:
    """Hold the periods; a draft they were on is discarded, because it says what is no longer believed."""
    changed = False
    drafts = {row.invoice_id for row in rows if row.invoice_id is not None}
    for row in rows:
        if (row.state, row.held_code, row.held_words) == (State.HELD, hold.code, hold.words):
            continue
        require_move(PERIOD_MOVES, before=row.state, after=State.HELD, what=str(row))
        row.state, row.held_code, row.held_words = State.HELD, hold.code, hold.words
        row.invoice, row.state_changed_at = None, now
        row.save()
        changed = True
    for invoice_id in sorted(drafts):
        draft = lock_invoice(invoice_id)
        _take_off(list(BillingPeriod.objects.select_for_update().filter(invoice=draft).order_by("pk")), now)
        record_event(invoice=draft, verb="discarded", actor=actor, at=now, reason=hold.words)
        delete_draft(draft)
    return Closing(state=State.HELD, changed=changed, held_code=hold.code, held_words=hold.words)


def _draft(
    actor: Actor,
    contract: Contract,
    rows: Sequence[BillingPeriod],
    moved: bool,
    force: TermsInForce,
    now: datetime,
) -> Closing:
    """Store the counts and ratings that are on the rows, and write, or write again, the draft that bills them.

    `moved` says whether rating changed any of the rows.
    """
    draft_id = next((row.invoice_id for row in rows if row.invoice_id is not None), None)
    before = lock_invoice(draft_id) if draft_id is not None else None
    old_net = before.net_amount if before is not None else None
    draft, rewritten = write_draft(contract=contract, rows=rows, force=force, draft=before, now=now)
    fault_point("close.after_draft")
    for row in rows:
        if row.state == State.DRAFTED and row.invoice_id == draft.pk and not moved:
            continue
        require_move(PERIOD_MOVES, before=row.state, after=State.DRAFTED, what=str(row))
        row.state, row.held_code, row.held_words, row.invoice = State.DRAFTED, "", "", draft
        row.state_changed_at = now
        row.save()
        moved = True
    if rewritten:
        data = {"net_amount": str(draft.net_amount)} | ({} if old_net is None else {"net_amount_before": str(old_net)})
        verb = "drafted" if before is None else "redrafted"
        record_event(invoice=draft, verb=verb, actor=actor, at=now, data=data)
    return Closing(state=State.DRAFTED, changed=moved or rewritten, invoice=draft)
