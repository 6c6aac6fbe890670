"""Reported users are the same on the document, on the page, in the bundle and in its check, whatever their price.

The highest of March's daily counts is 55. How many users that is does not depend on how the price puts them on lines.
"""

from datetime import date
from typing import Any

import pytest

from billing.queries.explain import explain_invoice
from tests.billing.story import MARCH, Story, at, lines_of, story_of, terms_json
from tests.billing.test_amended_terms import amend
from tests.billing.test_estimated_users import PACKAGE, VOLUME, seats
from tests.billing.test_reported_counts import SEATS, licence_file, month, send
from tests.billing.test_verify_stories import checked
from tests.cast import House


def of_seats(price: Any, **more: Any) -> dict[str, Any]:
    (charge,) = seats(price, **more).values()
    return {"seats": {**charge, "metric": "seats"}}


def said_of(story: Story) -> tuple[int, int, int, int]:
    """Bill March; return billable and billed users of the snapshot, and those of the page."""
    invoice = story.bill(MARCH, now=at(4, 2), render=True)
    assert checked(invoice).status == 0
    counts = invoice.frozen["counts"]
    page = explain_invoice(actor=story.finance, invoice=invoice).users
    return counts["billable"], counts["billed"], page["billable"], page["billed"]


@pytest.mark.parametrize(
    ("case", "charges", "lines"),
    [
        ("55 at 10.00", of_seats("10.00"), [("usage", "55", "10.00", "550.00")]),
        ("six packages of ten", of_seats(PACKAGE), [("flat", "6", "300.00", "1800.00")]),
        ("all 55 at 5.00", of_seats(VOLUME), [("usage", "55", "5.00", "275.00")]),
        (
            "10 of the 55 are included",
            of_seats("10.00", included=10),
            [("included", "10", "0.00", "0.00"), ("usage", "45", "10.00", "450.00")],
        ),
        (
            "10 of the 55 are included, five packages for the others",
            of_seats(PACKAGE, included=10),
            [("included", "10", "0.00", "0.00"), ("flat", "5", "300.00", "1500.00")],
        ),
    ],
)
def test_a_month_with_55_reported_users(
    committed_house: House, case: str, charges: dict[str, Any], lines: list[tuple[str, str, str, str]]
) -> None:
    story = story_of(committed_house, terms=terms_json(metrics=SEATS, charges=charges))
    send(story, licence_file(month()), now=at(4, 1))
    assert said_of(story) == (55, 55, 55, 55), case
    assert lines_of(story.row(MARCH).invoice) == lines, case


def test_a_month_with_55_reported_users_under_two_versions(committed_house: House) -> None:
    """55 users are billed once, on two lines: 15 days at 10.00 and 16 at 12.00."""
    story = story_of(committed_house, terms=terms_json(metrics=SEATS, charges=of_seats("10.00"), mid_cycle="by_days"))
    amend(story, date(2026, 3, 16), month=3, metrics=SEATS, charges=of_seats("12.00"), mid_cycle="by_days")
    send(story, licence_file(month()), now=at(4, 1))
    assert said_of(story) == (55, 55, 55, 55)
    assert [line[1:] for line in lines_of(story.row(MARCH).invoice)] == [
        ("55", "10.00", "266.13"),
        ("55", "12.00", "340.65"),
    ]


def test_a_second_charge_of_the_same_users_is_explained_with_as_many(committed_house: House) -> None:
    """55 users cost 550.00, and six packages of support for them 1,800.00."""
    charges = {**of_seats("10.00"), "support": of_seats(PACKAGE)["seats"]}
    story = story_of(committed_house, terms=terms_json(metrics=SEATS, charges=charges))
    send(story, licence_file(month()), now=at(4, 1))

    invoice = story.bill(MARCH, now=at(4, 2), render=True)
    assert checked(invoice).status == 0
    assert invoice.frozen["rated_users"] == {"support": "55"}
    page = explain_invoice(actor=story.finance, invoice=invoice, charge="support")
    assert (page.users["billable"], page.users["billed"]) == (55, 55)
