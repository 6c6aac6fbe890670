"""Days without a report: an instance that is silent, with the people of the period before who are not seen now."""

from collections.abc import Iterable

from billing.changed_users import counted_people
from billing.differences.found import Found, at_stake
from billing.holds import days_in_words
from billing.models import BillingPeriod, Difference
from billing.period_facts import PeriodFacts
from ground.presentation.format import count_of

CODE = Difference.Code.DAYS_MISSING
GONE = "Every day that is owed was reported, or a person's word or the contract's gap rule settled the days."


def find(facts: PeriodFacts) -> Iterable[Found]:
    """Find each instance that owes days of a period that is over, unless a person let them go or the bill is out."""
    is_settled = facts.row.state == BillingPeriod.State.INVOICED
    if not facts.is_over or is_settled or BillingPeriod.HeldCode.DAYS_MISSING in facts.row.released_codes:
        return
    cadence = facts.force.terms.reporting_cadence
    for name, days in facts.covered.missing_under(cadence).items():
        owed = next(len(one.days) for one in facts.covered.instances if one.instance.name == name)
        unseen = _unseen(facts, name)
        silent = f"{name} is silent: " if len(days) == owed else f"{name} has not reported "
        yield Found(
            detail=name,
            words=f"{silent}{days_in_words(days)}.{_in_words(unseen, facts)}",
            users=-unseen if unseen is not None else None,
            amount=at_stake(facts.effect_of_users(unseen)) if unseen is not None else None,
            facts={"instance": name, "days": [day.isoformat() for day in days], "owed": owed},
        )


def _unseen(facts: PeriodFacts, instance: str) -> int | None:
    """How many of an instance's people of the period before are not counted now, at most; None without a count."""
    before = next((row.count for row in facts.earlier if row.count is not None), None)
    if before is None or not before.has_people:
        return None
    now = counted_people(facts.count) if facts.count is not None else set()
    gone = len(counted_people(before) - now)
    return min(gone, facts.alone_before.get(instance, gone))


def _in_words(unseen: int | None, facts: PeriodFacts) -> str:
    if not unseen:
        return ""
    at_most = "At most " if len(facts.covered.instances) > 1 else ""
    return f" {at_most}{count_of(unseen, 'person', 'people')} of the period before not seen now."
