"""Every price model in a part of a cycle: packages, stairs and what single events cost have their share like users."""

from __future__ import annotations

from typing import Any

import pytest

from rollcall.rating import TermUsage, rate_term
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.test_parts_of_a_cycle import GRADUATED, amounts, fixed, rated, seats

PACKAGE = {"model": "package", "size": "10", "package_price": "310.00", "rounding": "up"}
STAIRS = {
    "model": "stairstep",
    "bound": "inclusive",
    "stairs": "highest",
    "at_zero": "nothing",
    "steps": [{"up_to": 100, "amount": "310.00"}, {"up_to": None, "amount": "620.00"}],
}
EVENTS = {"model": "percentage", "percent": "2.9", "maximum_per_event": "2.00"}


def used(price: dict[str, Any], amount: dict[str, Any], **charge: Any) -> Any:
    """Rate 17 to 31 January, 15 of 31 days, of a price that is reduced there."""
    document = fixed("0", "2026-01-17", "2026-06-01", anchor="2026-01-01")
    document["metrics"] = {
        "pay": {"kind": "action_quantity", "definition": {"actions": ["pay"]}, "measure": "sum", "unit": "euro"}
    }
    document["charges"] = {"pay": {"metric": "pay", "price": price, "in_part_periods": "reduced", **charge}}
    usage = {"periods": [{"start": "2026-01-17", "end": "2026-02-01", "quantities": {"pay": amount}}]}
    (rating,) = rate_term(terms=ContractTerms.from_json(document), usage=TermUsage.from_json(usage)).periods
    return rating


@pytest.mark.parametrize(
    ("case", "price", "amount", "expected"),
    [
        ("a package costs 15/31 of 310.00", PACKAGE, {"quantity": "10"}, {"pay/price": "150.00"}),
        ("two packages cost 15/31 of 620.00", PACKAGE, {"quantity": "11"}, {"pay/price": "300.00"}),
        ("so does the step that is reached", STAIRS, {"quantity": "10"}, {"pay/price": "150.00"}),
        ("every step that is reached", {**STAIRS, "stairs": "all"}, {"quantity": "101"},
         {"pay/price/step-1": "150.00", "pay/price/step-2": "300.00"}),
        ("29.00 lowered to 2.00, and 15/31 of both", EVENTS, {"quantities_by_event": ["1000"]},
         {"pay/price/percent": "14.03", "pay/price/maximum": "-13.06"}),
        ("2.90 for the event beside its amount of 3.10", {"model": "percentage", "percent": "2.9", "per_event": "3.10"},
         {"quantities_by_event": ["100"]}, {"pay/price/percent": "1.40", "pay/price/per-event": "1.50"}),
        ("0.29 lifted to 3.10", {"model": "percentage", "percent": "2.9", "minimum_per_event": "3.10"},
         {"quantities_by_event": ["10"]}, {"pay/price/percent": "0.14", "pay/price/minimum": "1.36"}),
    ],
)  # fmt: skip
def test_every_model_has_its_share_in_a_part_of_a_month(
    case: str, price: dict[str, Any], amount: dict[str, Any], expected: dict[str, str]
) -> None:
    assert amounts(used(price, amount)) == expected, case


@pytest.mark.parametrize("rounded", ["unit_price", "unit_price_down", "daily_price"])
def test_the_rate_of_events_with_a_most_is_not_rounded_first(rounded: str) -> None:
    with pytest.raises(TermsRefused, match='looks at what single events cost; use "amount"') as refused:
        used(EVENTS, {"quantities_by_event": ["1000"]}, parts_rounded=rounded)
    assert refused.value.path == "charges.pay.parts_rounded"
    factor = used(EVENTS, {"quantities_by_event": ["1000"]}, parts_rounded="factor_4_decimals")
    # 0.4839 of 29.00 and of 27.00, each line rounded.
    assert list(amounts(factor).values()) == ["14.03", "-13.07"]


def test_stairs_of_seats_that_change_in_a_part_of_a_month() -> None:
    """8 days of 310.00 and 7 days of 620.00, of the 31 days of January."""
    document = seats(
        STAIRS, [("2026-01-17", 10), ("2026-01-25", 101)], "2026-01-17", "2026-06-01", in_part_periods="reduced"
    )
    document["cycle"]["anchor"] = "2026-01-01"
    rating = rated(document, "2026-01-17", "2026-02-01")
    assert [str(line.amount) for line in rating.lines] == ["80.00", "140.00"]
    assert rating.lines[0].words.endswith(", 8/31 of the month")
    document["charges"]["seats"]["in_part_periods"] = "whole"
    rating = rated(document, "2026-01-17", "2026-02-01")
    assert [str(line.amount) for line in rating.lines] == ["165.33", "289.33"]
    assert rating.lines[0].words.endswith(", 8/15 of 17 to 31 Jan 2026 (rounded half up)")


def test_a_step_that_seats_reach_inside_a_month_costs_the_days_left() -> None:
    """All steps are billed: 310.00 for January, 620.00 for 15 of its 31 days, and 6 of them are given back."""
    every = {**STAIRS, "stairs": "all"}
    bought = [("2026-01-01", 10), ("2026-01-17", 101), ("2026-01-26", 10)]
    rating = rated(seats(every, bought, "2026-01-01", "2026-02-01"), "2026-01-01", "2026-02-01")
    assert [str(line.amount) for line in rating.lines] == ["310.00", "300.00", "-120.00"]
    assert rating.lines[2].words == (
        "Step 2: more than 100 seats, given up on the first of 26 to 31 Jan 2026, for the days left, 6/31 of the month"
    )


def test_the_terms_say_what_stays_whole_in_a_part_of_a_month() -> None:
    said = "What is due once for a tier is due whole, also in a part of a month."
    document = seats(GRADUATED, [("2026-01-01", 3)], "2026-01-01", "2026-06-01", in_part_periods="reduced")
    assert said in ContractTerms.from_json(document).sentences()
    document["charges"]["seats"]["price"] = STAIRS
    assert said not in ContractTerms.from_json(document).sentences()
