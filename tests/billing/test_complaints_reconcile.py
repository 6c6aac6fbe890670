"""What users of such systems complain about: numbers that two sides have differently, and late usage that is lost."""

from datetime import date

import pytest

from billing.models import Difference
from billing.operations.look_for_differences import Looked, look_for_differences
from licenses.models import Instance
from licenses.operations.record_provisioned_count import record_provisioned_count
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, Story, at, lines_of, people
from usage.operations.record_reported_count import record_reported_count

Code = Difference.Code
JANUARY, FEBRUARY = Period(date(2026, 1, 1), date(2026, 2, 1)), Period(date(2026, 2, 1), date(2026, 3, 1))


@pytest.fixture
def april(plain_story: Story) -> Story:
    """EUR 29.00 per user, and an instance that owes reports from April on."""
    Instance.objects.update(reports_from=APRIL.start)
    return plain_story


def look(story: Story, *, month: int = 5, day: int = 3) -> Looked:
    return look_for_differences(actor=story.manager, contract=story.contract, now=at(month, day))


def claim(story: Story, users: int, *, by_customer: bool = False) -> None:
    actor = story.house.customer_admin_a.actor if by_customer else story.manager
    record_reported_count(
        actor=actor, contract=story.contract, period=APRIL, users=users, source="their own tables", now=at(5, 1)
    )


def causes(code: str = Code.REPORTED_AGAINST_COUNTED) -> list[tuple[str, str]]:
    """The causes that leave nothing of a claim, with their words."""
    (row,) = Difference.objects.filter(code=code, state="open")
    return [(test["cause"], test["words"]) for test in row.facts["tests"] if test["left"] == 0]


def test_lago_122_a_draft_is_checked_against_the_customers_tables_before_it_goes_out(april: Story) -> None:
    """The customer's own tables say 210, the draft says 200; the wrong file is replaced, the draft follows, and only
    then is it finalized."""
    april.deliver(people(200), APRIL, now=at(5, 1))
    draft = april.close(APRIL, now=at(5, 2)).invoice
    claim(april, 210, by_customer=True)
    look(april)
    row = Difference.objects.get()
    assert (row.code, row.users, f"{row.amount:.2f}") == (Code.REPORTED_AGAINST_COUNTED, -10, "290.00")
    assert lines_of(draft) == [("usage", "200", "29.00", "5800.00")]

    april.deliver(people(210), APRIL, now=at(5, 4), made_at=at(5, 4))
    look(april, day=5)

    row.refresh_from_db()
    assert row.state == "gone"
    assert "2026-04-01.csv of Hamburg-9 was read (4 May 2026)" in row.reason
    invoice = april.bill(APRIL, now=at(5, 6))
    assert invoice.public_id == (draft.public_id if draft is not None else "")
    assert lines_of(invoice) == [("usage", "210", "29.00", "6090.00")]


def test_auth0_96501_an_export_of_2933_against_a_page_that_says_2913_is_a_day_of_refresh_lag(april: Story) -> None:
    """20 people came on the last day, after the page had been refreshed."""
    days = list(APRIL.each_day())
    april.deliver(people(2913), Period(APRIL.start, days[-1]), now=at(5, 1))
    april.deliver(people(20, first=5000), Period(days[-1], APRIL.end), now=at(5, 1))
    claim(april, 2913)

    look(april)

    (row,) = Difference.objects.filter(code=Code.REPORTED_AGAINST_COUNTED)
    assert row.users == 20
    assert causes() == [("refresh_lag", "Counted up to 29 Apr 2026, without the last 1 day: 2,913 users.")]


def test_auth0_114275_an_export_far_below_covers_one_database_only(april: Story) -> None:
    other = Instance.objects.create(
        customer=april.house.customer_a, contract=april.contract, name="Hamburg-10", reports_from=APRIL.start
    )
    april.deliver(people(80), APRIL, now=at(5, 1))
    april.deliver(people(320, first=1000), APRIL, now=at(5, 1), instance=other)
    claim(april, 80)

    look(april)

    assert causes() == [("source_coverage", "Only what Hamburg-9 holds: 80 users.")]


def test_octopus_4757_all_accounts_are_reported_where_active_users_are_meant(april: Story) -> None:
    record_provisioned_count(
        actor=april.manager,
        contract=april.contract,
        users=1000,
        date=date(2026, 4, 30),
        source="directory",
        now=at(5, 1),
    )
    april.deliver(people(320), APRIL, now=at(5, 1))
    claim(april, 1000)

    look(april)

    assert causes() == [("other_number", "All accounts that exist, active or not: 1,000.")]


def test_mattermost_24921_daily_users_are_reported_where_users_of_the_month_are_meant(april: Story) -> None:
    april.deliver(people(300), APRIL, now=at(5, 1))
    claim(april, 10)

    look(april)

    assert causes() == [("other_number", "The users of the busiest day: 10.")]


def test_killbill_docs_118_usage_that_is_three_periods_late_is_not_ignored(plain_story: Story) -> None:
    """January was billed with 100 users; in May a file of January brings 15 more. It stands on the list with its money
    until somebody decides the true-up, and then says who did."""
    for period, month in ((JANUARY, 2), (FEBRUARY, 3), (MARCH, 4), (APRIL, 5)):
        plain_story.deliver(people(100), period, now=at(month, 1))
        plain_story.bill(period, now=at(month, 2))
    assert look(plain_story) == Looked()

    plain_story.deliver(people(115), JANUARY, now=at(5, 4), made_at=at(5, 4))
    look(plain_story, day=5)

    row = Difference.objects.get(code=Code.BILLED_AGAINST_COUNTED)
    assert row.words == "R-0001 settled 100 users, 115 are counted now. A true-up waits for a decision."
    assert (row.state, row.users, f"{row.amount:.2f} {row.currency}") == ("open", 15, "435.00 EUR")

    plain_story.accept(plain_story.row(JANUARY).true_ups.get(), now=at(5, 6), reason="The tablets synchronized late.")
    look(plain_story, day=7)

    row.refresh_from_db()
    assert row.state == "gone"
    assert "Amir Manders accepted the true-up: The tablets synchronized late (6 May 2026)" in row.reason
