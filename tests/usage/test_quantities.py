"""Every kind of metric, counted from real evidence: what the count keeps, and what rating gets of it."""

from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from licenses.models import ProvisionedCount
from licenses.operations.record_provisioned_count import record_provisioned_count
from licenses.operations.register_instance import register_instance
from rollcall.period import Period
from rollcall.rating import TermUsage, rate_term
from rollcall.terms.contract import ContractTerms
from tests.cast import BUILDER, House, sign_contract, terms_json
from tests.usage.sending import NOW, SEPTEMBER, Act, csv_of, days, run_jobs, send, september
from tests.usage.test_reported_counts import counts
from usage.models import ActiveUserCount
from usage.operations.confirm_report import DaysBeforeBegin
from usage.operations.count_period import NothingReported, count_period
from usage.operations.declare_nobody_active import declare_nobody_active
from usage.queries import is_current

MAX = {"kind": "active_users", "definition": {"actions": ["*"]}, "calculation": "max"}
AUGUST = Period(date(2026, 8, 1), date(2026, 9, 1))


def terms_of(metric: dict[str, Any], **charge: Any) -> ContractTerms:
    price = {"model": "per_user", "unit_price": "1.00"}
    charges = {"seats": {"metric": "active", "price": price, **charge}}
    return ContractTerms.from_json(terms_json(metrics={"active": metric}, charges=charges))


def counted(house: House, metric: dict[str, Any], period: Period = SEPTEMBER, **charge: Any) -> ActiveUserCount:
    terms = terms_of(metric, **charge)
    return count_period(contract=house.contract_a, metric_name="active", terms=terms, period=period, now=NOW)


def billed(made: ActiveUserCount, metric: dict[str, Any], period: Period = SEPTEMBER) -> tuple[str, str]:
    """Rate the count and return the amount and the words of the first line."""
    usage = {"start": str(period.start), "end": str(period.end), "quantities": {"active": made.given()}}
    rating = rate_term(terms=terms_of(metric), usage=TermUsage.from_json({"periods": [usage]})).of(period)
    return str(rating.net_amount), rating.lines[0].words


def still_current(house: House, made: ActiveUserCount) -> bool:
    return is_current(count=made, contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin")


def test_the_peak_of_daily_active_users(house: House) -> None:
    send(house.instance_a, days(["ada", "bob"], [1, 2]) + days(["cleo"], [2]).split(b"\n", 1)[1])
    made = counted(house, MAX)
    assert (made.active_users, made.quantity) == (3, 3)
    assert made.given()["daily_users"]["2026-09-01"] == 2
    assert made.given()["daily_users"]["2026-09-03"] == 0
    assert len(made.given()["daily_users"]) == 30
    assert billed(made, MAX) == ("3.00", "Active users: maximum of 30 daily counts, 3 on 2 Sep 2026")


def test_a_missing_day_is_no_zero_and_a_quiet_one_is(house: House) -> None:
    send(house.instance_a, days(["ada", "bob"], [1, 2]), september(1, 3))
    lowest = MAX | {"calculation": "min"}
    made = counted(house, lowest)
    assert made.given() == {"daily_users": {"2026-09-01": 2, "2026-09-02": 2, "2026-09-03": 0}}
    average = MAX | {"calculation": "average", "average_over": "days_reported", "rounding": "up"}
    assert billed(counted(house, average), average)[0] == "2.00"
    assert still_current(house, made)
    declare_nobody_active(actor=house.customer_admin_a.actor, instance=house.instance_a, days=september(4, 30), now=NOW)
    run_jobs()
    assert not still_current(house, made)
    assert len(counted(house, lowest).given()["daily_users"]) == 30


@pytest.mark.parametrize(("across", "quantity"), [("people", 2), ("sum_then_peak", 3), ("peak_then_sum", 4)])
def test_two_instances(house: House, across: str, quantity: int) -> None:
    second = register_instance(actor=BUILDER, contract=house.contract_a, name="Berlin-2", reports_from=date(2026, 1, 1))
    send(house.instance_a, days(["ada", "bob"], [1]))
    send(second, days(["ada"], [1]) + days(["cleo", "dan"], [2]).split(b"\n", 1)[1])
    metric = MAX | {"across_instances": across}
    made = counted(house, metric)
    assert made.quantity == quantity
    assert billed(made, metric)[0] == f"{quantity}.00"
    if across == "peak_then_sum":
        assert set(made.given()["daily_users_by_instance"]) == {"Berlin-1", "Berlin-2"}


def test_an_instance_that_is_silent_on_a_day_hides_the_day_of_all(house: House) -> None:
    second = register_instance(
        actor=BUILDER, contract=house.contract_a, name="Berlin-2", reports_from=date(2026, 9, 10)
    )
    send(house.instance_a, days(["ada", "bob"], [1, 20]))
    send(second, days(["cleo"], [20]), september(10, 20))
    made = counted(house, MAX)
    known = made.given()["daily_users"]
    assert (known["2026-09-01"], known["2026-09-20"]) == (2, 3)
    # Before the 10th the second instance owes nothing; after the 20th nobody knows.
    assert list(known)[-1] == "2026-09-20"
    apart = counted(house, MAX | {"across_instances": "peak_then_sum"}).given()["daily_users_by_instance"]
    assert (len(apart["Berlin-1"]), len(apart["Berlin-2"])) == (30, 11)


def test_a_rolling_window_looks_back_into_august_and_says_what_it_did_not_see(house: House) -> None:
    send(
        house.instance_a,
        csv_of([Act(user="zoe", at="2026-08-20T12:00:00Z")]),
        Period(date(2026, 8, 15), date(2026, 9, 1)),
    )
    send(house.instance_a, days(["ada"], [1]))
    window = {"actions": ["*"], "window": {"days": 60}}
    metric = {"kind": "active_users", "definition": window}
    made = counted(house, metric)
    assert made.active_users == 2
    assert made.look_back["start"] == "2026-08-02"
    assert made.look_back["missing"] == {"Berlin-1": [f"2026-08-{day:02}" for day in range(2, 15)]}
    assert made.given() == {"users": 2, "look_back_missing_days": 13}
    amount, words = billed(made, metric)
    assert amount == "2.00"
    assert words.endswith("13 days before the period in the window had no report")
    short = {"kind": "active_users", "definition": {"actions": ["*"], "window": {"days": 28}}}
    assert counted(house, short).active_users == 0
    assert still_current(house, made)
    send(
        house.instance_a,
        csv_of([Act(user="yan", at="2026-08-03T12:00:00Z")]),
        Period(date(2026, 8, 1), date(2026, 8, 15)),
    )
    assert not still_current(house, made)
    assert counted(house, metric).given() == {"users": 3}


def test_a_window_read_daily_is_billed_by_its_average(house: House) -> None:
    send(house.instance_a, csv_of([Act(user="zoe", at="2026-08-20T12:00:00Z")]), AUGUST)
    send(house.instance_a, days(["ada"], [1]))
    metric = {
        "kind": "active_users",
        "definition": {"actions": ["*"], "window": {"days": 28}, "evaluate": "daily"},
        "calculation": "average",
        "average_over": "days_of_period",
        "rounding": "half_up",
        "decimals": 2,
    }
    made = counted(house, metric)
    # Zoe is active until 16 September, Ada until the 28th: 16 + 28 user days of 30.
    assert made.quantity == Decimal("1.47")
    assert billed(made, metric)[0] == "1.47"


@pytest.mark.parametrize(("looks_back", "given"), [(True, {"users": 2}), (False, {"users": 1})])
def test_days_before_the_contract_count_only_where_it_says_so(
    house: House, looks_back: bool, given: dict[str, int]
) -> None:
    window = {"actions": ["*"], "window": {"days": 62}, "look_back_before_start": looks_back}
    metric = {"kind": "active_users", "definition": window}
    contract = sign_contract(house.customer_a, "K-2026-009", terms_json(metrics={"active": metric}))
    instance = register_instance(actor=BUILDER, contract=contract, name="Berlin-9", reports_from=date(2025, 12, 1))
    january, december = Period(date(2026, 1, 1), date(2026, 2, 1)), Period(date(2025, 12, 1), date(2026, 1, 1))
    before = csv_of([Act(user="zoe", at="2025-12-02T12:00:00Z")])
    with nullcontext() if looks_back else pytest.raises(DaysBeforeBegin, match="Berlin-9 reports from 1 Jan 2026 on"):
        send(instance, before, december)
    send(instance, csv_of([Act(user="ada", at="2026-01-02T12:00:00Z")]), january)
    terms = ContractTerms.from_json(terms_json(metrics={"active": metric}))
    made = count_period(contract=contract, metric_name="active", terms=terms, period=january, now=NOW)
    assert made.given() == given


EXPORT = b"""user_id,occurred_at,action,quantity
ada,2026-09-01T12:00:00Z,chat,60
ada,2026-09-02T12:00:00Z,chat,2.5
bob,2026-09-02T12:00:00Z,chat,12.5
bob,2026-09-02T13:00:00Z,login,
cleo,2026-09-03T12:00:00Z,chat,12.5
dan,2026-09-03T12:00:00Z,chat,
"""


@pytest.mark.parametrize(("measure", "quantity", "without"), [("sum", Decimal("87.5"), 1), ("count", Decimal(5), 0)])
def test_what_actions_add_up_to(house: House, measure: str, quantity: Decimal, without: int) -> None:
    send(house.instance_a, EXPORT)
    metric = {
        "kind": "action_quantity",
        "definition": {"actions": ["chat"]},
        "measure": measure,
        "unit": "interaction",
    }
    made = counted(house, metric)
    assert (made.active_users, made.quantity, made.without_quantity) == (4, quantity, without)
    assert made.quantity_by_user == []
    amount, words = billed(made, metric)
    assert amount == f"{quantity:.2f}"
    assert words.startswith("Interactions")
    assert ("1 action states no quantity" in words) is bool(without)


def test_single_peoples_quantities_are_kept_where_a_cap_looks_at_them(house: House) -> None:
    send(house.instance_a, EXPORT)
    metric = {"kind": "action_quantity", "definition": {"actions": ["chat"]}, "measure": "sum", "unit": "interaction"}
    plain = counted(house, metric)
    made = counted(house, metric, per_user_cap={"amount": "50.00", "reading": "each_person"})
    assert made.pk != plain.pk
    assert made.given() == {
        "quantity_by_user": [["0.000000", 1], ["12.500000", 2], ["62.500000", 1]],
        "without_quantity": 1,
    }
    assert made.quantity == plain.quantity


def test_provisioned_users_by_their_dates(house: House) -> None:
    metric = {"kind": "provisioned_users", "calculation": "max"}
    with pytest.raises(NothingReported, match="No number of provisioned users"):
        counted(house, metric)
    for day, users in ((date(2026, 8, 20), 900), (date(2026, 9, 10), 1000), (date(2026, 9, 20), 950)):
        record_provisioned_count(
            actor=BUILDER, contract=house.contract_a, users=users, date=day, source="user_list", now=NOW
        )
    made = counted(house, metric)
    assert made.given() == {"levels": {"2026-08-20": 900, "2026-09-10": 1000, "2026-09-20": 950}}
    assert (made.quantity, made.active_users, made.has_people) == (1000, None, False)
    assert billed(made, metric) == (
        "1000.00",
        "Provisioned users: maximum of 30 daily counts, 1,000 on 10 Sep 2026",
    )
    assert still_current(house, made)
    assert counted(house, metric) == made
    record_provisioned_count(
        actor=BUILDER, contract=house.contract_a, users=1200, date=date(2026, 9, 30), source="user_list", now=NOW
    )
    assert not still_current(house, made)
    assert ProvisionedCount.objects.count() == 4


def test_seats_need_no_report(house: House) -> None:
    metric = {
        "kind": "seats",
        "bought": [{"from": "2026-01-01", "seats": 100}, {"from": "2026-09-16", "seats": 120}],
    }
    made = counted(house, metric)
    assert made.given() == {"quantity": "110"}
    assert still_current(house, made)
    assert counted(house, metric) == made
    assert billed(made, metric)[0] == "110.00"


@pytest.mark.parametrize(("across", "quantity"), [("sum_then_peak", 52), ("peak_then_sum", 55)])
def test_reported_counts_of_two_instances(house: House, across: str, quantity: int) -> None:
    second = register_instance(actor=BUILDER, contract=house.contract_a, name="Berlin-2", reports_from=date(2026, 1, 1))
    send(house.instance_a, counts(40, 42), name="one.csv")
    send(second, counts(13, 10), name="two.csv")
    metric = {"kind": "reported_users", "calculation": "max", "across_instances": across}
    made = counted(house, metric)
    assert made.reported_users == (53 if across == "sum_then_peak" else quantity)


def test_a_share_of_the_highest_days(house: House) -> None:
    send(house.instance_a, counts(*range(5, 101, 5)), name="one.csv")
    percentile = {"kind": "reported_users", "calculation": "percentile", "percentile": "95"}
    spikes = {"kind": "reported_users", "calculation": "all_but_highest_days", "highest_days": 3}
    assert (counted(house, percentile).quantity, counted(house, spikes).quantity) == (95, 85)
