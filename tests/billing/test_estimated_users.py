"""The users that an estimate bills are the same on the document, on the page, in the bundle and in its check.

March had 30 people; of April nobody reports, and the terms take the month before. How many users that bills does not
depend on how the price puts them on lines.
"""

from datetime import date
from typing import Any

import pytest

from billing.documents.snapshot import read_snapshot
from billing.documents.wording import wording_of
from billing.queries.explain import explain_invoice
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, Story, amounts_of, at, lines_of, people, story_of, terms_json
from tests.billing.test_amended_terms import MIDDLE, amend
from tests.billing.test_gap_rules import lead_of
from tests.billing.test_verify_stories import checked
from tests.cast import House

TIERS = [{"up_to": 10, "unit_price": "10.00"}, {"up_to": None, "unit_price": "5.00"}]
PACKAGE = {"model": "package", "size": "10", "package_price": "300.00", "rounding": "up"}
VOLUME = {"model": "volume", "bound": "inclusive", "tiers": TIERS}
PART = Period(date(2026, 4, 1), date(2026, 4, 16))


def seats(price: Any, **more: Any) -> dict[str, Any]:
    model = {"model": "per_user", "unit_price": price} if isinstance(price, str) else price
    return {"seats": {"metric": "active", "price": model, **more}}


def nobody_reports(house: House, charges: dict[str, Any], **terms: Any) -> Story:
    """March with 30 people is billed; of April nobody reports."""
    document = terms_json(charges=charges, gap_rule={"hold_at_most_days": 5, "then": "prior_period"}, **terms)
    story = story_of(house, terms=document)
    story.deliver(people(30), MARCH, now=at(4, 1))
    story.bill(MARCH, now=at(4, 3))
    return story


def billed_in(story: Story, period: Period) -> tuple[int, int, int]:
    """Bill a period; return the billed users of the snapshot, the estimated ones of the document and of the page."""
    invoice = story.bill(period, now=at(5, 8), render=True)
    assert checked(invoice).status == 0
    page = explain_invoice(actor=story.finance, invoice=invoice)
    (step,) = [step for step in page.funnel.people if step.code == "estimated"]
    document = wording_of(read_snapshot(invoice.frozen)).estimated_users()
    return invoice.frozen["counts"]["billed"], document, step.count


@pytest.mark.parametrize(
    ("case", "charges", "expected"),
    [
        ("30 at 10.00", seats("10.00"), [("usage", "0", "10.00", "0.00"), ("estimated", "30", "10.00", "300.00")]),
        ("three packages", seats(PACKAGE), [("usage", "0", "300.00", "0.00"), ("estimated", "1", "900.00", "900.00")]),
        ("30 at 5.00", seats(VOLUME), [("usage", "0", "10.00", "0.00"), ("estimated", "1", "150.00", "150.00")]),
        (
            "10 of the 30 are included",
            seats("10.00", included=10),
            [("usage", "0", "10.00", "0.00"), ("estimated", "20", "10.00", "200.00")],
        ),
    ],
)
def test_a_month_that_nobody_reported(
    committed_house: House, case: str, charges: dict[str, Any], expected: list[tuple[str, str, str, str]]
) -> None:
    story = nobody_reports(committed_house, charges)
    assert billed_in(story, APRIL) == (30, 30, 30), case
    assert lines_of(story.row(APRIL).invoice) == expected, case


def test_a_part_of_a_month_that_nobody_reported(committed_house: House) -> None:
    """15 of 30 days of three packages: 900.00 x 15/30."""
    charges = seats(PACKAGE, in_part_periods="reduced")
    story = nobody_reports(committed_house, charges, term={"start": "2026-03-01", "end": "2026-04-16"})

    assert billed_in(story, PART) == (30, 30, 30)
    invoice = story.row(PART).invoice
    assert f"{amounts_of(invoice)[0]:.2f}" == "450.00"
    assert invoice is not None
    assert "30 are estimated as your contract says" in lead_of(invoice)


def test_a_month_that_nobody_reported_under_two_versions(committed_house: House) -> None:
    """30 people are estimated once, on two lines: 10 days at 10.00 and 20 at 12.00."""
    story = nobody_reports(committed_house, seats("10.00"), mid_cycle="by_days")
    amend(
        story,
        MIDDLE,
        charges=seats("12.00"),
        mid_cycle="by_days",
        gap_rule={"hold_at_most_days": 5, "then": "prior_period"},
    )

    assert billed_in(story, APRIL) == (30, 30, 30)
    assert [line for line in lines_of(story.row(APRIL).invoice) if line[0] == "estimated"] == [
        ("estimated", "30", "10.00", "100.00"),
        ("estimated", "30", "12.00", "240.00"),
    ]
