"""Seats of several versions: every day has what the version says that is in force on it."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from rollcall.rating import TermUsage, rate_term
from rollcall.rating.versions import Amendment
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import MONTHS

QUARTER = {"start": "2026-01-01", "end": "2026-04-01"}


def seats(*bought: tuple[str, int], price: str = "10.00", mid_cycle: str = "next_cycle", **metric: Any) -> Any:
    """Terms of a quarter at 10.00 a seat; a day without its year lies in 2026."""
    listed = [{"from": f"2026-{day}", "seats": number} for day, number in bought]
    charge = {"metric": "seats", "price": {"model": "per_user", "unit_price": price}, "bill": "in_advance"}
    return ContractTerms.from_json(
        {
            "currency": "EUR",
            "timezone": "Europe/Berlin",
            "term": QUARTER,
            "cycle": {"unit": "month", "anchor": "2026-01-01"},
            "metrics": {"seats": {"kind": "seats", "bought": listed, **metric}},
            "charges": {"seats": charge},
            "mid_cycle": mid_cycle,
            "tax": {"category": "S", "rate": "19"},
        }
    )


def nets(first: ContractTerms, *later: tuple[str, ContractTerms]) -> list[str]:
    periods = [{"start": start, "end": end} for start, end in pairwise(MONTHS[:4])]
    amendments = [
        Amendment(start=date.fromisoformat(f"2026-{day}"), terms=terms, name=f"version {number}")
        for number, (day, terms) in enumerate(later, 2)
    ]
    rated = rate_term(terms=first, usage=TermUsage.from_json({"periods": periods}), amendments=amendments)
    return [str(rating.net_amount) for rating in rated.periods]


HUNDRED = ("01-01", 100)


@pytest.mark.parametrize(
    ("case", "later", "expected"),
    [
        ("history left out: 14 days of 100, 14 of 120", [("02-15", seats(("02-15", 120)))], ["1100", "1200"]),
        ("history repeated comes to the same", [("02-15", seats(HUNDRED, ("02-15", 120)))], ["1100", "1200"]),
        ("history told otherwise changes no day before it", [("02-15", seats(("01-01", 50), ("02-15", 120)))],
         ["1100", "1200"]),
        ("more seats once than there were do not stay",
         [("02-15", seats(("01-01", 500), ("02-15", 120), removed="renewal"))], ["1100", "1200"]),
        ("one number from January on, in force from the amendment", [("02-15", seats(("01-01", 120)))],
         ["1100", "1200"]),
        ("three versions in one month: 9 days of 100, 5 of 110, 14 of 120",
         [("02-10", seats(("02-10", 110))), ("02-15", seats(("02-15", 120)))], ["1117.86", "1200"]),
        ("given up at once", [("02-15", seats(("02-15", 80), removed="at_once"))], ["900", "800"]),
        ("given up, and billed to the end of the month", [("02-15", seats(("02-15", 80), removed="period_end"))],
         ["1000", "800"]),
        ("given up, and billed to the end of the term",
         [("02-15", seats(HUNDRED, ("02-15", 80), removed="renewal"))], ["1000", "1000"]),
        ("from the first of a month", [("03-01", seats(("03-01", 120)))], ["1000", "1200"]),
    ],
)  # fmt: skip
def test_every_day_has_the_seats_of_its_version(case: str, later: Any, expected: list[str]) -> None:
    wanted = [f"{amount}.00" if "." not in amount else amount for amount in ("1000", *expected)]
    assert nets(seats(HUNDRED), *later) == wanted, case


@pytest.mark.parametrize("rule", ["whole_cycle", "by_days"])
def test_the_days_of_seats_are_their_own_whatever_a_change_of_price_does(rule: str) -> None:
    assert nets(seats(HUNDRED, mid_cycle=rule), ("02-15", seats(("02-15", 120)))) == ["1000.00", "1100.00", "1200.00"]


@pytest.mark.parametrize(
    ("case", "later", "path", "sentence"),
    [
        ("fewer seats, and no word until when the others are billed", seats(("02-15", 80)), "metrics.seats.removed",
         "seats are given up on 15 Feb 2026, 100 and then 80; repeat the earlier seats"),
        ("no seats on the first days", seats(("03-01", 120)), "metrics.seats.bought",
         "the terms that begin on 15 Feb 2026 do not say how many seats there are on that day"),
    ],
)  # fmt: skip
def test_what_a_version_leaves_open_is_refused(case: str, later: ContractTerms, path: str, sentence: str) -> None:
    with pytest.raises(TermsRefused, match=sentence) as refused:
        nets(seats(HUNDRED), ("02-15", later))
    assert refused.value.path == path, case


def test_by_days_the_way_in_which_seats_become_a_quantity_stays() -> None:
    with pytest.raises(TermsRefused, match="change on the first day of a cycle only"):
        nets(seats(HUNDRED, mid_cycle="by_days"), ("02-15", seats(HUNDRED, calculation="max")))
