"""The curve of the cost by users: every point is a rating, and where it falls is said."""

from decimal import Decimal
from typing import Any

import pytest

from rollcall.rating import PeriodUsage, TermUsage, rate_term
from rollcall.rating.cost_curve import CostCurve, cost_curve, whole_period
from rollcall.terms.contract import ContractTerms
from rollcall.terms.templates import all_templates
from tests.rollcall.terms.documents import full_terms

VOLUME = {
    "model": "volume",
    "bound": "inclusive",
    "tiers": [
        {"up_to": 100, "unit_price": "10.00"},
        {"up_to": 1000, "unit_price": "8.00"},
        {"up_to": None, "unit_price": "7.00"},
    ],
}


def terms(price: dict[str, Any] | None = None, **changes: Any) -> ContractTerms:
    document = full_terms()
    del document["charges"]["seats"]["cap"]
    document |= changes
    if price is not None:
        document["charges"] = {"seats": {"metric": "active", "price": price}}
    return ContractTerms.from_json(document)


def at(curve: CostCurve, users: int) -> Decimal:
    return next(point.net_amount for point in curve.points if point.users == users)


def test_every_point_is_what_the_period_would_be_billed() -> None:
    agreed = terms()
    curve = cost_curve(terms=agreed, most_users=1000)
    for point in curve.points:
        usage = PeriodUsage(period=curve.period, quantities={"active": {"users": point.users}})
        rated = rate_term(terms=agreed, usage=TermUsage(periods=(usage,))).of(curve.period)
        assert point.net_amount == rated.net_amount
    # The floor of 400 users at 29.00, 500 at 29.00, then 25.00 each.
    assert [str(at(curve, users)) for users in (0, 400, 500, 501, 1000)] == [
        "11600.00",
        "11600.00",
        "14500.00",
        "14525.00",
        "27000.00",
    ]
    assert curve.falls == ()


def test_the_ends_of_tiers_and_their_neighbors_are_always_there() -> None:
    places = {point.users for point in cost_curve(terms=terms(VOLUME), most_users=5000).points}
    assert {0, 99, 100, 101, 999, 1000, 1001, 5000} <= places
    assert max(places) == 5000


def test_it_says_where_more_users_cost_less() -> None:
    falls = cost_curve(terms=terms(VOLUME), most_users=2000).falls
    assert [(fall.before.users, fall.after.users) for fall in falls] == [(100, 101), (1000, 1001)]
    assert [str(fall.after.net_amount - fall.before.net_amount) for fall in falls] == ["-192.00", "-993.00"]


def test_accounts_are_compared_with_as_if_everybody_were_active() -> None:
    curve = cost_curve(terms=terms(), most_users=1000, accounts=800)
    assert curve.seats is not None
    assert str(curve.seats.net_amount) == "22000.00"
    difference = curve.against_seats(next(point for point in curve.points if point.users == 500))
    assert str(difference) == "-7500.00"
    assert cost_curve(terms=terms(), most_users=10).against_seats(curve.points[0]) is None


def test_per_user_is_the_total_shared_and_nothing_without_users() -> None:
    points = {point.users: point for point in cost_curve(terms=terms(), most_users=1000).points}
    assert points[0].per_user is None
    assert str(points[400].per_user) == "29.00"
    assert str(points[499].per_user) == "29.00"
    assert str(points[1000].per_user) == "27.00"


def test_a_whole_cycle_is_shown_where_the_term_begins_inside_one() -> None:
    agreed = terms(term={"start": "2026-01-20", "end": "2027-01-01"})
    assert whole_period(agreed).words() == "1 to 28 Feb 2026"


@pytest.mark.parametrize("name", [found.name for found in all_templates()])
def test_every_known_policy_has_a_curve_that_begins_at_no_users(name: str) -> None:
    found = next(one for one in all_templates() if one.name == name)
    curve = cost_curve(terms=ContractTerms.from_json(found.terms), most_users=200, accounts=200, units_each=Decimal(60))
    assert curve.points[0].users == 0
    assert curve.points[-1].net_amount == (curve.seats.net_amount if curve.seats else None)
