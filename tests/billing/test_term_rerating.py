"""One late fact moves a whole term: each later bill gets a proposal of its own, and together they are the true bill."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.causes import LATE_USAGE, Cause
from billing.invariants.periods import ratings_repeat
from billing.invariants.true_ups import true_ups_are_settled_once
from billing.models import TrueUp
from billing.operations.decide_true_up import decide_true_up
from billing.operations.review_amendment import review_amendment
from billing.operations.settle_term import settle_term
from billing.tasks import settle
from ground.jobs import JobContext
from ground.models import Job
from licenses.operations.add_contract_version import ReplacesAVersion, add_contract_version
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, lines_of, people, per_user, story_of, terms_json
from tests.cast import House

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
MONTHS = (MARCH, APRIL, MAY)


def bill(story: Story, users: Sequence[int], months: Sequence[Period] = MONTHS) -> list[Decimal]:
    """Report and bill each month with so many users; return what each came to before tax."""
    amounts = []
    for number, month in zip(users, months, strict=True):
        now = at(month.end.month, 2)
        story.deliver(people(number), month, now=now)
        amounts.append(story.bill(month, now=now).net_amount)
    return amounts


def proposals(story: Story) -> dict[Period, Decimal]:
    """What is proposed and not decided, by period."""
    rows = TrueUp.objects.filter(contract=story.contract, state="proposed").select_related("billing_period")
    return {row.billing_period.span: row.difference_amount for row in rows}


def settle_again(story: Story, after: Period, month: int = 7) -> None:
    settle_term(contract=story.contract, after=after, cause=Cause(kind=LATE_USAGE, key="test"), now=at(month, 20))


def holds_again() -> None:
    for check in (ratings_repeat(), true_ups_are_settled_once()):
        assert check.findings == []


# March is reported with 100, April with 150, May with 120 users; 120 users were in March.
# A pool of 3,500.00 once, at 10.00 a user: the late 20 burn 200.00 of it in March that are missing in May.
POOL = {"credits": [{"name": "start", "amount": "3500.00", "granted": "each_term", "expires": "term"}]}
# The highest month of the term, each month adding what it is above the highest before.
PEAK = {"over_periods": {"rule": "increase_over_bought", "bought": 0, "billed_for": "once"}}
MEAN = {"over_periods": {"rule": "mean_of_periods", "periods": 3, "rounding": "down"}}
COMMITMENT = {"commitment": {"amount": "1100.00", "carry_over": True, "overage": {"factor": "2"}, "shortfall": "none"}}
OF_TERM = {"commitment": {"amount": "2600.00", "per": "term", "overage": {"factor": "2"}, "shortfall": "none"}}
CAP = {"cap": {"amount": "3000.00", "per": "term"}}


def rules(*, charge: dict[str, Any] | None = None, metric: dict[str, Any] | None = None) -> dict[str, Any]:
    metrics = {"active": {"kind": "active_users", "definition": {"actions": ["*"]}, **(metric or {})}}
    return terms_json(
        charges=per_user("10.00", **(charge or {})),
        metrics=metrics,
        term={"start": "2026-03-01", "end": "2027-03-01"},
        cycle={"unit": "month", "anchor": "2026-03-01"},
    )


CASES = {
    "a pool": (rules(charge=POOL), ["0.00", "0.00", "200.00"], {MAY: "200.00"}),
    "the highest month": (rules(metric=PEAK), ["1000.00", "500.00", "0.00"], {MARCH: "200.00", APRIL: "-200.00"}),
    "the mean of three months": (
        rules(metric=MEAN),
        ["1000.00", "1250.00", "1230.00"],
        {MARCH: "200.00", APRIL: "100.00", MAY: "70.00"},
    ),
    # March leaves 100.00 for April, which is 400.00 above its own 1,100.00; with 120 users March leaves nothing.
    "a commitment that is carried over": (
        rules(charge=COMMITMENT),
        ["1000.00", "1800.00", "1300.00"],
        {MARCH: "300.00", APRIL: "100.00"},
    ),
    # Drawn: 1,000 and 1,500 of 2,600, then 100 of May; 1,100 of May are overage at twice the price.
    "a commitment of the term": (
        rules(charge=OF_TERM),
        ["1000.00", "1500.00", "2300.00"],
        {MARCH: "200.00", APRIL: "100.00", MAY: "100.00"},
    ),
    "a cap of the term": (rules(charge=CAP), ["1000.00", "1500.00", "500.00"], {MARCH: "200.00", MAY: "-200.00"}),
}


@pytest.mark.parametrize("case", CASES)
def test_late_usage_moves_every_later_bill_that_depends_on_it(committed_house: House, case: str) -> None:
    terms, billed, moved = CASES[case]
    story = story_of(committed_house, terms=terms)
    assert bill(story, [100, 150, 120]) == [Decimal(amount) for amount in billed]

    story.deliver(people(120), MARCH, now=at(7, 1))

    assert proposals(story) == {period: Decimal(amount) for period, amount in moved.items()}
    # Reviewing again proposes nothing new, and what was billed is what the true counts would have been billed.
    before = list(TrueUp.objects.order_by("pk").values_list("public_id", flat=True))
    settle_again(story, MARCH)
    assert list(TrueUp.objects.order_by("pk").values_list("public_id", flat=True)) == before
    holds_again()


def net_of(story: Story) -> Decimal:
    """What was billed of the periods, and everything that was accepted since."""
    invoices = sum(story.row(month).rated.net_amount for month in MONTHS)
    accepted = TrueUp.objects.filter(contract=story.contract, state="accepted").values_list("settled_amount", flat=True)
    return invoices + sum(amount for amount in accepted if amount is not None)


def decide(story: Story, month: Period, *, accept: bool = True) -> None:
    """Decide what is open for a month, and do what the job does that follows every decision."""
    true_up = TrueUp.objects.get(billing_period=story.row(month), state="proposed")
    reason = "The tablets synchronized late."
    decide_true_up(actor=story.manager, true_up=true_up, accept=accept, reason=reason, now=at(7, 10))
    settle_again(story, month)


@pytest.mark.parametrize("order", [(MARCH, APRIL, MAY), (MAY, APRIL, MARCH), (APRIL, MAY, MARCH)])
def test_the_proposals_of_one_cause_may_be_accepted_in_any_order(committed_house: House, order: list[Period]) -> None:
    terms, billed, moved = CASES["a commitment of the term"]
    story = story_of(committed_house, terms=terms)
    bill(story, [100, 150, 120])
    story.deliver(people(120), MARCH, now=at(7, 1))

    for month in order:
        decide(story, month)

    assert proposals(story) == {}
    assert net_of(story) == sum(map(Decimal, [*billed, *moved.values()]))
    holds_again()


def test_what_is_waived_is_waived_before_or_after_the_others_are_accepted(committed_house: House) -> None:
    stories = [story_of(committed_house, terms=rules(metric=PEAK), number=f"K-{name}") for name in ("first", "last")]
    # The numbers of one series rise with their dates, so that each month is billed under both contracts first.
    for month, users in zip(MONTHS, (100, 150, 120), strict=True):
        for story in stories:
            bill(story, [users], months=[month])
    for story in stories:
        story.deliver(people(120), MARCH, now=at(7, 1))
    first, last = stories

    decide(first, MARCH, accept=False)
    # April was to give back what March has more; March has no more.
    assert proposals(first) == {}

    decide(last, APRIL)
    assert net_of(last) == Decimal("1300.00")
    decide(last, MARCH, accept=False)
    assert proposals(last) == {APRIL: Decimal("200.00")}
    decide(last, APRIL)

    assert net_of(first) == net_of(last) == Decimal("1500.00")
    holds_again()


def test_an_estimate_by_the_highest_month_moves_with_that_month(committed_house: House) -> None:
    terms = {**rules(), "gap_rule": {"rule": "prior_peak"}}
    story = story_of(committed_house, terms=terms)
    story.deliver(people(100), MARCH, now=at(4, 2))
    story.bill(MARCH, now=at(4, 2))
    story.deliver(people(50), Period(APRIL.start, date(2026, 4, 21)), now=at(5, 2))
    april = story.bill(APRIL, now=at(5, 2))
    assert lines_of(april) == [("usage", "50", "10.00", "500.00"), ("estimated", "50", "10.00", "500.00")]

    story.deliver(people(120), MARCH, now=at(7, 1))

    # The days of April that nobody reported are estimated by the highest month, which had 120.
    assert proposals(story) == {MARCH: Decimal("200.00"), APRIL: Decimal("200.00")}
    decide(story, MARCH)
    decide(story, APRIL)
    # The days of April arrive: 130 were there. What was settled by the estimate is settled by what is known.
    story.deliver(people(130), APRIL, now=at(7, 12))
    assert proposals(story) == {APRIL: Decimal("100.00")}
    holds_again()


def test_facts_that_cost_nothing_ask_nobody_and_still_count_later(committed_house: House) -> None:
    """A quota of 130: March is within it, late or not; the mean of April is not."""
    story = story_of(committed_house, terms=rules(metric=MEAN, charge={"included": 130}))
    bill(story, [100], months=[MARCH])
    story.deliver(people(120), MARCH, now=at(4, 20))
    assert TrueUp.objects.count() == 0

    # (120 + 150) / 2 is 135; with the 100 that March was billed with it would have been 125.
    assert bill(story, [150], months=[APRIL]) == [Decimal("50.00")]
    settle_again(story, MARCH)
    assert proposals(story) == {}
    holds_again()


def test_a_bill_that_was_made_while_an_earlier_proposal_was_open_moves_when_the_term_is_settled(
    committed_house: House,
) -> None:
    story = story_of(committed_house, terms=rules(metric=PEAK))
    bill(story, [100], months=[MARCH])
    story.deliver(people(120), MARCH, now=at(4, 20))
    # Nobody has decided: April is billed by what is settled, which are 100 of March.
    assert bill(story, [150], months=[APRIL]) == [Decimal("500.00")]

    settle_again(story, MARCH)

    assert proposals(story) == {MARCH: Decimal("200.00"), APRIL: Decimal("-200.00")}


def test_a_draft_is_drawn_up_again_when_what_it_rests_on_is_settled(committed_house: House) -> None:
    story = story_of(committed_house, terms=rules(metric=PEAK))
    bill(story, [100], months=[MARCH])
    story.deliver(people(150), APRIL, now=at(5, 2))
    story.close(APRIL, now=at(5, 2))
    story.deliver(people(120), MARCH, now=at(5, 3))
    decide(story, MARCH)

    draft = story.row(APRIL).invoice
    assert lines_of(draft) == [("usage", "30", "10.00", "300.00"), ("true_up", "1", "200.00", "200.00")]


def with_aliases(terms: dict[str, Any], aliases: dict[str, str]) -> dict[str, Any]:
    definition = {"actions": ["*"], "identity": {"aliases": aliases}}
    return {**terms, "metrics": {"active": {"kind": "active_users", "definition": definition}}}


def test_a_changed_list_of_aliases_is_an_amendment_of_the_closed_months(committed_house: House) -> None:
    story = story_of(committed_house, terms=rules())
    bill(story, [10, 10, 10])
    merged = with_aliases(rules(), {"user0002@aurel.example": "user0001@aurel.example"})

    def amend_from(day: date) -> Any:
        return add_contract_version(
            actor=story.manager,
            contract=story.contract,
            terms=merged,
            active=Period(day, date(2027, 3, 1)),
            agreed_at=at(7, 1),
            reason="Two accounts are one person.",
        )

    # The first month cannot be reached: a version is never replaced wholly, and the refusal says what can be done.
    with pytest.raises(ReplacesAVersion, match="Let the new one begin after 01 Mar 2026"):
        amend_from(MARCH.start)
    version = amend_from(APRIL.start)
    review = review_amendment(version_id=version.pk, now=at(7, 2))

    assert (len(review.proposed), review.not_settled) == (2, ())
    assert proposals(story) == {APRIL: Decimal("-10.00"), MAY: Decimal("-10.00")}
    rows = TrueUp.objects.order_by("pk")
    assert {(row.kind, row.cause_key, row.gone_users) for row in rows} == {("amendment", "version:2", 1)}
    # Late usage after it is counted by the new list, and does not lose what the amendment proposed.
    story.deliver(people(12), APRIL, now=at(7, 3))
    assert proposals(story) == {APRIL: Decimal("10.00"), MAY: Decimal("-10.00")}
    holds_again()


@pytest.mark.parametrize(("when_returned", "april"), [("expired", "300.00"), ("granted_anew", "100.00")])
def test_credit_that_comes_back_after_its_end_is_gone_or_granted_anew(
    committed_house: House, when_returned: str, april: str
) -> None:
    monthly = {"name": "monthly", "amount": "500.00", "granted": "each_cycle", "expires": "cycle"}
    story = story_of(committed_house, terms=rules(charge={"credits": [{**monthly, "when_returned": when_returned}]}))
    assert bill(story, [60], months=[MARCH]) == [Decimal("100.00")]
    # There were 30, not 60: 300.00 of the credit were needed, and 200.00 come back when March is long over.
    story.deliver(people(30), MARCH, now=at(4, 20))
    assert proposals(story) == {MARCH: Decimal("-100.00")}
    decide(story, MARCH)

    story.deliver(people(80), APRIL, now=at(5, 2))
    closing = story.close(APRIL, now=at(5, 2))
    assert story.close(APRIL, now=at(5, 3)).changed is False
    story.finalize(closing, now=at(5, 3))
    assert story.row(APRIL).rated.net_amount == Decimal(april)

    # It came back once: May has its own 500.00 and no more, and nothing is left to settle.
    assert bill(story, [80], months=[MAY]) == [Decimal("300.00")]
    settle_again(story, MARCH)
    assert proposals(story) == {}
    holds_again()
    # Late usage of April is settled from what April was granted.
    story.deliver(people(90), APRIL, now=at(7, 2))
    assert proposals(story) == {APRIL: Decimal("100.00")}


def test_finalizing_asks_to_settle_what_rests_on_an_open_proposal(committed_house: House) -> None:
    story = story_of(committed_house, terms=rules(metric=PEAK))
    bill(story, [100], months=[MARCH])
    story.deliver(people(120), MARCH, now=at(4, 20))
    (march,) = TrueUp.objects.all()
    bill(story, [150], months=[APRIL])

    job = Job.objects.get(kind="billing.settle_term")
    assert (job.args["start"], job.args["cause_key"]) == ("2026-03-01", march.cause_key)
    settled = settle(JobContext(args=job.args, job_id=job.pk, key=job.key))
    assert (len(settled["proposed"]), settled["not_settled"]) == (1, [])
    assert proposals(story) == {MARCH: Decimal("200.00"), APRIL: Decimal("-200.00")}
