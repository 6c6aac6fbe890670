"""Reported against counted: what the instances claim, step by step down to what we count, and what nobody explains.

An instance claims everybody whom it saw under a rule of its own: everybody with any action, everybody with an action
that counts, or exactly the contract's rule. The rule is taken that leaves the least unexplained; the contract's own
where two leave the same. What then stays is the difference.
"""

from collections.abc import Iterable

from billing.claim_steps import claim_steps
from billing.differences.found import Found, at_stake
from billing.models import Difference
from billing.period_facts import PeriodFacts
from billing.variance import variance_tests
from ground.presentation.format import count_of, number

CODE = Difference.Code.REPORTED_AGAINST_COUNTED
GONE = "What is reported and what is counted agree, or every step between them is known."


def find(facts: PeriodFacts) -> Iterable[Found]:
    """Find the users that are claimed and not counted, or counted and not claimed, for no known reason."""
    if not facts.is_over or not facts.claims or not facts.has_people:
        return
    steps = claim_steps(facts)
    if steps is None or not steps.unexplained:
        return
    users = steps.unexplained
    claimed, counted = number(steps.claimed), number(steps.active)
    who = "more than the reports" if users > 0 else "fewer than the reports"
    yield Found(
        words=f"{claimed} reported, {counted} counted: {count_of(abs(users), 'user')} {who} and not explained.",
        users=users,
        amount=at_stake(facts.effect_of_users(-users)),
        facts={"steps": steps.to_json(), "tests": [test.to_json() for test in variance_tests(facts)]},
    )
