"""Trials: what their days cost is taken off, however the cost lies in the month, and counts towards nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rollcall.rating import TermUsage, rate_term
from rollcall.rating.versions import Amendment
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.bills import nets, sentences, terms_of
from tests.rollcall.terms.documents import plain_terms

FEW_THEN_MANY = [("2026-01-01", 1), ("2026-01-16", 100)]
TIERS = [{"up_to": 50, "unit_price": "10.00"}, {"up_to": None, "unit_price": "5.00"}]
VOLUME: dict[str, Any] = {"model": "volume", "bound": "inclusive", "tiers": TIERS}
GRADUATED = VOLUME | {"model": "graduated"}
WITH_FLAT = GRADUATED | {
    "at_zero": "nothing",
    "tiers": [{"up_to": None, "unit_price": "10.00", "flat_amount": "31.00"}],
}


def of_seats(bought: list[tuple[str, int]], *, metric: dict[str, Any] | None = None, **charge: Any) -> dict[str, Any]:
    """Terms of seats at 10.00, the days before 16 Jan a trial, if nothing else is said."""
    document = plain_terms()
    del document["steps"]
    rows = [{"from": day, "seats": number} for day, number in bought]
    document["metrics"] = {"seats": {"kind": "seats", "bought": rows, "removed": "at_once"} | (metric or {})}
    price = {"model": "per_user", "unit_price": "10.00"}
    document["charges"] = {"seats": {"metric": "seats", "price": price, "trial_until": "2026-01-16"} | charge}
    return document


def fee(amount: str, until: str) -> dict[str, Any]:
    """Terms of a fixed amount a month that changes by days, with a trial."""
    document = plain_terms() | {"metrics": {}, "mid_cycle": "by_days"}
    document["charges"] = {"fee": {"price": {"model": "fixed", "amount": amount}, "trial_until": until}}
    return document


def january(document: dict[str, Any], *later: tuple[str, dict[str, Any]]) -> Any:
    """Rate January under terms and those that follow."""
    amendments = [
        Amendment(start=date.fromisoformat(day), terms=ContractTerms.from_json(terms), name=f"version {number}")
        for number, (day, terms) in enumerate(later, start=2)
    ]
    usage = TermUsage.from_json({"periods": [{"start": "2026-01-01", "end": "2026-02-01"}]})
    (rating,) = rate_term(terms=ContractTerms.from_json(document), usage=usage, amendments=amendments).periods
    return rating


@pytest.mark.parametrize(
    ("case", "bought", "charge", "billed"),
    [
        ("100 seats for 16 of 31 days; the one seat of the trial is free", FEW_THEN_MANY, {}, "516.13"),
        ("the other way round: one seat for 16 days", [("2026-01-01", 100), ("2026-01-16", 1)], {}, "5.16"),
        ("seats that change within the trial: 10 for 16 days", [("2026-01-01", 5), ("2026-01-09", 10)], {}, "51.61"),
        ("and after it: 10 for 4 days, 20 for 12", [("2026-01-01", 10), ("2026-01-20", 20)], {}, "90.32"),
        ("no seat at all in the trial", [("2026-01-16", 31)], {}, "160.00"),
        ("no change: 16 of 31 days of 31 seats", [("2026-01-01", 31)], {}, "160.00"),
        ("all of 100 seats at 5.00 for 16 days", FEW_THEN_MANY, {"price": VOLUME}, "258.06"),
        # 10.00, 252.90 and 129.03 are lines, of which 4.84 are taken off.
        ("50 at 10.00 and 50 at 5.00 for 16 days", FEW_THEN_MANY, {"price": GRADUATED}, "387.09"),
        ("half of it where half is taken off", FEW_THEN_MANY, {"discounts": [{"name": "Half", "percent": "50"}]},
         "258.06"),
        # The first seat costs 10.00 for the month, the 99 cost 16 days at 0.32; 3 of 323 parts of both are taken off.
        ("where the price of a day is rounded first", FEW_THEN_MANY, {"parts_rounded": "daily_price"}, "512.08"),
    ],
)  # fmt: skip
def test_the_seats_of_each_day_decide_what_the_trial_takes_off(
    case: str, bought: list[tuple[str, int]], charge: dict[str, Any], billed: str
) -> None:
    assert str(january(of_seats(bought, **charge)).net_amount) == billed, case


def test_the_line_says_what_its_amount_is_made_of() -> None:
    line = january(of_seats(FEW_THEN_MANY)).lines[-1]
    assert (line.key, str(line.unit_price), str(line.amount)) == ("seats/trial", "4.84", "-4.84")
    assert line.words == "Trial, 1 to 15 Jan 2026: these days cost nothing; by the seats of each day 520.97 × 3/323"


LAUNCH = [{"name": "Launch", "amount": "5.00"}]


@pytest.mark.parametrize(
    ("case", "charge", "metric", "sentence"),
    [
        ("a floor is of the month", {"floor": {"minimum_amount": "900.00"}}, {}, "a floor is of the whole"),
        ("so is a cap", {"cap": {"amount": "100.00"}}, {}, "a cap is of the whole"),
        ("so is a discount of an amount", {"discounts": LAUNCH}, {}, "a discount of an amount is of the whole"),
        ("so is the flat amount of a tier", {"price": WITH_FLAT}, {}, "a flat amount is of the whole"),
        ("the highest day is one number of the month", {}, {"calculation": "max"}, "one number for a whole cycle"),
        ("half a month does not count half", {"cap": {"amount": "900.00", "per": "term"}}, {}, "a cap over the term"),
    ],
)
def test_what_is_of_the_whole_month_is_refused_beside_days_that_differ(
    case: str, charge: dict[str, Any], metric: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(TermsRefused, match=sentence) as refused:
        ContractTerms.from_json(of_seats(FEW_THEN_MANY, metric=metric, **charge))
    assert refused.value.path == "charges.seats.trial_until", case
    whole_month = of_seats(FEW_THEN_MANY, metric=metric, **charge, trial_until="2026-02-01")
    assert str(january(whole_month).net_amount) == "0.00", case


def test_seats_that_do_not_change_share_a_floor_by_their_days() -> None:
    assert str(january(of_seats([("2026-01-01", 1)], floor={"minimum_amount": "31.00"})).net_amount) == "16.00"


def test_seats_that_are_bought_later_meet_the_limits_of_the_first_version() -> None:
    """The floor is in the terms of the first day, the seats of the 10th in those of an amendment."""
    before = of_seats([("2026-01-01", 1)], floor={"minimum_amount": "31.00"})
    after = of_seats([("2026-01-01", 1), ("2026-01-10", 5)])
    with pytest.raises(TermsRefused, match="a floor is of the whole cycle"):
        january(before, ("2026-01-10", after))


@pytest.mark.parametrize(
    ("case", "day", "until", "billed"),
    [
        ("the first fee is all trial, the second has 16 of 31 days", "2026-01-16", "2026-01-16", "160.00"),
        ("4 days of the first fee, 16 of the second", "2026-01-16", "2026-01-12", "164.00"),
        ("the second fee has 22 days, 6 of them a trial", "2026-01-10", "2026-01-16", "160.00"),
        ("the whole month is a trial", "2026-01-10", "2026-02-01", "0.00"),
    ],
)
def test_a_fee_that_changes_by_days_has_its_own_days_of_the_trial(case: str, day: str, until: str, billed: str) -> None:
    assert str(january(fee("31.00", until), (day, fee("310.00", until))).net_amount) == billed, case


def test_seats_and_price_that_both_change_by_days_are_refused() -> None:
    before = of_seats(FEW_THEN_MANY) | {"mid_cycle": "by_days"}
    after = of_seats(FEW_THEN_MANY, price={"model": "per_user", "unit_price": "20.00"}) | {"mid_cycle": "by_days"}
    with pytest.raises(TermsRefused, match="both the number of seats and the terms change"):
        january(before, ("2026-01-20", after))


@pytest.mark.parametrize(
    ("case", "charge", "users", "billed"),
    [
        ("a cap of 150.00 is all there when the trial is over", {"cap": {"amount": "150.00", "per": "term"}},
         [10, 10, 10], ["0.00", "100.00", "50.00"]),
        ("so is one of 15 users", {"cap": {"maximum_users": 15, "per": "term"}},
         [10, 10, 10], ["0.00", "100.00", "50.00"]),
        ("at least 300.00 are billed, 150.00 of them as a shortfall",
         {"floor": {"minimum_amount": "300.00", "per": "term"}}, [10, 10, 5], ["0.00", "100.00", "200.00"]),
        ("at least 30 users are billed", {"floor": {"minimum_users": 30, "per": "term"}},
         [10, 10, 5], ["0.00", "100.00", "200.00"]),
        ("a floor and a cap together", {"floor": {"minimum_amount": "300.00", "per": "term"},
         "cap": {"amount": "400.00", "per": "term"}}, [90, 10, 5], ["0.00", "100.00", "200.00"]),
        ("a trial of nobody", {"floor": {"minimum_amount": "300.00", "per": "term"}}, [0, 10, 5],
         ["0.00", "100.00", "200.00"]),
    ],
)  # fmt: skip
def test_a_free_month_counts_towards_nothing_that_holds_over_the_term(
    case: str, charge: dict[str, Any], users: list[int], billed: list[str]
) -> None:
    document = terms_of(price="10.00", trial_until="2026-02-01", **charge)
    document["term"] = {"start": "2026-01-01", "end": "2026-04-01"}
    assert nets(document, *users, ends=[f"2026-0{month}-01" for month in range(1, 5)]) == billed, case
    limits = " and the ".join(key for key in ("floor", "cap") if key in charge)
    assert f"Nothing of the trial counts towards the {limits}." in sentences(document)


def test_no_limit_behind_the_credits_lifts_a_trial() -> None:
    free = [{"name": "Free", "amount": "5.00", "granted": "each_cycle", "expires": "cycle"}]
    document = terms_of(price="10.00", trial_until="2026-02-01", credits=free, floor={"minimum_amount": "300.00"})
    assert nets(document, 10, 10) == ["0.00", "295.00"]
    document["steps"] = ["included", "price", "discount", "credits", "floor", "cap"]
    with pytest.raises(TermsRefused, match='let "credits" be the last step'):
        nets(document, 10, 10)


def test_what_the_days_after_the_trial_cost_is_what_is_billed() -> None:
    """Whatever seats there are on which day, each costs 10.00 by 31 for every day from the 16th on."""
    for first in range(0, 40, 7):
        for day in range(2, 32, 3):
            for then in (0, 3, 50):
                bought = [("2026-01-01", first), (f"2026-01-{day:02}", then)]
                days = sum(then if number >= day else first for number in range(16, 32))
                # One line, its change and the trial are rounded, each by half a cent at most.
                difference = january(of_seats(bought)).net_amount - Decimal(10 * days) / 31
                assert abs(difference) <= Decimal("0.015"), bought
