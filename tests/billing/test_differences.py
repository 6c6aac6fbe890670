"""The reconciliation desk's list: what does not agree, with users and money, and how it leaves the list."""

from datetime import date

import pytest

from billing.models import Difference, DifferenceEvent
from billing.operations.look_for_differences import Looked, look_for_differences
from licenses.models import Instance
from rollcall.period import Period
from tests.billing.story import APRIL, Story, at, people
from usage.operations.record_reported_count import record_reported_count

Code = Difference.Code


@pytest.fixture
def april(plain_story: Story) -> Story:
    """EUR 29.00 per user, and an instance that owes reports from April on."""
    Instance.objects.update(reports_from=APRIL.start)
    return plain_story


def look(story: Story, *, month: int = 5, day: int = 3) -> Looked:
    return look_for_differences(actor=story.manager, contract=story.contract, now=at(month, day))


def found(code: str) -> list[tuple[str, int | None, str | None]]:
    """The open differences of a kind: what they say, users, money."""
    rows = Difference.objects.filter(code=code, state=Difference.State.OPEN).order_by("pk")
    return [(row.words, row.users, None if row.amount is None else f"{row.amount:.2f} {row.currency}") for row in rows]


def claim(story: Story, users: int, *, instance: Instance | None = None, day: int = 1) -> None:
    record_reported_count(
        actor=story.manager,
        contract=story.contract,
        period=APRIL,
        users=users,
        source="the console",
        now=at(5, day),
        instance=instance,
    )


def second_instance(story: Story) -> Instance:
    return Instance.objects.create(
        customer=story.house.customer_a, contract=story.contract, name="Hamburg-10", reports_from=APRIL.start
    )


def test_1412_reported_against_1371_counted_are_41_users_and_their_money(april: Story) -> None:
    april.deliver(people(1371), APRIL, now=at(5, 1))
    claim(april, 1412)

    assert look(april) == Looked(new=1)

    assert found(Code.REPORTED_AGAINST_COUNTED) == [
        ("1,412 reported, 1,371 counted: 41 users fewer than the reports and not explained.", -41, "1189.00 EUR")
    ]
    assert look(april, day=4) == Looked()
    (row,) = Difference.objects.all()
    assert [event.verb for event in row.entries.all()] == ["found"]


def test_people_on_two_instances_explain_what_their_claims_are_too_many(april: Story) -> None:
    """803 and 609 are claimed; 186 people are on both, so 1,226 count once, and nothing stays unexplained."""
    other = second_instance(april)
    april.deliver(people(803), APRIL, now=at(5, 1))
    april.deliver(people(609, first=803 - 186 + 1), APRIL, now=at(5, 1), instance=other)
    claim(april, 803, instance=april.instance)
    claim(april, 609, instance=other)

    look(april)

    assert found(Code.REPORTED_AGAINST_COUNTED) == []
    assert found(Code.INSTANCE_AGAINST_INSTANCE) == [
        (
            "186 people on Hamburg-10 and Hamburg-9 at the same time, 30.5 % of the smaller one: counted once, as the "
            "contract says.",
            -186,
            "5394.00 EUR",
        )
    ]


def test_what_vanishes_says_what_made_it_vanish(april: Story) -> None:
    april.deliver(people(250), Period(APRIL.start, date(2026, 4, 21)), now=at(5, 1))
    april.close(APRIL, now=at(5, 3))
    look(april)
    assert {row.code for row in Difference.objects.filter(state="open")} == {"held", "days_missing"}

    april.deliver(people(10, first=251), Period(date(2026, 4, 21), APRIL.end), now=at(5, 4))
    assert look(april, day=5) == Looked(gone=2)

    row = Difference.objects.get(code=Code.HELD)
    assert (row.state, row.closed_by) == ("gone", "Amir Manders")
    assert row.reason == (
        "The period is not held any more. Since it was found: 2026-04-21.csv of Hamburg-9 was read (4 May 2026)."
    )
    assert DifferenceEvent.objects.filter(difference=row).values_list("verb", flat=True)[1] == "gone"
