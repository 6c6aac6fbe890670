"""A spike: one day, one instance or one person that stands out, with what the period would come to without it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from statistics import median_low

from billing.differences.found import Found, at_stake
from billing.models import Difference
from billing.period_facts import PeriodFacts
from ground.presentation.format import count_of, day, number

CODE = Difference.Code.SPIKE
GONE = "Nothing stands out from the rest of the period any more."
# A day stands out with three times the people of a middle day, and a tenth of the period's users besides.
DAY_TIMES, DAY_PERCENT = 3, 10
# A person stands out with a hundred times the actions of a middle person, and a thousand at least.
PERSON_TIMES, PERSON_LEAST = 100, 1_000
# An instance stands out with twice its people of the period before, and a tenth of the period's users besides.
INSTANCE_TIMES, INSTANCE_PERCENT = 2, 10


def find(facts: PeriodFacts) -> Iterable[Found]:
    """Find what stands out of the counted people of the period."""
    if facts.count is None or not facts.has_people:
        return
    yield from _days(facts)
    yield from _people(facts)
    if facts.is_over:
        yield from _instances(facts)


def _days(facts: PeriodFacts) -> Iterable[Found]:
    """Days with many more people than a middle one; their effect is the people who were seen on that day alone."""
    daily = facts.count.daily if facts.count is not None else {}
    users = facts.count.users if facts.count is not None else 0
    middle = median_low(list(daily.values())) if daily else 0
    for name, people in sorted(daily.items()):
        more = people - middle
        if people < DAY_TIMES * middle or more * 100 < DAY_PERCENT * users or len(daily) < 3:
            continue
        only = facts.tally.only_on.get(name, 0)
        by_days = facts.what_if.effect_of_days([name]) if facts.what_if is not None else None
        effect = by_days if by_days is not None else facts.effect_of_users(-only)
        if not only and not effect:
            continue
        when = day(date.fromisoformat(name))
        yield Found(
            detail=f"day:{name}",
            words=f"{count_of(people, 'user')} on {when}, where a middle day has {number(middle)}: "
            f"{count_of(only, 'person was', 'people were')} active on that day alone.",
            users=only,
            amount=at_stake(effect),
            facts={"day": name, "people": people, "middle": middle, "only": only},
        )


def _people(facts: PeriodFacts) -> Iterable[Found]:
    """People with far more actions than a middle person: a service account, a robot, a shared login."""
    middle = facts.tally.middle_events
    for person in facts.tally.busiest:
        if person.events < max(PERSON_LEAST, PERSON_TIMES * middle):
            continue
        by_quantity = facts.what_if.effect_of_quantity(Decimal(person.events)) if facts.what_if is not None else None
        yield Found(
            detail=f"person:{person.user_ref[:16]}:{person.instance}",
            words=f"One user has {number(person.events)} actions on {count_of(person.active_days, 'day')}, where a "
            f"middle user has {number(middle)}. Is it a person?",
            users=1,
            amount=at_stake(by_quantity if by_quantity is not None else facts.effect_of_users(-1)),
            facts={"user_ref": person.user_ref, "events": person.events, "middle": middle},
        )


def _instances(facts: PeriodFacts) -> Iterable[Found]:
    """Instances with many more people than in the period before; without one, the people whom it alone has go."""
    before = facts.alone_before
    if facts.count is None or len(facts.by_instance) < 2 or len(before) < 2:
        return
    for name, people in facts.alone.items():
        had = before.get(name)
        if not had or people < INSTANCE_TIMES * had or (people - had) * 100 < INSTANCE_PERCENT * facts.count.users:
            continue
        only = facts.count.users - facts.without.get(name, facts.count.users)
        yield Found(
            detail=f"instance:{name}",
            words=f"{name} has {count_of(people, 'user')}, {number(had)} in the period before: "
            f"{count_of(only, 'person is', 'people are')} on it alone.",
            users=only,
            amount=at_stake(facts.effect_of_users(-only)),
            facts={"instance": name, "people": people, "before": had, "only": only},
        )
