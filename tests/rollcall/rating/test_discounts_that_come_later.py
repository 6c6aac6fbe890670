"""Discounts for some months that come by a phase or an amendment: their months count from their own first one."""

from datetime import date
from typing import Any

import pytest

from rollcall.rating import TermUsage, rate_term
from rollcall.rating.versions import Amendment
from rollcall.terms.contract import ContractTerms
from tests.rollcall.rating.bills import terms_of, usage_of

HALF = {"name": "Loyalty", "percent": "50"}
FEBRUARY, MIDDLE, MARCH = "2026-02-01", "2026-02-15", "2026-03-01"


def agreed(*discounts: dict[str, Any], price: str = "10.00", **more: Any) -> dict[str, Any]:
    return terms_of(price=price, **({"discounts": list(discounts)} if discounts else {})) | more


def phased(day: str, *discounts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return agreed(**more) | {"phases": [{"from": day, "charges": {"seats": {"discounts": list(discounts)}}}]}


def nets(first: dict[str, Any], *later: tuple[str, dict[str, Any]]) -> list[str]:
    amendments = [
        Amendment(start=date.fromisoformat(day), terms=ContractTerms.from_json(document), name=f"version {number}")
        for number, (day, document) in enumerate(later, 2)
    ]
    rated = rate_term(terms=ContractTerms.from_json(first), usage=usage_of(*[10] * 5), amendments=amendments)
    return [str(rating.net_amount) for rating in rated.periods]


ONE, TWO, THREE = (HALF | {"cycles": cycles} for cycles in (1, 2, 3))
ON_ALL = {"limits": {"discounts": [TWO]}}


@pytest.mark.parametrize(
    ("case", "versions", "expected"),
    [
        ("a phase, for two months", [phased(FEBRUARY, TWO)], [100, 50, 50, 100, 100]),
        ("a phase, for one month", [phased(FEBRUARY, ONE)], [100, 50, 100, 100, 100]),
        ("an amendment, for two months", [agreed(), (FEBRUARY, agreed(TWO))], [100, 50, 50, 100, 100]),
        ("an amendment over all charges", [agreed(), (FEBRUARY, agreed(**ON_ALL))], [100, 50, 50, 100, 100]),
        ("repeated by an amendment of the price, it goes on", [agreed(THREE), (FEBRUARY, agreed(THREE, price="20.00"))],
         [50, 100, 100, 200, 200]),
        ("agreed on otherwise, it begins anew", [agreed(TWO), (FEBRUARY, agreed(TWO | {"percent": "25"}))],
         [50, 75, 75, 100, 100]),
        ("taken away for a month", [agreed(TWO), (FEBRUARY, agreed()), (MARCH, agreed(TWO))], [50, 100, 50, 50, 100]),
        ("inside a month: from the next one on", [phased(MIDDLE, TWO)], [100, 100, 50, 50, 100]),
        ("inside a month, which it holds for", [phased(MIDDLE, TWO, mid_cycle="whole_cycle")],
         [100, 50, 50, 100, 100]),
        ("inside a month, by days: 14 days are the first", [phased(MIDDLE, TWO, mid_cycle="by_days")],
         [100, 75, 50, 100, 100]),
        ("two amendments in one month, of which the first never rates a day",
         [agreed(TWO), ("2026-02-10", agreed()), (MIDDLE, agreed(TWO, price="20.00"))], [50, 50, 200, 200, 200]),
    ],
)  # fmt: skip
def test_the_months_of_a_discount_count_from_its_first(case: str, versions: Any, expected: list[int]) -> None:
    assert nets(versions[0], *versions[1:]) == [f"{amount}.00" for amount in expected], case


def test_the_sentence_of_a_phase_says_what_is_billed() -> None:
    said = ContractTerms.from_json(phased(FEBRUARY, TWO)).sentences()
    sentence = "From 1 Feb 2026 on: Discount Loyalty: 50 % off what is left in each of the first 2 months."
    assert sentence in said


def test_a_month_alone_knows_when_its_discount_began() -> None:
    terms = ContractTerms.from_json(phased(FEBRUARY, TWO))
    april = {"periods": [{"start": "2026-04-01", "end": "2026-05-01", "quantities": {"active": {"users": 10}}}]}
    (rating,) = rate_term(terms=terms, usage=TermUsage.from_json(april)).periods
    assert str(rating.net_amount) == "100.00"
