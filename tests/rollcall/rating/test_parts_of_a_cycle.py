"""Fixed amounts and seats in parts of a cycle, and trials: the published amounts of other systems, to the cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from rollcall.rating import TermUsage, explain, rate_term
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused

D = Decimal


def fixed(amount: str, start: str, end: str, *, anchor: str, unit: str = "month", **charge: Any) -> dict[str, Any]:
    """Terms of one fixed amount."""
    return {
        "currency": "USD",
        "timezone": "UTC",
        "term": {"start": start, "end": end},
        "cycle": {"unit": unit, "anchor": anchor},
        "charges": {"plan": {"price": {"model": "fixed", "amount": amount}, **charge}},
        "tax": {"category": "O", "rate": "0"},
    }


def seats(
    price: str | dict[str, Any],
    bought: list[tuple[str, int]],
    start: str,
    end: str,
    *,
    unit: str = "month",
    **more: Any,
) -> dict[str, Any]:
    """Terms of seats that are bought on days."""
    document = fixed("0", start, end, anchor=start, unit=unit)
    document["metrics"] = {
        "seats": {
            "kind": "seats",
            "bought": [{"from": day, "seats": number} for day, number in bought],
            "removed": more.pop("removed", "at_once"),
        }
    }
    model = price if isinstance(price, dict) else {"model": "per_user", "unit_price": price}
    document["charges"] = {"seats": {"metric": "seats", "price": model, **more}}
    return document


def rated(document: dict[str, Any], start: str, end: str) -> Any:
    usage = TermUsage.from_json({"periods": [{"start": start, "end": end}]})
    (rating,) = rate_term(terms=ContractTerms.from_json(document), usage=usage).periods
    assert sum(D(entry["amount"]) for entry in explain(rating)) == rating.net_amount
    return rating


def amounts(rating: Any) -> dict[str, str]:
    return {line.key: str(line.amount) for line in rating.lines}


@pytest.mark.parametrize(
    ("amount", "start", "end", "anchor", "more", "expected"),
    [
        # Lago: 24 of 31 days, the day of the start counts.
        ("50.00", "2023-01-08", "2023-02-01", "2023-01-01", {}, "38.71"),
        ("60.00", "2023-01-08", "2023-02-01", "2023-01-01", {}, "46.45"),
        # OpenMeter: half-open, exact, rounded once.
        ("100", "2026-01-01", "2026-01-16", "2026-01-01", {}, "48.39"),
        ("100", "2026-01-01", "2026-01-11", "2026-01-01", {}, "32.26"),
        ("5", "2024-01-01", "2024-01-15", "2024-01-01", {}, "2.26"),
        ("5", "2024-01-15", "2024-02-01", "2024-01-01", {}, "2.74"),
        # Silver: the factor 12/31 is rounded to 0.3871 before it is multiplied.
        ("200.00", "2015-05-20", "2015-06-01", "2015-05-01", {"parts_rounded": "factor_4_decimals"}, "77.42"),
        # mlytics: the price of a day is rounded first, 0.33 and 3.30 for half a month of 30 days.
        ("10.00", "2026-06-16", "2026-07-01", "2026-06-01", {"parts_rounded": "daily_price"}, "4.95"),
        ("99.00", "2026-06-16", "2026-07-01", "2026-06-01", {"parts_rounded": "daily_price"}, "49.50"),
        # flexprice: 17 of 31 days.
        ("25", "2024-03-15", "2024-04-01", "2024-03-01", {}, "13.71"),
        ("40", "2024-03-15", "2024-04-01", "2024-03-01", {}, "21.94"),
    ],
)
def test_a_fixed_amount_is_reduced_with_the_days(
    amount: str, start: str, end: str, anchor: str, more: dict[str, Any], expected: str
) -> None:
    document = fixed(amount, start, end, anchor=anchor, in_part_periods="reduced", **more)
    assert amounts(rated(document, start, end)) == {"plan/price": expected}


def test_a_single_day_is_said_as_one() -> None:
    document = fixed("31.00", "2026-01-31", "2026-03-01", anchor="2026-01-01", in_part_periods="reduced")
    document["charges"]["plan"]["parts_rounded"] = "daily_price"
    (line,) = rated(document, "2026-01-31", "2026-02-01").lines
    assert (line.words, str(line.amount)) == ("Fixed amount: 31.00 ÷ 31 days = 1.00 a day, 1 day", "1.00")


def test_a_part_of_a_month_costs_the_whole_where_the_terms_say_so_and_they_must_say_it() -> None:
    part = {"start": "2026-01-08", "end": "2026-02-01"}
    document = fixed("50.00", *part.values(), anchor="2026-01-01", in_part_periods="whole")
    assert amounts(rated(document, **part)) == {"plan/price": "50.00"}
    del document["charges"]["plan"]["in_part_periods"]
    for start, end in (("2026-01-08", "2026-02-01"), ("2026-01-01", "2026-01-20"), ("2026-01-08", "2026-01-20")):
        document["term"] = {"start": start, "end": end}
        with pytest.raises(TermsRefused, match=r"charges.plan.in_part_periods: must be stated"):
            ContractTerms.from_json(document)
    document["term"] = {"start": "2026-01-01", "end": "2026-02-01"}
    assert ContractTerms.from_json(document).charges["plan"].timing.in_part_periods is None


def test_months_of_30_days_reduce_february_as_any_other_month() -> None:
    document = fixed("30.00", "2026-02-16", "2026-03-01", anchor="2026-01-01", in_part_periods="reduced")
    by_real_days = rated(document, "2026-02-16", "2026-03-01")
    document["day_count"] = "30_day_months"
    assert (amounts(by_real_days), amounts(rated(document, "2026-02-16", "2026-03-01"))) == (
        {"plan/price": "13.93"},
        {"plan/price": "15.00"},
    )
    assert "every month having 30 days and no 31st" in " ".join(ContractTerms.from_json(document).sentences())


@pytest.mark.parametrize(
    ("amount", "month", "until", "lines"),
    [
        # Silver: eight and seven days of February 2015; Lago: five days of April 2022.
        ("200.00", ("2015-02-01", "2015-03-01"), "2015-02-09", {"plan/price": "200.00", "plan/trial": "-57.14"}),
        ("200.00", ("2015-02-01", "2015-03-01"), "2015-02-08", {"plan/price": "200.00", "plan/trial": "-50.00"}),
        ("50.00", ("2022-04-01", "2022-05-01"), "2022-04-06", {"plan/price": "50.00", "plan/trial": "-8.33"}),
        ("50.00", ("2022-04-01", "2022-05-01"), "2022-05-01", {"plan/price": "50.00", "plan/trial": "-50.00"}),
    ],
)
def test_a_trial_is_taken_off_on_a_line_of_its_own(
    amount: str, month: tuple[str, str], until: str, lines: dict[str, str]
) -> None:
    rating = rated(fixed(amount, *month, anchor=month[0], trial_until=until), *month)
    assert amounts(rating) == lines
    assert rating.lines[1].quantity == -1
    assert rating.lines[1].words.startswith("Trial, 1")


def test_a_trial_of_users_ends_with_a_cycle_and_lifts_the_floor_off() -> None:
    document = fixed("0", "2026-01-01", "2027-01-01", anchor="2026-01-01")
    document["metrics"] = {"active": {"kind": "active_users", "definition": {"actions": ["login"]}}}
    charge = {"metric": "active", "price": {"model": "per_user", "unit_price": "10.00"}, "trial_until": "2026-02-01"}
    document["charges"] = {"seats": {**charge, "floor": {"minimum_users": 100}}}
    usage = {
        "periods": [
            {"start": f"2026-0{month}-01", "end": f"2026-0{month + 1}-01", "quantities": {"active": {"users": 64}}}
            for month in (1, 2)
        ]
    }
    both = rate_term(terms=ContractTerms.from_json(document), usage=TermUsage.from_json(usage)).periods
    assert [str(rating.net_amount) for rating in both] == ["0.00", "1000.00"]
    document["charges"]["seats"]["trial_until"] = "2026-02-10"
    with pytest.raises(TermsRefused, match="must be the first day of a cycle"):
        ContractTerms.from_json(document)


@pytest.mark.parametrize(
    ("price", "bought", "start", "end", "unit", "more", "line", "expected"),
    [
        # Slack: added with 20 of 30 days left; a member who becomes inactive is credited.
        ("8", [("2026-06-01", 5), ("2026-06-11", 6)], "2026-06-01", "2026-07-01", "month", {}, 1, "5.33"),
        ("6.30", [("2026-06-01", 5), ("2026-06-11", 6)], "2026-06-01", "2026-07-01", "month", {}, 1, "4.20"),
        ("8.75", [("2026-06-01", 5), ("2026-06-11", 4)], "2026-06-01", "2026-07-01", "month", {}, 1, "-5.83"),
        ("12.50", [("2026-06-01", 5), ("2026-06-16", 4)], "2026-06-01", "2026-07-01", "month", {}, 1, "-6.25"),
        # Mattermost rounds half up, nectir and ideanote cut the price of one.
        ("10", [("2026-06-01", 5), ("2026-06-11", 6)], "2026-06-01", "2026-07-01", "month", {}, 1, "6.67"),
        *(
            (
                price,
                [("2026-06-01", 5), ("2026-06-11", 6)],
                "2026-06-01",
                "2026-07-01",
                "month",
                {"parts_rounded": "unit_price_down"},
                1,
                cut,
            )
            for price, cut in (("10", "6.66"), ("7", "4.66"))
        ),
        # JustCall: 320 of 365 days of a year.
        ("228", [("2022-01-01", 1), ("2022-02-15", 2)], "2022-01-01", "2023-01-01", "year", {}, 1, "199.89"),
        # Zulip rounds the price of one half up, then multiplies: 3 x 58.14 and 72.55.
        (
            "80",
            [("2012-01-02", 10), ("2012-04-11", 13)],
            "2012-01-02",
            "2013-01-02",
            "year",
            {"parts_rounded": "unit_price"},
            1,
            "174.42",
        ),
        (
            "80",
            [("2013-01-02", 13), ("2013-02-05", 14)],
            "2013-01-02",
            "2014-01-02",
            "year",
            {"parts_rounded": "unit_price"},
            1,
            "72.55",
        ),
        # flexprice: five more seats at 10.00 for 17 of 31 days.
        ("10", [("2024-03-01", 5), ("2024-03-15", 10)], "2024-03-01", "2024-04-01", "month", {}, 1, "27.42"),
        # Polar: two more at 50.00 for half a month.
        ("50", [("2025-06-01", 2), ("2025-06-16", 4)], "2025-06-01", "2025-07-01", "month", {}, 1, "50.00"),
    ],
)
def test_seats_that_change_are_charged_or_credited_for_the_days_left(
    price: str,
    bought: list[tuple[str, int]],
    start: str,
    end: str,
    unit: str,
    more: dict[str, Any],
    line: int,
    expected: str,
) -> None:
    rating = rated(seats(price, bought, start, end, unit=unit, **more), start, end)
    assert str(rating.lines[line].amount) == expected
    assert len(rating.lines) == len(bought)
    assert rating.lines[0].amount == bought[0][1] * D(price)


GRADUATED = {
    "model": "graduated",
    "bound": "inclusive",
    "at_zero": "nothing",
    "tiers": [
        {"up_to": 5, "unit_price": "10", "flat_amount": "100"},
        {"up_to": None, "unit_price": "5", "flat_amount": "50"},
    ],
}


@pytest.mark.parametrize(
    ("bought", "net"),
    [
        # Lago: 5 seats from the 10th day of 30, two of them given up again; flat amounts are never reduced.
        ([("2026-06-10", 5), ("2026-06-16", 3)], "125.00"),
        # Lago, both tiers crossed twice: 5, +2, -4, +10.
        ([("2026-06-10", 5), ("2026-06-16", 7), ("2026-06-19", 3), ("2026-06-25", 13)], "190.00"),
    ],
)
def test_graduated_seats_enter_and_leave_at_their_tiers(bought: list[tuple[str, int]], net: str) -> None:
    rating = rated(seats(GRADUATED, bought, "2026-06-01", "2026-07-01"), "2026-06-01", "2026-07-01")
    assert str(rating.net_amount) == net
    flats = [line.amount for line in rating.lines if line.kind == "flat"]
    assert len(flats) == len(set(flats)), "a flat amount is due once"


def test_down_to_no_seat_in_one_month_of_31_days() -> None:
    """Lago adds up exact products and rounds their sum, 165.81; here what is printed is rounded, and adds up."""
    bought = [("2026-07-10", 1), ("2026-07-20", 5), ("2026-07-25", 6), ("2026-07-27", 1), ("2026-07-30", 0)]
    rating = rated(seats(GRADUATED, bought, "2026-07-01", "2026-08-01"), "2026-07-01", "2026-08-01")
    exact = sum((Fraction(line.quantity * line.unit_price) * line.share for line in rating.lines), Fraction(0))
    assert round(exact, 2) == Fraction("165.81")
    assert str(rating.net_amount) == "165.80"


def test_a_volume_price_bills_each_number_of_seats_for_its_days() -> None:
    volume = {
        "model": "volume",
        "bound": "inclusive",
        "tiers": [{"up_to": 10, "unit_price": "10"}, {"up_to": None, "unit_price": "6"}],
    }
    bought = [("2026-06-01", 10), ("2026-06-16", 20)]
    rating = rated(seats(volume, bought, "2026-06-01", "2026-07-01"), "2026-06-01", "2026-07-01")
    assert [str(line.amount) for line in rating.lines] == ["50.00", "60.00"]


@pytest.mark.parametrize(
    ("removed", "amounts_of_june"),
    [("at_once", ["50.00", "-10.00"]), ("period_end", ["50.00"]), ("renewal", ["50.00"])],
)
def test_seats_given_up_count_as_the_terms_say(removed: str, amounts_of_june: list[str]) -> None:
    document = seats("10", [("2026-06-01", 5), ("2026-06-16", 3)], "2026-06-01", "2026-09-01", removed=removed)
    assert [str(line.amount) for line in rated(document, "2026-06-01", "2026-07-01").lines] == amounts_of_june
    july = rated(document, "2026-07-01", "2026-08-01")
    assert str(july.net_amount) == ("50.00" if removed == "renewal" else "30.00")


def test_seats_added_in_a_part_of_a_month_cost_their_days_of_the_month() -> None:
    document = seats(
        "31", [("2026-01-17", 2), ("2026-01-25", 3)], "2026-01-17", "2026-06-01", in_part_periods="reduced"
    )
    document["cycle"]["anchor"] = "2026-01-01"
    rating = rated(document, "2026-01-17", "2026-02-01")
    assert [str(line.amount) for line in rating.lines] == ["30.00", "7.00"]


def test_what_is_billed_in_advance_needs_no_usage_and_nothing_else_is_rated() -> None:
    document = seats("10", [("2026-01-01", 5)], "2026-01-01", "2027-01-01", bill="in_advance")
    document["metrics"]["active"] = {"kind": "active_users", "definition": {"actions": ["login"]}}
    document["charges"]["usage"] = {"metric": "active", "price": {"model": "per_user", "unit_price": "2.00"}}
    document["limits"] = {"floor": {"minimum_amount": "500.00"}}
    terms = ContractTerms.from_json(document)
    month = {"start": "2026-01-01", "end": "2026-02-01"}
    advance = rate_term(terms=terms, usage=TermUsage.from_json({"periods": [{**month, "billed": "in_advance"}]}))
    assert amounts(advance.periods[0]) == {"seats/price": "50.00"}
    whole = {"periods": [{**month, "quantities": {"active": {"users": 100}}}]}
    rating = rate_term(terms=terms, usage=TermUsage.from_json(whole)).periods[0]
    assert amounts(rating) == {"seats/price": "50.00", "usage/price": "200.00", "contract/floor": "250.00"}
    assert "seats is billed in advance, for each month from its first day on." in terms.sentences()
    document["charges"]["usage"]["bill"] = "in_advance"
    with pytest.raises(TermsRefused, match="what is used is known when the cycle is over"):
        ContractTerms.from_json(document)


def test_a_trial_burns_no_credit_and_draws_on_no_commitment() -> None:
    pool = [{"name": "start", "amount": "100.00", "granted": "once", "on": "2026-01-01", "expires": "term"}]
    document = fixed("60.00", "2026-01-01", "2027-01-01", anchor="2026-01-01", trial_until="2026-02-01", credits=pool)
    months = [{"start": f"2026-0{month}-01", "end": f"2026-0{month + 1}-01"} for month in (1, 2, 3)]
    usage = TermUsage.from_json({"periods": months})
    ratings = rate_term(terms=ContractTerms.from_json(document), usage=usage).periods
    assert [amounts(rating) for rating in ratings] == [
        {"plan/price": "60.00", "plan/trial": "-60.00"},
        {"plan/price": "60.00", "plan/credits/start": "-60.00"},
        {"plan/price": "60.00", "plan/credits/start": "-40.00"},
    ]
    document["charges"]["plan"]["commitment"] = {
        "amount": "600.00",
        "per": "term",
        "overage": {"factor": "1"},
        "shortfall": "none",
    }
    with pytest.raises(TermsRefused, match="whether the trial draws on it"):
        ContractTerms.from_json(document)


@pytest.mark.parametrize(
    ("in_parts", "added"),
    # Of 15 days at 31.00 / 31 = 1.00 a day, or of 31.00 / 15 = 2.07 a day: five days are left.
    [("reduced", "5.00"), ("whole", "10.35")],
)
def test_the_price_of_a_day_is_that_of_the_days_that_cost_it(in_parts: str, added: str) -> None:
    more = {"in_part_periods": in_parts, "parts_rounded": "daily_price"}
    document = seats("31.00", [("2026-01-17", 1), ("2026-01-27", 2)], "2026-01-17", "2026-06-01", **more)
    document["cycle"]["anchor"] = "2026-01-01"
    rating = rated(document, "2026-01-17", "2026-02-01")
    assert str(rating.lines[1].amount) == added
    assert rating.lines[1].quantity == 5


def test_a_flat_amount_beside_a_price_per_seat_stays_whole_in_a_part_of_a_month() -> None:
    document = seats(GRADUATED, [("2026-01-17", 3)], "2026-01-17", "2026-06-01", in_part_periods="reduced")
    document["cycle"]["anchor"] = "2026-01-01"
    rating = rated(document, "2026-01-17", "2026-02-01")
    # Three seats at 10.00 for 15 of 31 days, and 100.00 once.
    assert sorted(str(line.amount) for line in rating.lines) == ["100.00", "14.52"]


@pytest.mark.parametrize(
    ("amount", "lines"), [("0.00", ["0.00"]), ("0.01", ["0.01", "-0.01"]), ("1", ["1.00", "-1.00"])]
)
def test_a_trial_of_little_and_of_nothing(amount: str, lines: list[str]) -> None:
    month = ("2026-01-01", "2026-02-01")
    rating = rated(fixed(amount, *month, anchor=month[0], trial_until=month[1]), *month)
    assert [str(line.amount) for line in rating.lines] == lines
    assert explain(rating)[-1]["step"] == "trial"
    assert str(rating.net_amount) == "0.00"
