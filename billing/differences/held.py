"""Held: a period whose billing waits for a person, with the reason and the way on."""

from collections.abc import Iterable
from decimal import Decimal

from billing.differences.found import Found
from billing.models import BillingPeriod, Difference
from billing.period_facts import PeriodFacts

CODE = Difference.Code.HELD
GONE = "The period is not held any more."


def find(facts: PeriodFacts) -> Iterable[Found]:
    """Find the period held; its users and money are what is known of it, else those of the period before."""
    if facts.row.state != BillingPeriod.State.HELD:
        return
    before = facts.earlier[0] if facts.earlier else None
    amount, of_before = facts.net_amount, False
    if amount is None and before is not None and before.rating is not None:
        amount, of_before = Decimal(before.rating["net_amount"]), True
    yield Found(
        words=f"Held: {facts.row.held_words}",
        users=facts.count.users if facts.count is not None else None,
        amount=amount,
        facts={"held_code": facts.row.held_code, "of_the_period_before": of_before},
    )
