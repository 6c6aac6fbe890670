"""Charges that change by days: what the versions come to is rounded once where something is agreed of the whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from rollcall.money import round_fraction
from rollcall.rating import Rating, TermUsage, explain, rate_term
from rollcall.rating.versions import Amendment
from rollcall.terms.contract import ContractTerms
from tests.rollcall.terms.documents import plain_terms


def june(before: dict[str, Any], day: int, after: dict[str, Any]) -> Rating:
    """Rate 11 users of June under terms that change on a day of it."""
    month = {"start": "2026-06-01", "end": "2026-07-01", "quantities": {"active": {"users": 11}}}
    later = Amendment(start=date(2026, 6, day), terms=ContractTerms.from_json(after), name="version 2")
    terms, usage = ContractTerms.from_json(before), TermUsage.from_json({"periods": [month]})
    (rating,) = rate_term(terms=terms, usage=usage, amendments=[later]).periods
    return rating


def amounts(rating: Rating) -> dict[str, str]:
    return {line.key: str(line.amount) for line in rating.lines}


IN_TIERS = {
    "model": "graduated",
    "bound": "inclusive",
    "tiers": [{"up_to": number, "unit_price": price} for number, price in ((3, "3.33"), (7, "2.21"), (None, "1.13"))],
}
OTHER_TIERS = IN_TIERS | {"tiers": [{"up_to": 5, "unit_price": "4.57"}, {"up_to": None, "unit_price": "3.31"}]}


@pytest.mark.parametrize(
    ("case", "limits", "currency", "billed"),
    [
        ("a cap that both have is never passed", {"cap": {"amount": "20.00"}}, "EUR", "20.00"),
        ("a floor that both have is always reached", {"floor": {"minimum_amount": "90.00"}}, "EUR", "90.00"),
        ("of all that is taken off nothing is left",
         {"discounts": [{"name": "All", "percent": "100"}]}, "EUR", "0.00"),
        ("nor of whole yen", {"discounts": [{"name": "All", "percent": "100"}]}, "JPY", "0"),
        ("nothing is left of a month that is all trial", {"trial_until": "2026-07-01"}, "EUR", "0.00"),
    ],
)  # fmt: skip
def test_what_both_versions_agree_on_is_kept_to_the_cent(
    case: str, limits: dict[str, Any], currency: str, billed: str
) -> None:
    found = set()
    for day in range(2, 31):
        for is_of_contract in (False, "trial_until" not in limits):
            rating = june_in_tiers(day, limits, currency, is_of_contract=is_of_contract)
            assert str(rating.net_amount) == billed, (case, day)
            for line in rating.lines:
                exact = Fraction(line.quantity * line.unit_price) * line.share
                assert line.amount == round_fraction(exact, currency), (case, line.key)
            assert sum(Decimal(entry["amount"]) for entry in explain(rating)) == rating.net_amount
            found |= {line.key for line in rating.lines if line.kind == "rounding"}
    assert "seats/rounding" in found, case


def june_in_tiers(day: int, limits: dict[str, Any], currency: str, *, is_of_contract: bool) -> Rating:
    """Rate 11 users under tiers that change on a day of June, beside limits that stay."""
    versions = []
    for price, first, second in ((IN_TIERS, ["discount"], []), (OTHER_TIERS, [], ["discount"])):
        # The order of the steps changes too, so that limits of the contract are rated under both versions.
        steps = ["included", "price", *first, "floor", "cap", *second, "credits"]
        document = plain_terms() | {"mid_cycle": "by_days", "currency": currency, "steps": steps}
        document["charges"]["seats"]["price"] = price
        if is_of_contract:
            document["limits"] = limits
        else:
            document["charges"]["seats"] |= limits
        if currency == "JPY":
            document["true_up"] = {"ignore_below": "0", "settle": "next_invoice"}
        versions.append(document)
    return june(versions[0], day, versions[1])


def test_the_rounding_says_what_it_is_made_of_and_a_plain_price_needs_none() -> None:
    def document(price: str, **charge: Any) -> dict[str, Any]:
        return plain_terms(price=price, **charge) | {"mid_cycle": "by_days"}

    capped = {"cap": {"amount": "100.01"}}
    rating = june(document("10.01", **capped), 16, document("12.03", **capped))
    assert str(rating.net_amount) == "100.01"
    assert amounts(rating) == {
        "seats/price": "55.06",
        "seats/cap": "-5.05",
        "seats/price@2026-06-16": "66.17",
        "seats/cap@2026-06-16": "-16.16",
        "seats/rounding": "-0.01",
    }
    assert rating.lines[-1].words == "Rounding: 100.01 by days, rounded once, and 100.02 in the lines above"
    assert explain(rating)[-1]["arithmetic"] == "100.01 × 1/2 + 100.01 × 1/2 = 100.01; less 100.02"
    rating = june(document("10.01"), 16, document("10.03"))
    assert amounts(rating) == {"seats/price": "55.06", "seats/price@2026-06-16": "55.17"}
