"""What closing a period comes to under the locks: hold it, leave it, or draft it; for one contract or for many.

Owns: the decision under the locks, the states of periods, and the history of drafts. Does not own: what is gathered
before (`gathering`), the lines of a draft (`drafting`), and transactions, which the operations open.
Invariants: nothing is decided from facts that moved since they were gathered; a period that is drafted points to the
draft that bills it, and a draft that says what is no longer believed is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from billing.drafting import DraftToWrite, delete_draft, store_drafts
from billing.gaps import days_by_rule
from billing.gathering import Facts, force_and_hold
from billing.history import event_of, record_event
from billing.holds import Hold, earlier_open, nobody_active
from billing.in_advance import draft_of, lock_due, rate_due
from billing.locks import lock_contract, lock_invoice, lock_periods
from billing.models import BillingPeriod, Invoice, InvoiceEvent
from billing.rating import rate_periods
from billing.state_moves import PERIOD_MOVES, require_move
from billing.tax import undecided_tax
from billing.terms_in_force import TermsInForce, schedule_document, terms_in_force
from ground.actor import Actor
from ground.copying import insert_rows
from ground.faults import fault_point
from licenses.models import Contract
from licenses.queries import NothingAgreed
from rollcall.period import Period
from rollcall.rating import NeedsEarlierPeriods
from rollcall.terms.fields import TermsRefused
from usage.queries import is_current

State = BillingPeriod.State


class NoSuchPeriod(Exception):
    """The contract has no billing period of exactly these days."""


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What closing came to: the state of the period, the draft or the reason to hold, and whether anything changed."""

    state: str
    changed: bool
    invoice: Invoice | None = None
    held_code: str = ""
    held_words: str = ""


@dataclass(frozen=True, kw_only=True)
class Drafting:
    """A closing that comes to a draft, which is not written yet. `moved` says whether rating changed any row."""

    draft: DraftToWrite
    moved: bool


def close_locked(
    *, actor: Actor, contract: Contract, period: Period, facts: Facts, now: datetime, today: date
) -> Closing | Drafting | None:
    """Take the locks and decide; None when the facts have moved and must be gathered again.

    A hold is written; a draft is for `write_drafted`, in the same transaction. Raises NoSuchPeriod, NothingAgreed.
    """
    contract = lock_contract(contract.pk)
    rows = lock_periods(contract=contract, period=period)
    if not rows:
        raise NoSuchPeriod(f"Contract {contract.number} has no billing period {period.words()}.")
    live = [row for row in rows if row.state != State.INVOICED and not row.is_in_advance]
    if not live:
        return draft_ahead(actor=actor, contract=contract, period=period, by=period.end, row=rows[-1], now=now)
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
    return _drafting(contract, [*live, *ahead], moved or changed, force)


def _said(refused: TermsRefused) -> str:
    return f"{refused.sentence[:1].upper()}{refused.sentence[1:]}"


def draft_ahead(
    *, actor: Actor, contract: Contract, period: Period, by: date, row: BillingPeriod, now: datetime
) -> Closing | Drafting:
    """Draft what is due in advance by a day on an invoice of its own; where nothing is, say where the row is billed.

    The caller holds the locks of the contract and its period.
    """
    due = lock_due(contract=contract, by=by, draft_id=draft_of(contract=contract, period=period))
    if not due:
        return Closing(state=row.state, changed=False, invoice=row.invoice)
    force = terms_in_force(contract=contract, period=due[0].span)
    if undecided := undecided_tax(tax=force.terms.tax, contract=contract, period=due[0].span):
        return _hold(actor, due, Hold(code=BillingPeriod.HeldCode.TAX_UNDECIDED, words=undecided), now)
    return _drafting(contract, *_rated_ahead(contract, due, force, now), force)


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
            require_move(PERIOD_MOVES, before=row.state, after=State.COUNTED, what=row)
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
        require_move(PERIOD_MOVES, before=row.state, after=State.HELD, what=row)
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


def _drafting(contract: Contract, rows: Sequence[BillingPeriod], moved: bool, force: TermsInForce) -> Drafting:
    draft_id = next((row.invoice_id for row in rows if row.invoice_id is not None), None)
    before = lock_invoice(draft_id) if draft_id is not None else None
    return Drafting(draft=DraftToWrite(contract=contract, rows=rows, force=force, draft=before), moved=moved)


def write_drafted(*, actor: Actor, draftings: Sequence[Drafting], now: datetime) -> list[Closing]:
    """Store the counts and ratings that are on the rows, and write, or write again, the drafts that bill them.

    All in the transaction in which `close_locked` took the locks; the closings come in the same order.
    Raises billing.tax.TaxNotDecided.
    """
    nets = [None if one.draft.draft is None else one.draft.draft.net_amount for one in draftings]
    stored = store_drafts(drafts=[(one.draft, one.draft.content()) for one in draftings], now=now)
    closings: list[Closing] = []
    events: list[InvoiceEvent] = []
    for one, old_net, (draft, rewritten) in zip(draftings, nets, stored, strict=True):
        fault_point("close.after_draft")
        moved = _put_on(draft, one, now)
        if rewritten:
            verb = "drafted" if one.draft.draft is None else "redrafted"
            before = {} if old_net is None else {"net_amount_before": str(old_net)}
            data = {"net_amount": str(draft.net_amount)} | before
            events.append(event_of(invoice=draft, verb=verb, actor=actor, at=now, data=data))
        closings.append(Closing(state=State.DRAFTED, changed=moved or rewritten, invoice=draft))
    insert_rows(InvoiceEvent, events)
    return closings


def _put_on(draft: Invoice, drafting: Drafting, now: datetime) -> bool:
    """Let the rows point to their draft; return whether any of them changed, by rating or by this."""
    moved = drafting.moved
    for row in drafting.draft.rows:
        if row.state == State.DRAFTED and row.invoice_id == draft.pk and not moved:
            continue
        require_move(PERIOD_MOVES, before=row.state, after=State.DRAFTED, what=row)
        row.state, row.held_code, row.held_words, row.invoice = State.DRAFTED, "", "", draft
        row.state_changed_at = now
        row.save()
        moved = True
    return moved
