"""Limits over the term that come by an amendment or a phase: they count what the term was billed before them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.rating import rate_term
from rollcall.rating.versions import Amendment
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import terms_of, usage_of

QUARTER = {"start": "2026-01-01", "end": "2026-04-01"}
MARCH = "2026-03-01"


def agreed(*, price: str = "10.00", limits: dict[str, Any] | None = None, **charge: Any) -> dict[str, Any]:
    """Terms of a quarter at 10.00 for each active user."""
    return terms_of(price=price, limits=limits, **charge) | {"term": QUARTER}


def nets(first: dict[str, Any], *later: tuple[str, dict[str, Any]], users: tuple[int, ...] = (10, 10, 10)) -> list[str]:
    amendments = [
        Amendment(start=date.fromisoformat(day), terms=ContractTerms.from_json(document), name=f"version {number}")
        for number, (day, document) in enumerate(later, 2)
    ]
    rated = rate_term(terms=ContractTerms.from_json(first), usage=usage_of(*users), amendments=amendments)
    return [str(rating.net_amount) for rating in rated.periods]


OF_TERM = {"per": "term"}
COMMITTED = {"amount": "400.00", "overage": {"factor": "2"}, "shortfall": "billed_at_end"} | OF_TERM
HALF = [{"name": "half", "percent": "50"}]


@pytest.mark.parametrize(
    ("case", "before", "after", "expected"),
    [
        ("a floor of 400.00: 200.00 were billed", {}, {"floor": {"minimum_amount": "400.00"} | OF_TERM},
         ["100", "100", "200"]),
        ("a floor of 250.00 is reached", {}, {"floor": {"minimum_amount": "250.00"} | OF_TERM}, ["100", "100", "100"]),
        ("a cap of 250.00: 50.00 are left", {}, {"cap": {"amount": "250.00"} | OF_TERM}, ["100", "100", "50"]),
        ("a commitment of 400.00: 200.00 were drawn", {}, {"commitment": COMMITTED}, ["100", "100", "200"]),
        ("a commitment of 250.00: 50.00 are above it, at twice their price", {},
         {"commitment": COMMITTED | {"amount": "250.00"}}, ["100", "100", "150"]),
        ("a commitment that was passed before it came", {}, {"commitment": COMMITTED | {"amount": "150.00"}},
         ["100", "100", "200"]),
        ("a floor of 40 users: 20 were billed", {}, {"floor": {"minimum_users": 40} | OF_TERM}, ["100", "100", "200"]),
        ("a cap of 25 users: 5 are left", {}, {"cap": {"maximum_users": 25} | OF_TERM}, ["100", "100", "50"]),
        ("a commitment of 40 users", {},
         {"commitment": {"quantity": 40, "overage": {"factor": "2"}, "shortfall": "billed_at_end"} | OF_TERM},
         ["100", "100", "200"]),
        ("discounts lower what was billed", {"discounts": HALF},
         {"discounts": HALF, "floor": {"minimum_amount": "200.00"} | OF_TERM}, ["50", "50", "100"]),
        ("a cap of each month had lowered them", {"cap": {"amount": "80.00"}},
         {"floor": {"minimum_amount": "400.00"} | OF_TERM}, ["80", "80", "240"]),
        ("a cap of each month in users had lowered them", {"cap": {"maximum_users": 8}},
         {"floor": {"minimum_users": 40} | OF_TERM}, ["80", "80", "240"]),
        ("a floor of each month had lifted them", {"floor": {"minimum_amount": "150.00"}},
         {"floor": {"minimum_amount": "400.00"} | OF_TERM}, ["150", "150", "100"]),
        ("a floor of each month in users had lifted them", {"floor": {"minimum_users": 15}},
         {"floor": {"minimum_users": 40} | OF_TERM}, ["150", "150", "100"]),
        ("a cap of each month had lowered them", {"cap": {"amount": "80.00"}}, {"cap": {"amount": "250.00"} | OF_TERM},
         ["80", "80", "90"]),
        ("a cap of each month in users had lowered them", {"cap": {"maximum_users": 8}},
         {"cap": {"maximum_users": 25} | OF_TERM}, ["80", "80", "90"]),
        ("a commitment of each month in users had lifted them",
         {"commitment": {"quantity": 15, "overage": {"factor": "1"}, "shortfall": "billed_at_end"}},
         {"commitment": {"quantity": 40, "overage": {"factor": "1"}, "shortfall": "billed_at_end"} | OF_TERM},
         ["150", "150", "100"]),
        ("from a floor in money to one in users", {"floor": {"minimum_amount": "400.00"} | OF_TERM},
         {"floor": {"minimum_users": 40} | OF_TERM}, ["100", "100", "200"]),
        ("what months carried over is no drawing of the term",
         {"commitment": {"amount": "500.00", "overage": {"factor": "1"}, "shortfall": "none", "carry_over": True}},
         {"commitment": COMMITTED}, ["100", "100", "200"]),
    ],
)  # fmt: skip
def test_a_limit_over_the_term_counts_what_was_billed_before_it(
    case: str, before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    wanted = [f"{amount}.00" for amount in expected]
    assert nets(agreed(**before), (MARCH, agreed(**after))) == wanted, case
    kept = {key: None for key in before if key not in after}
    phase = {"from": MARCH, "charges": {"seats": {**after, **kept}}}
    assert nets(agreed(**before) | {"phases": [phase]}) == wanted, f"{case}, by a phase"


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"floor": {"minimum_amount": "400.00", "per": "term"}}, ["100.00", "100.00", "200.00"]),
        ({"cap": {"amount": "250.00", "per": "term"}}, ["100.00", "100.00", "50.00"]),
        ({"commitment": COMMITTED}, ["100.00", "100.00", "200.00"]),
    ],
)
def test_limits_of_the_whole_contract_count_what_its_charges_came_to(
    limits: dict[str, Any], expected: list[str]
) -> None:
    assert nets(agreed(), (MARCH, agreed(limits=limits))) == expected


def test_a_month_that_was_rated_by_days_counts_what_it_was_billed() -> None:
    by_days = {"mid_cycle": "by_days"}
    later = agreed(price="12.00") | by_days
    floored = agreed(price="12.00", floor={"minimum_amount": "400.00", "per": "term"}) | by_days
    assert nets(agreed() | by_days, ("2026-02-15", later), (MARCH, floored)) == ["100.00", "110.00", "190.00"]


def test_users_of_a_month_that_versions_counted_otherwise_are_not_guessed() -> None:
    by_days = {"mid_cycle": "by_days"}
    floored = (
        agreed(
            included=2,
            floor={"minimum_users": 40, "per": "term"},
        )
        | by_days
    )
    floored["charges"]["seats"]["included"] = {"quantity": 2, "counts_towards_floor": False}
    with pytest.raises(TermsRefused, match="agree on an amount instead"):
        nets(agreed() | by_days, ("2026-02-15", agreed(included=2) | by_days), (MARCH, floored))


@given(
    users=st.tuples(*[st.integers(0, 40)] * 3),
    day=st.sampled_from(["2026-02-01", MARCH]),
    most=st.integers(0, 120).map(lambda tens: Decimal(tens) * 10),
)
def test_whenever_a_limit_over_the_term_comes_the_term_keeps_to_it(
    users: tuple[int, int, int], day: str, most: Decimal
) -> None:
    """Against the users alone: a floor lifts their price to it, a cap lowers it, a commitment at factor 1 is a floor."""
    used, amount = Decimal(10 * sum(users)), f"{most:.2f}"

    def term(**limit: Any) -> Decimal:
        return sum((Decimal(net) for net in nets(agreed(), (day, agreed(**limit)), users=users)), Decimal(0))

    assert term(floor={"minimum_amount": amount, "per": "term"}) == max(used, most)
    assert term(cap={"amount": amount, "per": "term"}) == min(used, most)
    if most:
        committed = COMMITTED | {"amount": amount, "overage": {"factor": "1"}}
        assert term(commitment=committed) == max(used, most)
