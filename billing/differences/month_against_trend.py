"""This period against the trend: the users of the main charge against the mean of the three periods before it."""

from collections.abc import Iterable

from billing.differences.found import Found, at_stake
from billing.models import Difference
from billing.period_facts import TREND, PeriodFacts
from billing.queries.month import OUTLIER_PERCENT
from ground.presentation.format import count_of, number, period_name

CODE = Difference.Code.MONTH_AGAINST_TREND
GONE = "The period is within the trend of the three before it."


def find(facts: PeriodFacts) -> Iterable[Found]:
    """Find a period that is over and differs by ten percent or more from the mean of the last three."""
    before = [row.count.users for row in facts.earlier if row.count is not None]
    if facts.count is None or not facts.is_over or len(before) < TREND:
        return
    usual = round(sum(before) / len(before))
    users = facts.count.users - usual
    if not users or abs(users) * 100 < OUTLIER_PERCENT * usual:
        return
    share = f"{abs(users) * 100 / usual:.1f}".removesuffix(".0") if usual else "100"
    way = "more" if users > 0 else "fewer"
    yield Found(
        words=f"{count_of(facts.count.users, 'user')}, {share} % {way} than the {number(usual)} that the three periods "
        "before had on average.",
        users=users,
        amount=at_stake(facts.effect_of_users(-users)),
        facts={
            "usual": usual,
            "before": [
                {"name": period_name(row.span), "users": row.count.users}
                for row in reversed(facts.earlier)
                if row.count is not None
            ],
        },
    )
