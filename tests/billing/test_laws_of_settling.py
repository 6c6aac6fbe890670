"""What must hold of every settlement, whatever the terms and the numbers: small terms, real files, exact amounts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import count

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing.invariants.as_known import then_and_now_agree
from billing.invariants.periods import ratings_repeat
from billing.invariants.true_ups import true_ups_are_settled_once
from billing.models import BillingPeriod, TrueUp
from billing.operations.close_period import Closing
from billing.operations.decide_true_up import decide_true_up
from rollcall.money import exact_sum
from rollcall.period import Period
from rollcall.rating import TermUsage, rate_term
from rollcall.terms.contract import ContractTerms
from tests.billing.story import APRIL, MARCH, Story, at, people, story_of
from tests.billing.test_races import at_once
from tests.billing.test_term_rerating import CASES, MONTHS, POOL, rules, settle_again
from tests.cast import House

NUMBERS = st.tuples(*[st.integers(1, 400)] * 3)
LATE = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 400)), min_size=1, max_size=3)
LAW = settings(
    max_examples=2,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# Contracts of one house need numbers of their own, whatever hypothesis does.
CONTRACT = count(1)


@dataclass(frozen=True, kw_only=True)
class LateFile:
    """A file of a month that was billed: whose it is, how many it has, and when it was made; it may arrive later."""

    month: Period
    users: int
    made: int


def a_story(house: House, case: str) -> Story:
    return story_of(house, terms=CASES[case][0], number=f"K-law-{next(CONTRACT)}")


def report(story: Story, month: Period, users: int) -> None:
    story.deliver(people(users), month, now=at(month.end.month, 2))


def bill_together(stories: Sequence[Story], numbers: Sequence[Sequence[int]], *, month_number: int = 6) -> None:
    """Report the months of each contract and bill them all: the numbers of a series rise with their dates."""
    for story, users in zip(stories, numbers, strict=True):
        for month, number in zip(MONTHS, users, strict=True):
            report(story, month, number)
    for story in stories:
        for month in MONTHS:
            story.bill(month, now=at(month_number, 3))


def arrive(story: Story, files: Sequence[LateFile]) -> None:
    """Let late files arrive in this order."""
    for number, late in enumerate(files):
        days = list(late.month.each_day())
        story.deliver(
            people(late.users),
            late.month,
            # Each file has other bytes, for the same bytes are the same report.
            days=days[late.made :] + days[: late.made],
            now=at(7, 2 + number),
            made_at=at(7, 1) + timedelta(minutes=late.made),
        )


def accept_all(story: Story) -> None:
    """Accept what is proposed, the newest first, and settle the term after each decision as the job does."""
    while (open_one := TrueUp.objects.filter(contract=story.contract, state="proposed").last()) is not None:
        reason = "The tablets synchronized late."
        decide_true_up(actor=story.manager, true_up=open_one, accept=True, reason=reason, now=at(7, 10))
        settle_again(story, open_one.billing_period.span)


def total(story: Story) -> Decimal:
    """What the contract's months come to with everything that was settled."""
    billed = exact_sum(story.row(month).rated.net_amount for month in MONTHS)
    settled = TrueUp.objects.filter(contract=story.contract, state="accepted").values_list("settled_amount", flat=True)
    return exact_sum([billed, *(amount for amount in settled if amount is not None)])


def agrees() -> None:
    for check in (ratings_repeat(), true_ups_are_settled_once(), then_and_now_agree()):
        assert check.findings == []


def true_bill(case: str, numbers: Sequence[int]) -> Decimal:
    """What the months cost by the engine alone, if these numbers had been known from the start."""
    usage = [
        {"start": f"{month.start}", "end": f"{month.end}", "quantities": {"active": {"users": users}}}
        for month, users in zip(MONTHS, numbers, strict=True)
    ]
    rated = rate_term(terms=ContractTerms.from_json(CASES[case][0]), usage=TermUsage.from_json({"periods": usage}))
    return exact_sum(one.net_amount for one in rated.periods)


def test_late_files_in_any_order_settle_to_the_bill_of_the_true_numbers(committed_house: House) -> None:
    @LAW
    @given(case=st.sampled_from(sorted(CASES)), numbers=NUMBERS, late=LATE)
    def holds(case: str, numbers: tuple[int, int, int], late: list[tuple[int, int]]) -> None:
        files = [
            LateFile(month=MONTHS[month], users=users, made=made) for made, (month, users) in enumerate(late, start=1)
        ]
        true = list(numbers)
        for month, users in late:
            true[month] = users
        one, other = (a_story(committed_house, case) for _ in range(2))
        bill_together([one, other], [numbers, numbers])
        # Rating again what has not changed proposes nothing.
        settle_again(one, MARCH)
        assert not TrueUp.objects.filter(contract=one.contract).exists()

        arrive(one, files)
        arrive(other, files[::-1])
        accept_all(one)
        accept_all(other)

        assert total(one) == total(other) == true_bill(case, true)
        agrees()

    holds()


def test_an_estimate_and_its_true_up_are_the_bill_of_the_true_numbers(committed_house: House) -> None:
    terms = {**rules(), "gap_rule": {"rule": "prior_period"}}

    @LAW
    @given(known=st.integers(1, 300), estimated=st.integers(1, 300), more=st.integers(0, 600))
    def holds(known: int, estimated: int, more: int) -> None:
        march = known + estimated
        story = story_of(committed_house, terms=terms, number=f"K-law-{next(CONTRACT)}")
        report(story, MARCH, march)
        story.deliver(people(known), Period(APRIL.start, APRIL.start + timedelta(days=20)), now=at(5, 2))
        story.bill(MARCH, now=at(6, 3))
        april = story.bill(APRIL, now=at(6, 3))
        assert april.net_amount == Decimal(10 * march), "the month before"

        story.deliver(people(known + more), APRIL, now=at(7, 2), days=list(APRIL.each_day())[::-1])

        # What settles an estimate is accepted as the contract says; nobody is asked.
        assert not TrueUp.objects.filter(contract=story.contract, state="proposed").exists()
        settled = TrueUp.objects.filter(contract=story.contract).values_list("settled_amount", flat=True)
        assert april.net_amount + sum(filter(None, settled)) == Decimal(10 * (known + more))
        agrees()

    holds()


def burned(story: Story) -> Decimal:
    rows = BillingPeriod.objects.filter(contract=story.contract, rating__isnull=False)
    return exact_sum(
        Decimal(entry["amount"])
        for row in rows
        for entry in (row.rating or {}).get("credits", [])
        if entry["kind"] == "burn"
    )


def test_closes_that_race_for_one_pool_never_overdraw_it(committed_house: House) -> None:
    story = story_of(committed_house, terms=rules(charge=POOL))
    for month, users in zip(MONTHS, (200, 250, 120), strict=True):
        report(story, month, users)
    closing: list[Callable[[], Closing]] = [partial(story.close, month, now=at(6, 3)) for month in MONTHS * 2]

    results, errors = at_once(closing)

    assert errors == []
    assert {result.state for result in results} <= {"drafted", "held"}
    assert burned(story) <= Decimal("3500.00")
    # A month that came before its turn waits for those before it, and is closed when they are.
    for month in MONTHS:
        assert story.close(month, now=at(6, 3)).state == "drafted"
    assert burned(story) == Decimal("3500.00")
    assert [story.row(month).rated.net_amount for month in MONTHS] == [
        Decimal("0.00"),
        Decimal("1000.00"),
        Decimal("1200.00"),
    ]
    agrees()


def test_reviews_that_race_over_one_pool_settle_it_once(committed_house: House) -> None:
    story = story_of(committed_house, terms=rules(charge=POOL))
    bill_together([story], [(100, 150, 120)])
    late = [
        story.deliver(people(users), month, now=at(7, 2), review=False) for month, users in ((MARCH, 120), (APRIL, 160))
    ]

    _, errors = at_once([partial(story.review, one, now=at(7, 3)) for one in late * 2])

    assert errors == []
    settle_again(story, Period(MARCH.start - timedelta(days=31), MARCH.start))
    accept_all(story)
    # 3,500.00 of 1,200.00, 1,600.00 and 1,200.00 are paid by the pool.
    assert total(story) == Decimal("500.00")
    agrees()
