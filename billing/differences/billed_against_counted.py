"""Billed against counted: the period is invoiced, and what arrived since gives another number."""

from collections.abc import Iterable
from decimal import Decimal

from billing.changed_users import changed_totals
from billing.differences.found import Found, at_stake
from billing.models import BillingPeriod, Difference, TrueUp
from billing.period_facts import PeriodFacts
from billing.rerating import rate_again, standing_force
from billing.settled_facts import is_too_late
from ground.presentation.format import count_of, day
from rollcall.money import exact_difference
from rollcall.terms.fields import TermsRefused
from usage.models import ActiveUserCount

CODE = Difference.Code.BILLED_AGAINST_COUNTED
GONE = "What is billed, with what was decided since, is what is counted."
WAITS = "A true-up waits for a decision."
CHANGES_NOTHING = "It changes no amount under these terms."
TOO_LATE = "It came after {}, the last day on which the contract settles such a change, so no true-up is proposed."
DECIDED = (TrueUp.State.ACCEPTED, TrueUp.State.WAIVED)


def find(facts: PeriodFacts) -> Iterable[Found]:
    """Find an invoiced period whose newest count has other users than what was billed or decided last."""
    row, count = facts.row, facts.count
    if row.state != BillingPeriod.State.INVOICED or count is None or row.count is None:
        return
    of_row = [one for one in facts.true_ups if one.billing_period_id == row.pk]
    decided = [one for one in of_row if one.state in DECIDED and one.after_count_id is not None]
    last = max(decided, key=lambda one: (one.decided_at, one.pk), default=None)
    settled = last.after_count if last is not None and last.after_count is not None else row.count
    waiting = next((one for one in of_row if one.state not in (*DECIDED, TrueUp.State.SUPERSEDED)), None)
    if waiting is None and (settled.pk == count.pk or not _is_other(settled, count)):
        return
    users = count.users - settled.users
    known: Decimal | None = waiting.difference_amount if waiting is not None else Decimal(0)
    way_on = WAITS if waiting is not None else CHANGES_NOTHING
    rule = facts.force.terms.true_up
    last_day = rule.last_day(row.span.end)
    if waiting is None and last_day is not None and is_too_late(rule=rule, count=count, period=row.span):
        known = _unsettled(facts, last)
        way_on = TOO_LATE.format(day(last_day)) if known != 0 else CHANGES_NOTHING
    document = row.invoice.number if row.invoice is not None and row.invoice.number else "the invoice"
    now = count_of(count.users, "is", "are")
    yield Found(
        words=f"{document} settled {count_of(settled.users, 'user')}, {now} counted now. {way_on}",
        users=users,
        amount=at_stake(known),
        facts={
            "true_up": waiting.public_id if waiting is not None else "",
            "invoice": row.invoice.public_id if row.invoice is not None else "",
            "billed": settled.users,
            "counted": count.users,
        },
    )


def _unsettled(facts: PeriodFacts, last: TrueUp | None) -> Decimal | None:
    """Return what the charge comes to now above what was settled; None where the terms cannot say it."""
    row = facts.row
    settled = last.after_rating if last is not None else row.rated.rating
    try:
        again = rate_again(contract=facts.contract, row=row, force=standing_force(row), counts=facts.counts)
    except TermsRefused:
        return None
    return exact_difference(Decimal(again.rating.document["net_amount"]), Decimal(settled["net_amount"]))


def _is_other(settled: ActiveUserCount, count: ActiveUserCount) -> bool:
    """Whether other people count, or another number or quantity where there is no list of people."""
    if settled.has_people and count.has_people and settled.quantity is None and count.quantity is None:
        return any(changed_totals(before=settled, after=count))
    return settled.given() != count.given()
