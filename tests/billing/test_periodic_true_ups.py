"""Commitments that are settled once a quarter, a year or a term: through closing and finalizing, to the cent."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from billing.invariants.periods import ratings_repeat
from billing.models import Invoice
from billing.queries.coming_true_ups import coming_of
from ground import clock
from rollcall.period import Period
from rollcall.terms.templates import merged, template, with_switches
from tests.billing.story import Story, export, lines_of, people, per_user, story_of, terms_json
from tests.billing.test_reported_counts import licence_file, send
from tests.cast import House


def periods_of(terms: Mapping[str, Any], count: int) -> list[Period]:
    """The first periods of a term of months or quarters that begin on one day of the month."""
    start, months = date.fromisoformat(terms["term"]["start"]), 3 if terms["cycle"]["unit"] == "quarter" else 1
    ends = [start.year * 12 + start.month - 1 + months * number for number in range(count + 1)]
    days = [date(month // 12, month % 12 + 1, start.day) for month in ends]
    return [Period(*pair) for pair in pairwise(days)]


def morning_after(period: Period, days: int = 1) -> datetime:
    return datetime(period.end.year, period.end.month, period.end.day, 9, tzinfo=UTC) + timedelta(days=days)


def report_numbers(story: Story, period: Period, users: int, *, until: date | None = None) -> None:
    """Send what the instance states for each day: the same number."""
    covers = Period(period.start, until or period.end)
    content = licence_file(dict.fromkeys(covers.each_day(), users))
    send(story, content, covers=covers, now=morning_after(covers, 0), name=f"{covers.start}.csv")


def bill_all(story: Story, periods: Sequence[Period]) -> list[Decimal]:
    return [story.bill(period, now=morning_after(period)).net_amount for period in periods]


def expected(story: Story, today: date) -> list[tuple[date, str, Decimal | None]]:
    """What the calendar says: when it is due, what it is, and how much."""
    coming = coming_of(actor=story.manager, contract=story.contract, today=today)
    return [(one.due, one.kind, one.expected_amount) for one in coming]


def money(*amounts: str) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def test_gitlab_quarterly_costs_750_and_0_and_250_and_0(committed_house: House) -> None:
    terms = with_switches(template("gitlab-true-up"), {"true_up": "quarterly"})
    story, quarters = story_of(committed_house, terms=terms), periods_of(terms, 4)
    report_numbers(story, quarters[0], 110, until=date(2026, 2, 11))
    # By the middle of February: 10 above 100 for the three quarters that follow, and nothing new after that.
    dues = [quarter.end for quarter in quarters]
    assert expected(story, date(2026, 2, 11)) == [
        (due, "highest", amount) for due, amount in zip(dues, money("750", "0", "0", "0"), strict=True)
    ]

    billed = []
    for quarter, users in zip(quarters, (110, 105, 120, 120), strict=True):
        report_numbers(story, quarter, users)
        billed += bill_all(story, [quarter])
        if quarter == quarters[1]:
            assert expected(story, date(2026, 7, 2)) == [(due, "highest", Decimal(0)) for due in dues[2:]], (
                "105 are below the 110 that are bought"
            )

    assert (billed, sum(billed)) == (money("750.00", "0.00", "250.00", "0.00"), Decimal("1000.00"))
    first, third = Invoice.objects.order_by("pk")[0], Invoice.objects.order_by("pk")[2]
    assert lines_of(first) == [("usage", "30", "25.00", "750.00")]
    assert lines_of(third) == [("usage", "10", "25.00", "250.00")]
    assert "shortfall" not in str(first.snapshot)
    assert ratings_repeat().findings == []


def test_gitlab_annual_costs_2000_for_the_same_year(committed_house: House) -> None:
    terms = with_switches(template("gitlab-true-up"), {"true_up": "annual"})
    story, year = story_of(committed_house, terms=terms), Period(date(2026, 1, 1), date(2027, 1, 1))
    report_numbers(story, year, 110, until=date(2026, 2, 11))
    assert expected(story, date(2026, 2, 11)) == [(date(2027, 1, 1), "cycle", Decimal("1000.00"))]
    for quarter, users in zip(
        periods_of({**terms, "cycle": {"unit": "quarter"}}, 4), (110, 105, 120, 120), strict=True
    ):
        report_numbers(story, quarter, users)

    assert bill_all(story, [year]) == money("2000.00")
    assert lines_of(Invoice.objects.get())[-1] == ("usage", "20", "100.00", "2000.00")


@pytest.mark.parametrize(("reading", "owed"), [("yes", "1200.00"), ("no", "900.00")])
def test_mattermost_owes_this_quarter_or_only_those_that_follow(
    committed_house: House, reading: str, owed: str
) -> None:
    terms = with_switches(template("mattermost-quarterly-true-up"), {"include_current_quarter": reading})
    story, quarters = story_of(committed_house, terms=terms), periods_of(terms, 1)
    report_numbers(story, quarters[0], 110)
    assert expected(story, date(2026, 3, 31))[0] == (date(2026, 4, 1), "highest", Decimal(owed))

    assert bill_all(story, quarters) == money(owed)


def act(story: Story, content: bytes, covers: Period, action: str) -> None:
    """Send an export of people who did something."""
    name = f"{covers.start}-{action}.csv".replace("*", "any")
    send(
        story,
        content.replace(b",login,", f",{action},".encode()),
        covers=covers,
        now=morning_after(covers, 0),
        name=name,
    )


def test_okta_adds_the_active_users_of_twelve_contract_months_up(committed_house: House) -> None:
    terms = dict(template("okta-monthly-active-users").terms)
    story, months = story_of(committed_house, terms=terms), periods_of(terms, 12)
    for number, month in enumerate(months):
        # One person in one month of the year, one once in each month, one on each of its days.
        lines = [
            export(["monthly@x.example"], [month.start]),
            export(["once@x.example"][: number == 2], [month.last_day]),
        ]
        lines += [export(["daily@x.example"], [day]) for day in month.each_day()]
        rows = b"".join(line.split(b"\n", 1)[1] for line in lines)
        act(story, b"user_id,occurred_at,action,event_id\n" + rows, month, "user.session.start")
        bill_all(story, [month])

    billed = list(Invoice.objects.order_by("pk").values_list("net_amount", flat=True))
    assert billed == money("2", "2", "3", *["2"] * 9)
    assert sum(billed) == Decimal(1 + 12 + 12)


def test_teleport_owes_the_highest_month_of_the_term(committed_house: House) -> None:
    terms = dict(template("teleport-highest-month").terms)
    story, months = story_of(committed_house, terms=terms), periods_of(terms, 4)
    billed = []
    for month, users in zip(months, (40, 55, 50, 60), strict=True):
        act(story, export(people(users), list(month.each_day())), month, "session.start")
        billed += bill_all(story, [month])

    assert (billed, sum(billed)) == (money("600.00", "225.00", "0.00", "75.00"), Decimal(60 * 15))
    assert {amount for _, _, amount in expected(story, date(2026, 5, 16))} == {Decimal(0)}, "60 are owed already"


def test_auth0_is_above_its_quota_when_the_mean_of_three_months_is(committed_house: House) -> None:
    terms = dict(template("auth0-monthly-active-users").terms)
    story, months = story_of(committed_house, terms=terms), periods_of(terms, 3)
    billed = []
    for month, users in zip(months, (900, 1400, 800), strict=True):
        act(story, export(people(users), list(month.each_day())), month, "s")
        billed += bill_all(story, [month])

    # 900, then a mean of 1,150, then one of 1,033: 150 and 33 above 1,000 at 0.07.
    assert billed == money("0.00", "10.50", "2.31")


THREE_MONTHS = {
    "term": {"start": "2026-03-01", "end": "2026-06-01"},
    "cycle": {"unit": "month", "anchor": "2026-03-01"},
}


def three_months(house: House, **charge: Any) -> tuple[Story, list[Period]]:
    """Three months at EUR 10.00 a user, of 100, 150 and 120 users, the last not billed yet."""
    terms = merged(terms_json(charges=per_user("10.00", **charge)), THREE_MONTHS)
    story, months = story_of(house, terms=terms), periods_of(terms, 3)
    for month, users in zip(months[:2], (100, 150), strict=True):
        story.deliver(people(users), month, now=morning_after(month, 0))
        bill_all(story, [month])
    story.deliver(people(120), Period(months[2].start, date(2026, 5, 11)), now=datetime(2026, 5, 11, 9, tzinfo=UTC))
    return story, months


def last_lines(story: Story, month: Period) -> list[tuple[str, str, str, str]]:
    story.deliver(people(120), month, now=morning_after(month, 0), made_at=morning_after(month, 0))
    return lines_of(story.bill(month, now=morning_after(month)))


def test_the_shortfall_of_a_term_is_billed_with_its_last_month(committed_house: House) -> None:
    promised = {"amount": "5000.00", "per": "term", "overage": {"factor": "1.5"}, "shortfall": "billed_at_end"}
    story, months = three_months(committed_house, commitment=promised)
    # 5,000.00 less 1,000.00, 1,500.00 and 1,200.00.
    assert expected(story, date(2026, 5, 12)) == [(date(2026, 6, 1), "commitment", Decimal("1300.00"))]

    lines = last_lines(story, months[2])

    assert [line for line in lines if line[0] == "shortfall"] == [("shortfall", "1", "1300.00", "1300.00")]
    assert "overage" not in {line[0] for line in lines}
    assert sum(Invoice.objects.values_list("net_amount", flat=True)) == Decimal("5000.00")


def test_overage_of_a_term_costs_its_own_price_and_is_no_shortfall(committed_house: House) -> None:
    promised = {"amount": "3000.00", "per": "term", "overage": {"factor": "1.5"}, "shortfall": "billed_at_end"}
    story, months = three_months(committed_house, commitment=promised)
    # 500.00 are left for May, which comes to 1,200.00: 700.00 are above, at one and a half times their price.
    assert expected(story, date(2026, 5, 12)) == [(date(2026, 6, 1), "commitment", Decimal("350.00"))]

    lines = last_lines(story, months[2])

    assert [(kind, amount) for kind, _, _, amount in lines] == [
        ("usage", "1200.00"),
        ("commitment", "0.00"),
        ("commitment", "-700.00"),
        ("overage", "1050.00"),
    ]


def test_the_minimum_of_a_term_is_settled_with_its_last_month(committed_house: House) -> None:
    story, months = three_months(committed_house, floor={"minimum_amount": "4000.00", "per": "term"})
    assert expected(story, date(2026, 5, 12)) == [(date(2026, 6, 1), "minimum", Decimal("300.00"))]

    assert last_lines(story, months[2])[-1] == ("floor", "1", "300.00", "300.00")


def test_a_prepaid_term_burns_what_was_paid_and_bills_what_is_above(committed_house: House) -> None:
    paid = [{"name": "prepaid", "amount": "3000.00", "granted": "each_term", "expires": "term"}]
    story, months = three_months(committed_house, credits=paid)
    assert list(Invoice.objects.order_by("pk").values_list("net_amount", flat=True)) == money("0.00", "0.00")

    assert last_lines(story, months[2]) == [("usage", "120", "10.00", "1200.00"), ("credit", "-1", "500.00", "-500.00")]


def test_the_calendar_and_both_contract_pages_say_what_is_coming(
    committed_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    promised = {"amount": "5000.00", "per": "term", "overage": {"factor": "1.5"}, "shortfall": "billed_at_end"}
    story, _ = three_months(committed_house, commitment=promised)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 5, 12, 9, tzinfo=UTC))
    pages = (
        (story.house.account_manager, "/admin/coming-true-ups/"),
        (story.house.account_manager, f"/admin/contracts/{story.contract.public_id}/"),
        (story.house.customer_admin_a, f"/contract/?contract={story.contract.public_id}"),
    )
    for person, address in pages:
        client = Client()
        client.force_login(person.user)
        response = client.get(address)
        assert response.status_code == 200, address
        text = " ".join(response.content.decode().split())
        row = text.split("overage above the commitment, or its shortfall")[1].split("</tr>")[0]
        assert "1,300.00" in row, address
        assert "120 users" in row, address
    other = Client()
    other.force_login(story.house.customer_admin_b.user)
    assert "1,300.00" not in other.get("/contract/").content.decode()
    assert other.get("/admin/coming-true-ups/").status_code != 200
