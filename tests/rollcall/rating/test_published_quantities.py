"""Quantities that other systems publish, stated in our terms: what they bill of the same days, and in which words."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from rollcall.rating import TermUsage, rate_term
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.terms.documents import full_terms

VOLUME_OF_YOUTRACK = {
    "model": "volume",
    "bound": "inclusive",
    "tiers": [
        {"up_to": 99, "unit_price": "4.40"},
        {"up_to": 149, "unit_price": "4.39"},
        {"up_to": None, "unit_price": "4.29"},
    ],
}
AVERAGE = {"calculation": "average", "average_over": "days_of_period", "rounding": "half_up", "decimals": 6}


def terms(metric, price, *, start="2026-01-01", end="2027-01-01", cycle=None, **more):
    document = full_terms()
    document["timezone"] = "UTC"
    document["term"] = {"start": start, "end": end}
    document["cycle"] = cycle or {"unit": "month", "anchor": "2026-01-01"}
    document["metrics"] = {"q": metric}
    document["charges"] = {"c": {"metric": "q", "price": price}}
    return ContractTerms.from_json(document | more)


def each(price):
    return {"model": "per_user", "unit_price": price}


def rated(agreed, *quantities, **more):
    """Rate the first periods of the term with these quantities, one each."""
    periods = [
        {"start": str(period.start), "end": str(period.end), "quantities": {"q": quantity}}
        for period, quantity in zip(agreed.periods, quantities, strict=False)
    ]
    return rate_term(terms=agreed, usage=TermUsage.from_json({"periods": periods, **more}))


def amounts(rating):
    return [str(period.net_amount) for period in rating.periods]


def series(*users, start="2026-01-01"):
    first = date.fromisoformat(start)
    return {str(first + timedelta(days=number)): count for number, count in enumerate(users) if count is not None}


@pytest.mark.parametrize(("users", "amount"), [((100,) * 29 + (150,), "436.15"), ((99,) * 29 + (100,), "434.76")])
def test_youtrack_the_peak_picks_the_price_and_the_days_the_quantity(users, amount):
    thirty = {"unit": "days", "anchor": "2026-01-01", "length": 30}
    agreed = terms({"kind": "reported_users", **AVERAGE, "tier_by": "max"}, VOLUME_OF_YOUTRACK, cycle=thirty)
    rating = rated(agreed, {"daily_users": series(*users)})
    assert amounts(rating) == [amount]
    assert f"the price is that of the highest day, {max(users)}" in rating.periods[0].lines[0].words


@pytest.mark.parametrize(
    ("case", "bought", "days", "amount"),
    [
        ("the whole month", [("01", 1)], 31, "39.00"),
        ("removed on the 15th, billed to the 31st", [("01", 1), ("16", 0)], 31, "39.00"),
        ("added on the 7th, removed on the 15th", [("07", 1), ("16", 0)], 25, "31.45"),
        ("removed and added again", [("01", 1), ("08", 0), ("15", 1)], 31, "39.00"),
    ],
)
def test_github_ae_counts_days_and_removes_at_the_end_of_the_month(case, bought, days, amount):
    metric = {
        "kind": "seats",
        "bought": [{"from": f"2026-01-{day}", "seats": seats} for day, seats in bought],
        "removed": "period_end",
        "calculation": "sum",
    }
    agreed = terms(metric, each("1.2580645161"))
    usage = {"periods": [{"start": "2026-01-01", "end": "2026-02-01"}]}
    rating = rate_term(terms=agreed, usage=TermUsage.from_json(usage))
    assert (amounts(rating), rating.periods[0].lines[0].quantity) == ([amount], days), case


def test_lago_weighs_a_level_by_the_days_on_which_it_held():
    agreed = terms({"kind": "provisioned_users", **AVERAGE}, each("1.00"), start="2023-03-01", end="2023-04-01")
    rating = rated(agreed, {"levels": {"2023-03-01": 0, "2023-03-05": 2500}})
    assert amounts(rating) == ["2177.42"]
    assert "67,500 ÷ 31 = about 2,177.42, rounded to 2,177.419355" in rating.periods[0].lines[0].words


@pytest.mark.parametrize(
    ("case", "months", "peaks"),
    [
        ("headline", [{"2026-01-01": 10, "2026-01-18": 15, "2026-01-25": 9}], ["15.00"]),
        ("carried forward", [{"2026-01-01": 10, "2026-01-25": 9}, {"2026-01-25": 9}], ["10.00", "9.00"]),
        ("on the boundary", [{"2026-01-05": 10}, {"2026-01-05": 10, "2026-02-01": 20}], ["10.00", "20.00"]),
    ],
)
def test_sourcebot_bills_the_peak_with_the_level_carried_in(case, months, peaks):
    agreed = terms({"kind": "provisioned_users", "calculation": "max"}, each("1.00"))
    assert amounts(rated(agreed, *({"levels": levels} for levels in months))) == peaks, case


def test_zulip_keeps_the_high_water_mark_of_the_term():
    metric = {"kind": "provisioned_users", "calculation": "last", "over_periods": {"rule": "high_water_mark"}}
    rating = rated(terms(metric, each("1.00")), *({"quantity": count} for count in ("23", "20", "21")))
    assert amounts(rating) == ["23.00", "23.00", "23.00"]
    assert rating.periods[1].lines[0].words == (
        "Provisioned users: 20 provisioned users counted; the highest of the term stays: 23 provisioned users in "
        "1 to 31 Jan 2026, 20 now"
    )


FLEXPRICE = {"2026-01-01": 9, "2026-01-02": 15}


def test_flexprice_prices_each_bucket_alone():
    price = {
        "model": "volume",
        "bound": "inclusive",
        "tiers": [
            {"up_to": 10, "unit_price": "0.10"},
            {"up_to": 20, "unit_price": "0.05"},
            {"up_to": None, "unit_price": "0.02"},
        ],
    }
    agreed = terms({"kind": "reported_users", "calculation": "each_day_alone"}, price)
    rating = rated(agreed, {"daily_users": FLEXPRICE})
    assert amounts(rating) == ["1.65"]
    assert [str(line.amount) for line in rating.periods[0].lines] == ["0.75", "0.90"]


def test_flexprice_prices_packages_of_each_bucket_alone():
    price = {"model": "package", "size": "100", "package_price": "5.00", "rounding": "up"}
    agreed = terms({"kind": "reported_users", "calculation": "each_day_alone"}, price)
    assert amounts(rated(agreed, {"daily_users": series(50, 150, 200, 99)})) == ["30.00"]


@pytest.mark.parametrize(("across", "units"), [("peak_then_sum", "250.00"), ("sum_then_peak", "240.00")])
def test_supabase_takes_the_peak_of_each_project_and_adds_them(across, units):
    metric = {
        "kind": "active_users",
        "definition": {"actions": ["*"]},
        "calculation": "max",
        "across_instances": across,
    }
    given = {"daily_users_by_instance": {"A": series(80, 100, 90), "B": series(120, 110, 150)}}
    rating = rated(terms(metric, each("1.00")), given)
    assert amounts(rating) == [units]
    if across == "peak_then_sum":
        assert rating.periods[0].lines[0].words == (
            "Active users: A maximum of 3 daily counts, 100 on 2 Jan 2026; B maximum of 3 daily counts, 150 on "
            "3 Jan 2026; 100 + 150 = 250"
        )


def test_bsi_bills_the_95th_percentile():
    metric = {"kind": "reported_users", "calculation": "percentile", "percentile": "95"}
    rating = rated(terms(metric, each("1.00")), {"daily_users": series(*range(5, 101, 5))})
    assert amounts(rating) == ["95.00"]
    assert "95th percentile of 20 daily counts: in rising order the number at place 19 of 20, 95" in (
        rating.periods[0].lines[0].words
    )


def test_auth0_bills_above_the_quota_when_the_mean_of_three_months_is():
    metric = {
        "kind": "active_users",
        "definition": {"actions": ["login"]},
        "over_periods": {"rule": "mean_of_periods", "periods": 3, "rounding": "down"},
    }
    agreed = terms(metric, each("1.00"))
    inside = rated(agreed, *({"users": users} for users in (900, 1400, 650)))
    outside = rated(agreed, *({"users": users} for users in (900, 1400, 800)))
    assert (amounts(inside)[-1], amounts(outside)[-1]) == ("983.00", "1033.00")
    assert "mean of 3 periods, (900 + 1,400 + 650) ÷ 3 = about 983.33, rounded down to 983" in (
        inside.periods[2].lines[0].words
    )


def test_zuora_charges_what_exceeds_the_allowance_of_a_quarter_as_soon_as_it_does():
    metric = {
        "kind": "reported_users",
        "calculation": "max",
        "over_periods": {"rule": "allowance_of_periods", "periods": 3, "quantity": 1500},
    }
    rating = rated(terms(metric, each("0.10")), *({"users": users} for users in (700, 200, 333, 1000, 600, 900)))
    assert amounts(rating) == ["0.00", "0.00", "0.00", "0.00", "10.00", "90.00"]


def test_teleport_owes_the_highest_month_and_a_month_that_is_not_known_is_no_zero():
    metric = {
        "kind": "active_users",
        "definition": {"actions": ["*"]},
        "over_periods": {"rule": "high_water_mark"},
    }
    agreed = terms(metric, each("1.00"))
    usage = {"periods": [{"start": "2026-02-01", "end": "2026-03-01", "quantities": {"q": {"users": 5}}}]}
    with pytest.raises(TermsRefused, match="depend on those of 1 to 31 Jan 2026, and there is no count"):
        rate_term(terms=agreed, usage=TermUsage.from_json(usage))


def test_seats_that_are_added_inside_a_month_cost_the_days_that_are_left():
    metric = {"kind": "seats", "bought": [{"from": "2026-01-01", "seats": 1}, {"from": "2026-04-11", "seats": 2}]}
    agreed = terms(metric, each("8.00"))
    usage = {"periods": [{"start": "2026-04-01", "end": "2026-05-01"}]}
    (april,) = rate_term(terms=agreed, usage=TermUsage.from_json(usage)).periods
    assert [(line.key, str(line.amount), str(line.share)) for line in april.lines] == [
        ("c/price", "8.00", "1"),
        ("c/price/2026-04-11", "5.33", "2/3"),
    ]
    assert april.lines[0].words == "Seats: 1 seat 1 to 10 Apr 2026, 2 seats 11 to 30 Apr 2026"
    with pytest.raises(TermsRefused, match="seats are bought in the terms"):
        rated(agreed, {"quantity": "5"})


def test_mixpanel_users_of_the_months_add_up_over_the_term():
    rating = rated(
        terms({"kind": "active_users", "definition": {"actions": ["*"]}}, each("1.00")), {"users": 20}, {"users": 20}
    )
    assert sum(Decimal(amount) for amount in amounts(rating)) == 40
