"""Terms that change: ramps agreed from the start, and amendments inside a cycle, each with exact amounts."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.money import round_fraction
from rollcall.rating import TermRating, TermUsage, explain, rate_term
from rollcall.rating.by_days import refuse_balances
from rollcall.rating.versions import Amendment
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.rating.test_laws import terms_documents, usage_of
from tests.rollcall.terms.documents import changed, plain_terms

D = Decimal


def fixed(amount: str, *, mid_cycle: str = "by_days", **more: Any) -> dict[str, Any]:
    return {
        "currency": "USD",
        "timezone": "UTC",
        "term": {"start": "2024-01-01", "end": "2025-01-01"},
        "cycle": {"unit": "month", "anchor": "2024-01-01"},
        "charges": {"plan": {"price": {"model": "fixed", "amount": amount}}},
        "mid_cycle": mid_cycle,
        "tax": {"category": "O", "rate": "0"},
        **more,
    }


def rate(documents: list[tuple[str, dict[str, Any]]], usage: dict[str, Any]) -> TermRating:
    """Rate the first terms with the others as amendments from their days on."""
    first, *later = [(date.fromisoformat(day), ContractTerms.from_json(document)) for day, document in documents]
    amendments = [
        Amendment(start=day, terms=terms, name=f"version {number}") for number, (day, terms) in enumerate(later, 2)
    ]
    return rate_term(terms=first[1], usage=TermUsage.from_json(usage), amendments=amendments)


def months(*starts: str, users: int | None = None) -> dict[str, Any]:
    ends = [(date.fromisoformat(start) + timedelta(days=31)).replace(day=1).isoformat() for start in starts]
    quantities = {} if users is None else {"quantities": {"active": {"users": users}}}
    return {"periods": [{"start": start, "end": end, **quantities} for start, end in zip(starts, ends, strict=True)]}


def amounts(rated: TermRating) -> list[dict[str, str]]:
    return [{line.key: str(line.amount) for line in rating.lines} for rating in rated.periods]


@pytest.mark.parametrize(
    ("before", "after", "day", "month", "lines"),
    [
        # OpenMeter: a price change on 2 January 2024, one day old and 30 days new.
        ("10", "20", "2024-01-02", "2024-01-01", ["0.32", "19.35"]),
        # Chargebee: 20 of 30 days used at 60, ten left at 30.
        ("60", "30", "2024-04-21", "2024-04-01", ["40.00", "10.00"]),
        # flexprice: 17 of 31 days at 100 after 14 at 50.
        ("50", "100", "2024-03-15", "2024-03-01", ["22.58", "54.84"]),
    ],
)
def test_a_price_that_changes_by_days(before: str, after: str, day: str, month: str, lines: list[str]) -> None:
    rated = rate([("2024-01-01", fixed(before)), (day, fixed(after))], months(month))
    assert list(amounts(rated)[0].values()) == lines
    first, second = rated.periods[0].lines
    assert "by version 1" in first.words
    assert "by version 2" in second.words
    assert second.key == f"plan/price@{day}"
    assert first.share + second.share == 1
    for line in (first, second):
        assert line.amount == round_fraction(Fraction(line.quantity * line.unit_price) * line.share, "USD")
    assert [one["name"] for one in rated.periods[0].to_json()["versions"]] == ["version 1", "version 2"]


@pytest.mark.parametrize(
    ("day", "before", "after", "lines"),
    [
        # Polar: a year of 365 days, 304 and 166 of them left; its charge lines are what is rated by the new terms.
        ("2024-10-01", "1000", "3000", ["167.12", "2498.63"]),
        ("2025-02-16", "1000", "3000", ["545.21", "1364.38"]),
    ],
)
def test_a_yearly_price_that_changes_by_days(day: str, before: str, after: str, lines: list[str]) -> None:
    year = {"term": {"start": "2024-08-01", "end": "2025-08-01"}, "cycle": {"unit": "year", "anchor": "2024-08-01"}}
    usage = {"periods": [{"start": "2024-08-01", "end": "2025-08-01"}]}
    rated = rate([("2024-08-01", fixed(before, **year)), (day, fixed(after, **year))], usage)
    assert list(amounts(rated)[0].values()) == lines


def test_users_are_counted_once_and_rated_under_each_version_by_its_days() -> None:
    before = plain_terms(price="10.00", floor={"minimum_users": 100}) | {"mid_cycle": "by_days"}
    after = plain_terms(price="12.00", floor={"minimum_users": 50}) | {"mid_cycle": "by_days"}
    rated = rate([("2026-01-01", before), ("2026-06-11", after)], months("2026-06-01", users=60))
    assert amounts(rated) == [
        # (60 + 40 to the floor) x 10.00 x 10/30, and 60 x 12.00 x 20/30.
        {"seats/price": "200.00", "seats/floor": "133.33", "seats/price@2026-06-11": "480.00"}
    ]
    told = explain(rated.periods[0])
    assert [(entry["step"], entry["amount"]) for entry in told] == [
        ("price", "200.00"),
        ("floor", "133.33"),
        ("price", "480.00"),
        ("floor", "0.00"),
    ]
    assert told[0]["arithmetic"].endswith("× 1/3")


def test_next_cycle_and_whole_cycle() -> None:
    usage = months("2026-06-01", "2026-07-01", users=10)
    for rule, expected in (("next_cycle", ["100.00", "120.00"]), ("whole_cycle", ["120.00", "120.00"])):
        before = plain_terms(price="10.00") | {"mid_cycle": rule}
        rated = rate([("2026-01-01", before), ("2026-06-11", plain_terms(price="12.00"))], usage)
        assert [str(rating.net_amount) for rating in rated.periods] == expected
    assert rated.periods[0].lines[0].words.endswith("; by version 2, which holds for the whole month")
    assert rated.periods[1].versions == ()


def test_what_did_not_change_is_rated_once_and_what_is_new_has_its_days() -> None:
    before = fixed("31.00")
    after = fixed("31.00")
    after["charges"]["support"] = {"price": {"model": "fixed", "amount": "62.00"}}
    rated = rate([("2024-01-01", before), ("2024-01-17", after)], months("2024-01-01"))
    assert amounts(rated) == [{"plan/price": "31.00", "support/price": "30.00"}]


def test_limits_of_the_whole_contract_change_by_days_too() -> None:
    before = fixed("10.00") | {"limits": {"floor": {"minimum_amount": "31.00"}}}
    rated = rate([("2024-01-01", before), ("2024-01-17", fixed("10.00"))], months("2024-01-01"))
    assert amounts(rated) == [{"plan/price": "10.00", "contract/floor": "10.84"}]


def test_a_part_of_a_month_that_changes_by_days_has_the_share_of_both() -> None:
    part = {"term": {"start": "2024-01-17", "end": "2024-06-01"}}
    before, after = fixed("31.00", **part), fixed("62.00", **part)
    for document in (before, after):
        document["charges"]["plan"]["in_part_periods"] = "reduced"
    usage = {"periods": [{"start": "2024-01-17", "end": "2024-02-01"}]}
    (rating,) = rate([("2024-01-17", before), ("2024-01-27", after)], usage).periods
    assert [(str(line.share), str(line.amount)) for line in rating.lines] == [("10/31", "10.00"), ("5/31", "10.00")]


def test_versions_follow_each_other() -> None:
    later = fixed("20.00")
    for days in (["2024-01-01"], ["2024-03-01", "2024-02-01"], ["2024-03-01", "2024-03-01"]):
        with pytest.raises(TermsRefused, match="must begin after"):
            rate([("2024-01-01", fixed("10.00")), *((day, later) for day in days)], months("2024-01-01"))


@pytest.mark.parametrize("day", ["2026-02-01", "2026-02-15"])
def test_no_amendment_changes_the_currency(day: str) -> None:
    euro, yen = plain_terms(price="10.00"), plain_terms(price="4500") | {"currency": "JPY"}
    with pytest.raises(
        TermsRefused, match=r"are in EUR and these in JPY, and no sum crosses currencies\. Agree on"
    ) as refused:
        rate([("2026-01-01", euro), (day, yen)], months("2026-01-01", "2026-02-01", users=10))
    assert refused.value.path == "amendments"


POOL = {"credits": [{"name": "pool", "amount": "100.00", "granted": "once", "on": "2024-01-01", "expires": "term"}]}
TERM_FLOOR = {"floor": {"minimum_amount": "900.00", "per": "term"}}
MONTH_FLOOR = {"floor": {"minimum_amount": "9.00"}}


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ({"plan": POOL}, {"plan": POOL | MONTH_FLOOR}, "charges.plan"),
        ({"plan": POOL}, {"plan": {}}, "charges.plan"),
        ({"plan": {}}, {"plan": TERM_FLOOR}, "charges.plan"),
        ({"plan": {}}, {"plan": {}, "other": POOL}, "charges.other"),
        ({"plan": {}, "limits": POOL}, {"plan": {}, "limits": POOL | MONTH_FLOOR}, "limits"),
        ({"plan": {}, "limits": MONTH_FLOOR}, {"plan": {}, "limits": TERM_FLOOR}, "limits"),
        ({"plan": POOL}, {"plan": POOL}, None),
        ({"plan": MONTH_FLOOR}, {"plan": {}}, None),
        ({"plan": POOL, "other": {}}, {"plan": POOL, "other": MONTH_FLOOR}, None),
        ({"plan": {}, "limits": POOL}, {"plan": MONTH_FLOOR, "limits": POOL}, None),
    ],
)
def test_what_remembers_is_refused_where_it_would_change_by_days(
    before: dict[str, Any], after: dict[str, Any], path: str | None
) -> None:
    def terms(stated: dict[str, Any]) -> ContractTerms:
        document = fixed("10.00")
        price = document["charges"]["plan"]
        limits = stated.get("limits", {})
        document["charges"] = {key: price | keys for key, keys in stated.items() if key != "limits"}
        return ContractTerms.from_json(document | ({"limits": limits} if limits else {}))

    if path is None:
        refuse_balances(terms(before), terms(after))
        return
    with pytest.raises(TermsRefused, match="cannot be drawn on by days") as refused:
        refuse_balances(terms(before), terms(after))
    assert refused.value.path == path


def test_a_balance_cannot_be_drawn_on_by_days() -> None:
    pool = {"credits": [{"name": "pool", "amount": "100.00", "granted": "once", "on": "2024-01-01", "expires": "term"}]}
    before, after = fixed("10.00"), fixed("20.00")
    for document in (before, after):
        document["charges"]["plan"] |= pool
    with pytest.raises(TermsRefused, match="cannot be drawn on by days"):
        rate([("2024-01-01", before), ("2024-01-17", after)], months("2024-01-01"))
    before["mid_cycle"] = "next_cycle"
    rated = rate([("2024-01-01", before), ("2024-01-17", after)], months("2024-01-01", "2024-02-01"))
    assert [str(rating.net_amount) for rating in rated.periods] == ["0.00", "0.00"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("timezone", "UTC"),
        ("cycle.anchor", "2026-01-15"),
        ("metrics.active.definition.actions", ["save"]),
        ("metrics.active.definition.identity", {"namespace": "customer_key", "rule": "trim-nfc-lower"}),
    ],
)
@pytest.mark.parametrize("rule", ["whole_cycle", "by_days"])
def test_who_is_counted_and_when_never_changes_inside_a_cycle(path: str, value: Any, rule: str) -> None:
    before = plain_terms() | {"mid_cycle": rule}
    after = before | {path: value} if "." not in path else _at(before, path, value)
    with pytest.raises(TermsRefused, match="change on the first day of a cycle only"):
        rate([("2026-01-01", before), ("2026-06-11", after)], months("2026-06-01", users=3))


def _at(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    return changed(document, path, value)


def ramp(*phases: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    document = plain_terms(price="10.00") | more
    return document | {"phases": [{"from": day, "charges": {"seats": keys}} for day, keys in phases]}


PER_USER_8 = {"price": {"model": "per_user", "unit_price": "8.00"}}


def test_a_ramp_replaces_keys_of_a_charge_from_its_day_on() -> None:
    document = ramp(
        ("2026-03-01", {"floor": {"minimum_users": 20}}),
        ("2026-05-01", {**PER_USER_8, "floor": None}),
        mid_cycle="by_days",
    )
    usage = months("2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", users=10)
    assert [str(rating.net_amount) for rating in rate([("2026-01-01", document)], usage).periods] == [
        "100.00",
        "200.00",
        "200.00",
        "80.00",
    ]
    terms = ContractTerms.from_json(document)
    floor = "At least 20 users are billed each month; a user that is missing to it costs as much as an active one."
    assert [sentence for sentence in terms.sentences() if sentence.startswith("From ")] == [
        f"From 1 Mar 2026 on: {floor}",
        "From 1 May 2026 on: Each active user costs EUR 8.00.",
        f"From 1 May 2026 on: no longer: {floor}",
    ]
    assert ContractTerms.from_json(terms.to_json()) == terms
    assert ContractTerms.from_json(terms.to_json()).digest() == terms.digest()
    assert terms.digest() != ContractTerms.from_json(plain_terms(price="10.00") | {"mid_cycle": "by_days"}).digest()


def test_a_phase_inside_a_cycle_counts_as_the_terms_say() -> None:
    usage = months("2026-06-01", "2026-07-01", users=30)
    nets = {
        rule: [
            str(rating.net_amount)
            for rating in rate([("2026-01-01", ramp(("2026-06-16", PER_USER_8), mid_cycle=rule))], usage).periods
        ]
        for rule in ("next_cycle", "whole_cycle", "by_days")
    }
    assert nets == {
        "next_cycle": ["300.00", "240.00"],
        "whole_cycle": ["240.00", "240.00"],
        "by_days": ["270.00", "240.00"],
    }


@pytest.mark.parametrize(
    ("phases", "path", "sentence"),
    [
        ([{"from": "2026-01-01", "charges": {"seats": PER_USER_8}}], "phases[0].from", "inside the term"),
        ([{"from": "2026-03-01", "charges": {"other": PER_USER_8}}], "phases[0].charges.other", "no charge of these"),
        ([{"from": "2026-03-01", "charges": {}}], "phases[0].charges", "is empty"),
        ([{"from": "2026-03-01", "charges": {"seats": {"metric": "x"}}}], "phases[0].charges.seats.metric", "same in"),
        ([{"from": "2026-03-01", "charges": {"seats": {"prise": 1}}}], "phases[0].charges.seats.prise", "not a key"),
        (
            [{"from": day, "charges": {"seats": PER_USER_8}} for day in ("2026-03-01", "2026-02-01")],
            "phases[1].from",
            "must come after",
        ),
    ],
)
def test_refused_phases(phases: list[Any], path: str, sentence: str) -> None:
    with pytest.raises(TermsRefused, match=sentence) as refused:
        ContractTerms.from_json(plain_terms() | {"phases": phases})
    assert refused.value.path == path


@given(
    document=terms_documents,
    count=st.integers(0, 300),
    cuts=st.sets(st.integers(2, 28), min_size=1, max_size=3),
    rule=st.sampled_from(["next_cycle", "whole_cycle", "by_days"]),
)
def test_identical_versions_are_rated_as_one(document: Any, count: int, cuts: set[int], rule: str) -> None:
    document = deepcopy(document) | {"mid_cycle": rule}
    versions = [("2026-01-01", document), *((f"2026-03-{day:02}", document) for day in sorted(cuts))]
    usage = usage_of(count, count, count, count)
    plain = rate([("2026-01-01", document)], usage)
    assert amounts(rate(versions, usage)) == amounts(plain)


@given(before=terms_documents, after=terms_documents, count=st.integers(0, 300), day=st.integers(2, 31))
def test_next_cycle_never_changes_a_period_that_has_begun(before: Any, after: Any, count: int, day: int) -> None:
    after = deepcopy(after) | {"currency": before["currency"]}
    usage = usage_of(count, count, count)
    amended = rate([("2026-01-01", before), (f"2026-03-{day:02}", after)], usage)
    assert amended.periods == rate([("2026-01-01", before)], usage).periods


@given(before=terms_documents, after=terms_documents, count=st.integers(0, 300), day=st.integers(2, 30))
def test_by_days_lies_between_both_versions_and_changes_nothing_before(
    before: Any, after: Any, count: int, day: int
) -> None:
    after = deepcopy(after) | {"currency": before["currency"], "mid_cycle": "by_days"}
    before = deepcopy(before) | {"mid_cycle": "by_days"}
    usage = usage_of(count, count, count, count)
    amended = rate([("2026-01-01", before), (f"2026-03-{day:02}", after)], usage)
    old, new = rate([("2026-01-01", before)], usage), rate([("2026-01-01", after)], usage)
    assert amended.periods[:2] == old.periods[:2]
    assert amended.periods[3].net_amount == new.periods[3].net_amount
    low, high = sorted((old.periods[2].net_amount, new.periods[2].net_amount))
    lines = len(amended.periods[2].lines)
    smallest = D(1).scaleb(low.as_tuple().exponent)
    assert low - lines * smallest <= amended.periods[2].net_amount <= high + lines * smallest


@pytest.mark.parametrize(("rule", "june"), [("next_cycle", "30.00"), ("by_days", "32.00"), ("whole_cycle", "33.00")])
def test_a_charge_that_is_added_counts_a_metric_that_nothing_billed_before(rule: str, june: str) -> None:
    before = plain_terms(price="10.00") | {"mid_cycle": rule}
    before["metrics"]["others"] = before["metrics"]["active"] | {"definition": {"actions": ["save"]}}
    after = deepcopy(before)
    after["charges"]["more"] = {"metric": "others", "price": {"model": "per_user", "unit_price": "1.00"}}
    usage = months("2026-06-01", users=3)
    usage["periods"][0]["quantities"]["others"] = {"users": 3}
    (rating,) = rate([("2026-01-01", before), ("2026-06-11", after)], usage).periods
    assert str(rating.net_amount) == june
    if rule != "next_cycle":
        with pytest.raises(TermsRefused, match="there is no count of others"):
            rate([("2026-01-01", before), ("2026-06-11", after)], months("2026-06-01", users=3))


def test_a_later_version_ends_what_an_earlier_one_planned() -> None:
    """A phase that would begin after the next version is never reached."""
    planned = ramp(("2026-03-01", {"floor": {"minimum_users": 20}}), ("2026-05-01", PER_USER_8))
    versions = [("2026-01-01", planned), ("2026-04-01", plain_terms(price="7.00"))]
    usage = months("2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01", users=10)
    assert [str(rating.net_amount) for rating in rate(versions, usage).periods] == ["200.00", "70.00", "70.00", "70.00"]
