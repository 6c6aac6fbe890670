"""What is given of a period becomes one quantity: in every way of USAGE.json, with decisions and missing days."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from rollcall.period import Period
from rollcall.rating import TermUsage, rate_term
from rollcall.rating.decisions import ExcusedDays
from rollcall.rating.quantity import measure_period, refuse_decisions
from rollcall.rating.state import TermState
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import Fields, TermsRefused
from tests.rollcall.terms.documents import full_terms

LOGIN = {"actions": ["login"]}
PEAK = {"kind": "active_users", "definition": LOGIN, "calculation": "max"}
UNIQUE = {"kind": "active_users", "definition": LOGIN}
RIDER = {"kind": "action_quantity", "definition": LOGIN, "measure": "sum", "unit": "interaction"}
JUNE = {"start": "2026-06-01", "end": "2026-07-01"}


def terms(metric, **more):
    document = full_terms() | {"term": {"start": "2026-06-01", "end": "2027-06-01"}}
    document["metrics"] = {"q": metric}
    document["charges"] = {"c": {"metric": "q", "price": {"model": "per_user", "unit_price": "1.00"}}}
    return ContractTerms.from_json(document | more)


def usage(*quantities, **more):
    """Give the first months of the term, June 2026 on."""
    starts = ["2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01"]
    return TermUsage.from_json(
        {
            "periods": [
                {"start": start, "end": end, "quantities": {"q": quantity}} | more.get("missing", {}).get(start, {})
                for quantity, start, end in zip(quantities, starts, starts[1:], strict=False)
            ],
            **{key: value for key, value in more.items() if key != "missing"},
        }
    )


def measured(metric, quantity, **more):
    given = usage(quantity, **more)
    return measure_period(terms=terms(metric), usage=given.periods[0], state=TermState(), decisions=given.decisions)[
        "q"
    ]


def daily(*users):
    return {
        str(date(2026, 6, 1) + timedelta(days=number)): count for number, count in enumerate(users) if count is not None
    }


@pytest.mark.parametrize(
    ("case", "metric", "given", "quantity", "words"),
    [
        ("users that were counted", UNIQUE, {"users": 320}, 320, ""),
        ("the days of all instances", PEAK, {"daily_users": daily(3, 0, 5)}, 5, "maximum of 3 daily counts"),
        ("reduced already", PEAK, {"users": 7}, 7, ""),
        ("a sum", RIDER, {"quantity": "1234.5"}, Decimal("1234.5"), ""),
        ("a sum that lacks some", RIDER, {"quantity": "10", "without_quantity": 2}, 10, "2 actions state no quantity"),
        ("by user", RIDER, {"quantity_by_user": [["60", 30], ["12.5", 4]]}, 1850, ""),
        ("by event", RIDER, {"quantities_by_event": ["200", "100.5"]}, Decimal("300.5"), ""),
        (
            "a window with days that nobody saw",
            {"kind": "active_users", "definition": LOGIN | {"window": {"days": 60}}},
            {"users": 5, "look_back_missing_days": 3},
            5,
            "active within the 60 days to 30 Jun 2026; 3 days before the period in the window had no report",
        ),
        (
            "a window that is read every day",
            {"kind": "active_users", "definition": LOGIN | {"window": {"days": 7}, "evaluate": "daily"}},
            {"users": 5},
            5,
            "active within the 7 days to any day of 1 to 30 Jun 2026",
        ),
    ],
)
def test_what_is_given_and_what_it_comes_to(case, metric, given, quantity, words):
    found = measured(metric, given)
    assert found.quantity == quantity, case
    assert words in found.words


def test_the_parts_of_a_quantity_are_kept_for_the_price():
    assert measured(RIDER, {"quantity_by_user": [["60", 30]]}).by_user == ((Decimal(60), 30),)
    assert measured(RIDER, {"quantities_by_event": ["2", "1"]}).by_event == (2, 1)
    alone = {"kind": "reported_users", "calculation": "each_day_alone"}
    assert measured(alone, {"daily_users": daily(2, None, 1)}).alone == (2, 1)


@pytest.mark.parametrize(
    ("metric", "given", "place", "sentence"),
    [
        (UNIQUE, {"daily_users": daily(3)}, ".daily_users", "active users never come from daily counts"),
        (UNIQUE, {"quantity": "3.5"}, ".quantity", "given as users, or by their days"),
        (UNIQUE, {"quantity_by_user": [["3", 1]]}, ".quantity", "given as users, or by their days"),
        (PEAK, {"levels": daily(3)}, ".levels", "dated levels are of provisioned users"),
        (PEAK, {"daily_users_by_instance": {"a": daily(3)}}, ".daily_users_by_instance", "counts people once"),
        (PEAK, {"daily_users": {}}, ".daily_users", "never zero"),
        (PEAK, {"daily_users": {"2026-07-01": 3}}, ".daily_users", "is not a day of"),
        (RIDER, {"users": 3}, ".users", "interactions are no users"),
        (
            {"kind": "provisioned_users", "calculation": "max"},
            {"levels": {"2026-07-01": 3}},
            ".daily_users",
            "never zero",
        ),
    ],
)
def test_what_the_metric_cannot_be_made_of_is_refused(metric, given, place, sentence):
    with pytest.raises(TermsRefused, match=sentence) as refused:
        measured(metric, given)
    assert refused.value.path == f"periods[2026-06-01/2026-07-01].quantities.q{place}"


@pytest.mark.parametrize(
    ("given", "place", "sentence"),
    [
        ({"users": 1, "quantity": "1"}, "quantity", "stands beside users"),
        ({"quantity_by_user": [["1"]]}, "quantity_by_user[0]", "a pair of a quantity and a number"),
        ({"quantity_by_user": [["1", 0]]}, "quantity_by_user[0][1]", "at least 1"),
        ({"quantities_by_event": [1]}, "quantities_by_event[0]", "in quotes"),
        ({"quantity": "-1"}, "quantity", "not be negative"),
        ({"daily_users_by_instance": {"a": {"June": 1}}}, "daily_users_by_instance.a", "must be a date"),
        ({}, "users", "is missing"),
    ],
)
def test_usage_that_cannot_be_read_is_refused(given, place, sentence):
    with pytest.raises(TermsRefused, match=sentence) as refused:
        usage(given)
    assert refused.value.path == f"periods[0].quantities.q.{place}"


FESTIVAL = {"excused_days": ["2026-06-02"], "reason": "load test of the vendor", "decided_by": "Fiona Nance"}


def test_an_excused_day_is_left_out_and_its_effect_is_said():
    found = measured(PEAK, {"daily_users": daily(10, 900, 20)}, decisions=[FESTIVAL])
    assert found.quantity == 20
    assert found.words == (
        "maximum of 2 daily counts, 20 on 3 Jun 2026; 2 Jun 2026 excused (load test of the vendor, decided by "
        "Fiona Nance); with these days 900"
    )
    # A decision about another month changes nothing of this one.
    july = FESTIVAL | {"excused_days": ["2026-07-02"]}
    assert measured(PEAK, {"daily_users": daily(10, 900)}, decisions=[july]).words.count("excused") == 0


@pytest.mark.parametrize(
    ("metric", "decision", "place", "sentence"),
    [
        (UNIQUE, FESTIVAL, "decisions[0].excused_days", "people who are counted once in a period have no days"),
        (PEAK, FESTIVAL | {"metric": "other"}, "decisions[0].metric", "no metric other"),
        (PEAK, FESTIVAL | {"excused_days": []}, "decisions[0].excused_days", "name the days"),
        (PEAK, {"excused_days": ["2026-06-02"]}, "decisions[0].reason", "is missing"),
        (PEAK, FESTIVAL | {"until": "2026-07-01"}, "decisions[0].until", "is not a key of a decision"),
        (
            PEAK,
            FESTIVAL | {"excused_days": ["2026-06-01"]},
            "periods[2026-06-01/2026-07-01].quantities.q.daily_users",
            "never zero",
        ),
    ],
)
def test_a_decision_that_cannot_be_meant_is_refused(metric, decision, place, sentence):
    given = {"users": 5} if metric is UNIQUE else {"daily_users": daily(5)}
    with pytest.raises(TermsRefused, match=sentence) as refused:
        rate_term(terms=terms(metric), usage=usage(given, decisions=[decision]))
    assert refused.value.path == place


def test_missing_days_of_a_series_are_estimated_by_the_period_before():
    agreed = terms(PEAK, gap_rule={"rule": "prior_period"})
    given = usage(
        {"daily_users": daily(50)},
        {"daily_users": {"2026-07-01": 20}},
        missing={"2026-07-01": {"missing_days": 30}},
    )
    july = rate_term(terms=agreed, usage=given).of(Period(date(2026, 7, 1), date(2026, 8, 1)))
    assert [(line.kind, str(line.quantity)) for line in july.lines] == [("usage", "20"), ("estimated", "30")]
    assert "1 to 30 Jun 2026 had 50 users" in july.lines[1].words


def test_a_peak_that_stays_is_of_what_was_counted_not_of_an_estimate():
    mark = UNIQUE | {"over_periods": {"rule": "high_water_mark"}}
    agreed = terms(mark, gap_rule={"rule": "prior_peak"})
    given = usage({"users": 50}, {"users": 60}, {"users": 10}, missing={"2026-07-01": {"missing_days": 3}})
    rated = rate_term(terms=agreed, usage=given)
    assert [str(period.net_amount) for period in rated.periods] == ["50.00", "60.00", "60.00"]
    assert rated.periods[2].lines[0].words.startswith("Active users: 10 active users counted; the highest of the term")


def test_a_reported_day_that_is_missing_is_zero_only_where_the_contract_says_so():
    lowest = {"kind": "reported_users", "calculation": "min"}
    given = usage({"daily_users": daily(5, 6)}, missing={"2026-06-01": {"missing_days": 28}})
    zero = rate_term(terms=terms(lowest, gap_rule={"rule": "zero"}), usage=given).periods[0]
    known = rate_term(terms=terms(lowest, gap_rule={"rule": "bill_known"}), usage=given).periods[0]
    assert (str(zero.net_amount), str(known.net_amount)) == ("0.00", "5.00")
    assert "28 days without a report read as zero" in zero.lines[0].words


def test_a_day_is_excused_for_the_metrics_that_have_days():
    """A decision that names no metric is about all of them; those that count people once have no days to leave out."""
    document = terms(PEAK).to_json()
    document["metrics"]["people"] = UNIQUE
    both = ContractTerms.from_json(document)
    assert refuse_decisions(both, [ExcusedDays.from_fields(Fields.of(FESTIVAL, "decision"))]) is None
    with pytest.raises(TermsRefused, match="have no days"):
        refuse_decisions(both, [ExcusedDays.from_fields(Fields.of(FESTIVAL | {"metric": "people"}, "decision"))])
