"""One instance against another: the same people on two instances, which a bill counts once or twice as was agreed."""

from collections.abc import Iterable
from itertools import combinations

from billing.differences.found import Found, at_stake
from billing.models import Difference
from billing.period_facts import PeriodFacts
from ground.presentation.format import count_of, percent

CODE = Difference.Code.INSTANCE_AGAINST_INSTANCE
GONE = "No two instances share more people than they did before."
# Below this share of the smaller instance's people nobody asks: some people work on both.
SHARE_PERCENT = 5
# The same people work on both month after month: that is asked once, and again when the share moves by so much.
USUAL_POINTS = 10


def find(facts: PeriodFacts) -> Iterable[Found]:
    """Find two or more instances of which a share of the people is the same, and was not already the period before."""
    shared = facts.on_several
    people = {name: users for name, users in facts.alone.items() if users}
    if facts.count is None or len(people) < 2 or shared * 100 < SHARE_PERCENT * min(people.values()) or not shared:
        return
    if _was_asked_before(facts, shared * 100 / min(people.values())):
        return
    is_apart = facts.definition is not None and facts.definition.per_instance
    how = "counted on each, as the contract says" if is_apart else "counted once, as the contract says"
    names = " and ".join(sorted(people))
    copies = _same_files(facts)
    again = f" The same file was sent for {' and '.join(copies)}." if copies else ""
    yield Found(
        words=f"{count_of(shared, 'person', 'people')} on {names} at the same time, "
        f"{percent(shared, min(people.values()))} of the smaller one: {how}.{again}",
        users=-shared,
        amount=at_stake(facts.effect_of_users(-shared if is_apart else shared)),
        facts={"people": people, "shared": shared, "is_apart": is_apart, "same_files": copies},
    )


def _same_files(facts: PeriodFacts) -> list[str]:
    """The names of two instances for which the very same bytes were sent."""
    for (one, files), (other, others) in combinations(facts.by_instance.items(), 2):
        if {file.report.sha256 for file in files} & {file.report.sha256 for file in others}:
            return [one, other]
    return []


def _was_asked_before(facts: PeriodFacts, share: float) -> bool:
    """Whether the period before had about the same share, so that somebody was asked about it then."""
    before = facts.earlier[0].count if facts.earlier else None
    steps = before.funnel if before is not None else {}
    people = [users for users in steps.get("ids_by_instance", {}).values() if users]
    if len(people) < 2 or not steps.get("on_several"):
        return False
    share_before = steps["on_several"] * 100 / min(people)
    return bool(share_before >= SHARE_PERCENT and abs(share - share_before) < USUAL_POINTS)
