"""Why a claimed number may differ: the usual causes, each tried on the evidence, with what it leaves.

Owns: the causes that are tried: a number read before the last days were in (refresh lag), one that covers some
instances only (source coverage), and one that is another number altogether (all accounts, the busiest day).
Does not own: which cause is the true one; a person says that.
Invariant: each cause is tried by the counter that bills, over the evidence of the period.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from billing.period_facts import PeriodFacts
from billing.subset_counts import subset_counts
from ground.presentation.format import count_of, day, number
from rollcall.period import Period
from usage.files import NamesErased

LAG_DAYS = 3
REFRESH_LAG, SOURCE_COVERAGE, OTHER_NUMBER = "refresh_lag", "source_coverage", "other_number"


@dataclass(frozen=True, kw_only=True)
class Tested:
    """One cause: the users who count if it is true, and what it leaves of the claim."""

    cause: str
    words: str
    users: int
    left: int

    def to_json(self) -> dict[str, Any]:
        """Return what a page shows of it."""
        return {"cause": self.cause, "words": self.words, "users": self.users, "left": self.left}


def variance_tests(facts: PeriodFacts) -> list[Tested]:
    """Return every cause that was tried, the one that leaves the least first."""
    if not facts.claims or facts.definition is None or not facts.files:
        return []
    claimed = sum(claim.users for claim in facts.claims)
    tried = [*_lags(facts, claimed), *_sources(facts, claimed), *_other_numbers(facts, claimed)]
    return sorted(tried, key=lambda test: (abs(test.left), test.cause, -test.users))


def _lags(facts: PeriodFacts, claimed: int) -> Iterator[Tested]:
    """Try a number that was read one, two or three days before the end of the period."""
    for days in range(1, min(LAG_DAYS, facts.period.days - 1) + 1):
        shorter = Period(facts.period.start, facts.period.end - timedelta(days=days))
        users = _users_in(facts, shorter)
        if users is not None:
            words = f"Counted up to {day(shorter.last_day)}, without the last {count_of(days, 'day')}"
            yield Tested(
                cause=REFRESH_LAG, words=f"{words}: {count_of(users, 'user')}.", users=users, left=claimed - users
            )


def _users_in(facts: PeriodFacts, period: Period) -> int | None:
    if facts.definition is None:
        return None
    try:
        return subset_counts(
            contract=facts.contract, definition=facts.definition, period=period, parts={"": facts.files}
        )[""]
    except NamesErased:
        return None


def _sources(facts: PeriodFacts, claimed: int) -> Iterator[Tested]:
    """Try a number that covers one instance alone, or all but one."""
    if len(facts.by_instance) < 2:
        return
    for name, users in facts.alone.items():
        words = f"Only what {name} holds: {count_of(users, 'user')}."
        yield Tested(cause=SOURCE_COVERAGE, words=words, users=users, left=claimed - users)
    if len(facts.by_instance) > 2:
        for name, users in facts.without.items():
            words = f"Everything but what {name} holds: {count_of(users, 'user')}."
            yield Tested(cause=SOURCE_COVERAGE, words=words, users=users, left=claimed - users)


def _other_numbers(facts: PeriodFacts, claimed: int) -> Iterator[Tested]:
    """Name a number of another kind that is exactly what is claimed."""
    if facts.count is None:
        return
    busiest = max(facts.count.daily.values(), default=0)
    others = {
        "All accounts that exist, active or not": facts.count.provisioned_users,
        "The users of the busiest day": busiest,
    }
    for words, users in others.items():
        if users == claimed and users != facts.count.users:
            yield Tested(cause=OTHER_NUMBER, words=f"{words}: {number(users)}.", users=users, left=0)
