"""Seats and their price change on one day, and the change counts by days: the seats of the month under each price.

5 seats of 31 days and 4 of 21 are what the month had; 10/31 of it is priced by version 1 and 21/31 by version 2.
"""

from datetime import date
from fractions import Fraction

import pytest

from rollcall.money import round_fraction
from rollcall.rating import TermUsage, rate_term
from rollcall.rating.versions import Amendment
from rollcall.terms.contract import ContractTerms
from tests.rollcall.rating.bills import terms_of

JANUARY = {"periods": [{"start": "2026-01-01", "end": "2026-02-01", "quantities": {}}]}
CHANGE = date(2026, 1, 11)
GRADUATED = {
    "model": "graduated",
    "bound": "inclusive",
    "tiers": [{"up_to": 6, "unit_price": "8.00"}, {"up_to": None, "unit_price": "5.00"}],
}


def agreed(price, *bought, **charge):
    document = terms_of(price=price, in_part_periods="reduced", **charge) | {"mid_cycle": "by_days"}
    seats = [{"from": day, "seats": number} for day, number in bought]
    document["metrics"] = {"active": {"kind": "seats", "bought": seats}}
    return ContractTerms.from_json(document)


@pytest.mark.parametrize(
    ("before", "after", "charge", "amounts"),
    [
        ("10.00", "13.00", {}, ["16.13", "8.74", "44.03", "23.86"]),
        (GRADUATED, "7.33", {}, ["12.90", "1.75", "3.28", "24.83", "13.45"]),
        ("10.00", "13.00", {"parts_rounded": "daily_price"}, ["16.13", "8.67", "44.03", "23.90"]),
        ("9.99", "13.01", {"parts_rounded": "unit_price_down"}, ["16.11", "8.72", "44.07", "23.87"]),
        ("9.99", "13.01", {"cap": {"amount": "60.00"}}, ["16.11", "8.73", "-5.49", "44.07", "23.88", "-27.30"]),
    ],
)
def test_every_line_multiplies_out(before, after, charge, amounts):
    terms = agreed(before, ("2026-01-01", 5), **charge)
    later = agreed(after, ("2026-01-01", 5), ("2026-01-11", 9), **charge)
    amendment = Amendment(terms=later, start=CHANGE, name="version 2")

    (rating,) = rate_term(terms=terms, usage=TermUsage.from_json(JANUARY), amendments=(amendment,)).periods

    assert [str(line.amount) for line in rating.lines] == amounts
    for line in rating.lines:
        exact = Fraction(line.quantity) * Fraction(line.unit_price) * line.share
        assert round_fraction(exact, "EUR") == line.amount, line.words
