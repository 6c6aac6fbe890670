"""Propose to settle a billed period whose facts have changed since."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from billing.changed_users import changed_totals
from billing.event_data import true_up_data
from billing.locks import lock_contract
from billing.models import BillingPeriod, TrueUp
from billing.rating import StoredRating, estimated_users, read_rating
from billing.state_moves import TRUE_UP_MOVES, require_move
from billing.true_up_policy import settling_rules
from billing.true_up_record import Decision, record, write_decision
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from licenses.models import EventKind
from licenses.operations.announce import announce
from rollcall.money import number_in_words
from rollcall.period import civil_day
from rollcall.rating import settle
from rollcall.terms.rules import TrueUpRule
from usage.models import ActiveUserCount
from usage.queries import is_current

State = TrueUp.State
OPEN = (State.PROPOSED, State.NEEDS_APPROVAL)
# What arrives does so within the contract's window; an amendment is agreed, whenever that is.
ARRIVES = (TrueUp.Kind.LATE_USAGE, TrueUp.Kind.CORRECTION)


def propose_true_up(
    *,
    actor: Actor,
    period: BillingPeriod,
    count: ActiveUserCount | None,
    rating: StoredRating,
    usage: Mapping[str, Any],
    now: datetime,
    kind: str = TrueUp.Kind.LATE_USAGE.value,
    cause_key: str = "",
) -> TrueUp | None:
    """Store what an invoiced period would cost with this count, beside what was settled for it; None if nothing.

    What was settled is the invoice, or the last decided true-up: a waived difference stays waived. The same evidence
    proposes nothing new; a newer proposal supersedes an undecided older one; when the facts are back at what was
    settled, or differ by less than the contract settles, an undecided proposal is superseded by nothing. Usage and
    corrections that come after the contract's window change nothing; what was proposed before waits on.
    `usage` is the USAGE.json from which `rating` was made. `count` is None for a charge that counts nothing, of which
    only the terms can have changed. `kind` and `cause_key` say which fact brought it (`billing.causes`).
    """
    actor.require_vendor()
    with transaction.atomic(durable=True), acting(actor=actor, verb="propose_true_up"):
        contract = lock_contract(period.contract_id)
        decided = last_decided(period)
        open_proposal = TrueUp.objects.select_for_update().filter(billing_period=period, state__in=OPEN).first()
        if count is not None and not is_current(count=count, contract=contract, period=period.span, zone=period.zone):
            # Newer evidence came in while this was counted; whoever reviews that report proposes from it.
            return open_proposal
        rule = settling_rules(contract=contract).on(period.span.start)
        if kind in ARRIVES and rule.is_too_late(period.span.end, civil_day(now, period.zone)):
            return open_proposal
        proposal = _proposal(period, rule, decided, count, rating, usage, now)
        if open_proposal is not None:
            if proposal is not None and _is_the_same(open_proposal, proposal):
                return open_proposal
            require_move(TRUE_UP_MOVES, before=open_proposal.state, after=State.SUPERSEDED, what="The true-up")
            write_decision(open_proposal, Decision(state=State.SUPERSEDED.value))
            open_proposal.save()
            record(true_up=open_proposal, verb="superseded", actor=actor, at=now)
        fault_point("true_up.before_propose")
        if proposal is not None:
            proposal.kind, proposal.cause_key = kind, cause_key
            proposal.save()
            record(true_up=proposal, verb="proposed", actor=actor, at=now)
            _announce(proposal)
    return proposal


def _announce(proposal: TrueUp) -> None:
    announce(
        kind=EventKind.TRUE_UP_PROPOSED,
        key=proposal.public_id,
        data=lambda: true_up_data(proposal),
        customer_id=proposal.customer_id,
        now=proposal.proposed_at,
    )


def last_decided(period: BillingPeriod) -> TrueUp | None:
    """The last decided true-up of a period: what counts as settled, whether it was accepted or waived."""
    decided = TrueUp.objects.filter(billing_period=period, state__in=(State.ACCEPTED, State.WAIVED))
    return decided.select_related("after_count").order_by("decided_at", "pk").last()


def _proposal(
    period: BillingPeriod,
    rule: TrueUpRule,
    decided: TrueUp | None,
    count: ActiveUserCount | None,
    rating: StoredRating,
    usage: Mapping[str, Any],
    now: datetime,
) -> TrueUp | None:
    """Return the row to store, or None when there is nothing that the contract settles."""
    before_count = decided.after_count if decided is not None else period.rated.count
    before_rating = decided.after_rating if decided is not None else period.rated.rating
    settlement = settle(before=read_rating(before_rating), after=read_rating(rating.document))
    if rule.ignores(settlement.difference_amount):
        return None
    new_users = gone_users = 0
    if before_count is not None and count is not None:
        new_users, gone_users = changed_totals(before=before_count, after=count)
    return TrueUp(
        customer_id=period.customer_id,
        contract_id=period.contract_id,
        billing_period=period,
        charge_key=period.charge_key,
        previous=decided,
        before_count=before_count,
        after_count=count,
        after_evidence_set_digest=count.evidence_set_digest if count is not None else "",
        before_rating=before_rating,
        after_rating=rating.document,
        after_usage=dict(usage),
        currency=settlement.currency,
        difference_amount=settlement.difference_amount,
        approve_above=rule.approve_above,
        words=_words(
            period, before_count, estimated_users(before_rating), count, new_users, gone_users, settlement.words
        ),
        new_users=new_users,
        gone_users=gone_users,
        proposed_at=now,
    )


def _words(
    period: BillingPeriod,
    before: ActiveUserCount | None,
    estimated: int,
    after: ActiveUserCount | None,
    new_users: int,
    gone_users: int,
    settled: str,
) -> str:
    """Say it as it will stand on the invoice."""
    number = period.invoice.number if period.invoice is not None else ""
    head = f"True-up of {period.span.words(period.zone)}, invoice {number}: "
    if before is None or after is None or before.pk == after.pk:
        return f"{head}the terms of {period.charge_key} changed since. {settled}"
    then, now = number_in_words(before.users), number_in_words(after.users)
    guessed = f" and {number_in_words(estimated)} estimated" if estimated else ""
    what = after.get_metric_kind_display()
    # Nobody can say who is new behind a number that the instances state.
    people = f" ({number_in_words(new_users)} new, {number_in_words(gone_users)} gone)"
    return f"{head}{then} {what}{guessed} then, {now} now{'' if after.is_reported else people}. {settled}"


def _is_the_same(stored: TrueUp, proposal: TrueUp) -> bool:
    return (stored.previous_id, stored.after_count_id, stored.difference_amount, stored.after_rating) == (
        proposal.previous_id,
        proposal.after_count_id,
        proposal.difference_amount,
        proposal.after_rating,
    )
