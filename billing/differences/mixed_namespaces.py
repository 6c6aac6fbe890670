"""Mixed namespaces: some ids are names and others pseudonyms, so one person may stand in the period twice."""

from collections.abc import Iterable

from billing.differences.found import Found, at_stake
from billing.models import Difference
from billing.period_facts import PeriodFacts
from ground.presentation.format import number
from usage.queries.namespaces import CUSTOMER_KEY, PLAIN, namespaces_of

CODE = Difference.Code.MIXED_NAMESPACES
GONE = "All ids of the period are of one kind."


def find(facts: PeriodFacts) -> Iterable[Found]:
    """Find a period with ids of both kinds; at most as many people stand twice as there are ids of the rarer kind."""
    ids = facts.namespaces
    if len(ids) < 2:
        return
    at_most = min(ids.values())
    kinds = {name: sorted(namespaces_of(files)) for name, files in facts.by_instance.items()}
    yield Found(
        words=f"{number(ids[PLAIN])} names and {number(ids[CUSTOMER_KEY])} pseudonyms in one period: nobody can tell "
        f"whether they are the same people, so at most {number(at_most)} are counted twice.",
        users=at_most,
        amount=at_stake(facts.effect_of_users(-at_most)),
        facts={"ids": dict(ids), "by_instance": kinds},
    )
