"""Metrics of every kind in the terms: read back as written, refused with a place, said in sentences."""

import pytest

from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.terms.documents import full_terms

LOGIN = {"actions": ["login"]}
MARK = {"rule": "high_water_mark"}
SEATS = {"kind": "seats", "bought": [{"from": "2026-01-01", "seats": 100}, {"from": "2026-03-16", "seats": 120}]}
AVERAGE = {"calculation": "average", "average_over": "days_of_period", "rounding": "up"}
METRICS = {
    "unique": {"kind": "active_users", "definition": LOGIN},
    "peak": {"kind": "active_users", "definition": LOGIN, "calculation": "max"},
    "apart": {
        "kind": "active_users",
        "definition": LOGIN,
        "calculation": "percentile",
        "percentile": "95",
        "across_instances": "peak_then_sum",
    },
    "rolling": {
        "kind": "active_users",
        "definition": LOGIN | {"window": {"days": 28}, "evaluate": "daily", "min_events": 2},
        **AVERAGE,
    },
    "at the end": {"kind": "active_users", "definition": LOGIN | {"window": {"days": 90}}},
    "mark": {"kind": "active_users", "definition": LOGIN, "over_periods": {"rule": "high_water_mark"}},
    "reported": {"kind": "reported_users", "calculation": "all_but_highest_days", "highest_days": 2},
    "reported apart": {"kind": "reported_users", "calculation": "max", "across_instances": "peak_then_sum"},
    "provisioned": {"kind": "provisioned_users", "calculation": "last", "removed": "period_end"},
    "seats": SEATS,
    "seat days": SEATS | {"calculation": "sum", "removed": "at_once"},
    "sum": {"kind": "action_quantity", "definition": LOGIN, "measure": "sum", "unit": "gigabyte"},
    "queries": {
        "kind": "action_quantity",
        "definition": LOGIN | {"min_days": 2, "excluded_users": ["svc-*"]},
        "measure": "count",
        "unit": "query",
        "units": "queries",
    },
}


def terms(metric):
    document = full_terms()
    document["metrics"] = {"q": metric}
    document["charges"] = {"c": {"metric": "q", "price": {"model": "per_user", "unit_price": "10.00"}}}
    return ContractTerms.from_json(document)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_read_back_as_it_was_written(name):
    agreed = terms(METRICS[name])
    assert ContractTerms.from_json(agreed.to_json()) == agreed
    shortest = agreed.shortest_form()
    assert ContractTerms.from_json(shortest).digest() == agreed.digest()
    assert shortest["metrics"]["q"].items() <= METRICS[name].items()


def test_what_a_count_is_made_of_has_its_own_digest():
    digests = [terms(metric).metrics["q"].digest() for metric in METRICS.values()]
    # A rule over periods changes the bill, not the count.
    assert terms(METRICS["mark"]).metrics["q"].digest() == terms(METRICS["unique"]).metrics["q"].digest()
    assert len(set(digests)) == len(METRICS) - 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("peak", "A user is active on a day who did login on that day (Europe/Berlin). Failed, interrupted, automatic "
         "and idle entries do not count. A person counts once, however many instances the person used. Active users "
         "are the highest daily count of the period. A day that was reported and on which nobody was active counts as "
         "zero. A day without a report is left out; it is never read as zero."),
        ("apart", "Active users are the 95th percentile of the daily counts of the period: in rising order the one at "
         "the place 95 % of their number, rounded up. The daily numbers of each instance are reduced on their own, "
         "then added up; a person on two instances counts on both."),
        ("rolling", "A user is active on a day who did login at least 2 times within 28 days (Europe/Berlin). The "
         "window is read at the end of every day. Days before the start of the contract do not count."),
        ("rolling", "A day without a report adds nothing to the sum."),
        ("at the end", "An active user is a person who did login within 90 days (Europe/Berlin). The window is read "
         "at the end of the period. Days before the start of the contract do not count."),
        ("mark", "Each period is billed the highest number of active users that any period of the term had so far."),
        ("reported apart", "The counts of each instance are reduced on their own, then added up."),
        ("provisioned", "Provisioned users are the last daily count of the period. A day has the number of accounts "
         "that was last stated on or before it"),
        ("provisioned", "An account that is removed counts until the end of the period."),
        ("seats", "Seats are bought in advance: 100 from 1 Jan 2026 on, 120 from 16 Mar 2026 on; whether anybody uses "
         "them plays no part. A seat that is added inside a period costs the days that are left."),
        ("seat days", "The quantity is the sum of the daily counts of the period."),
        ("sum", "Gigabytes are the quantities that the reports state, of everybody who did login in the billed period, "
         "added up (Europe/Berlin)."),
        ("queries", "Queries are the number of actions, of everybody who did login on at least 2 days in the billed "
         "period, added up (Europe/Berlin)."),
        ("queries", "Never counted: svc-*."),
    ],
)  # fmt: skip
def test_the_words_of_a_metric(name, words):
    assert words in terms(METRICS[name]).metrics["q"].words()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("peak", "Each active user costs EUR 10.00."),
        ("seat days", "Each seat day costs EUR 10.00."),
        ("sum", "Each gigabyte costs EUR 10.00."),
        ("provisioned", "Each provisioned user costs EUR 10.00."),
    ],
)
def test_the_price_is_of_what_is_counted(name, sentence):
    assert sentence in terms(METRICS[name]).sentences()


@pytest.mark.parametrize(
    ("metric", "place", "sentence"),
    [
        (METRICS["unique"] | {"across_instances": "peak_then_sum"}, "across_instances", "belongs to a daily series"),
        (METRICS["peak"] | {"across_instances": "both"}, "across_instances", 'must be "people"'),
        (METRICS["at the end"] | {"calculation": "max"}, "definition.evaluate", "gives one number"),
        (METRICS["peak"] | {"definition": LOGIN | {"min_events": 2}}, "definition.min_events", "of the whole period"),
        (METRICS["peak"] | {"definition": LOGIN | {"min_days": 2}}, "definition.min_days", "of the whole period"),
        (
            METRICS["peak"] | {"definition": LOGIN | {"per_instance": True}},
            "definition.per_instance", "say across_instances",
        ),
        (METRICS["reported"] | {"across_instances": "people"}, "across_instances", 'must be "sum_then_peak"'),
        (METRICS["provisioned"] | {"definition": LOGIN}, "definition", "an account that exists does nothing"),
        (METRICS["provisioned"] | {"removed": "renewal"}, "removed", 'must be "at_once" or "period_end"'),
        ({"kind": "provisioned_users"}, "calculation", "is missing"),
        (SEATS | {"bought": []}, "bought", "is empty"),
        (SEATS | {"bought": SEATS["bought"][::-1], "removed": "renewal"}, "bought[1].from", "in order of time"),
        (
            {"kind": "seats", "bought": [{"from": "2026-01-01", "seats": 9}, {"from": "2026-02-01", "seats": 8}]},
            "removed", "seats are given up here",
        ),
        (SEATS | {"over_periods": MARK}, "over_periods", "needs one number a period"),
        (SEATS | {"calculation": "each_day_alone", "over_periods": MARK}, "over_periods", "looks at single days"),
        ({"kind": "reported_users", "calculation": "each_day_alone", "over_periods": MARK}, "over_periods", "single days"),
        (METRICS["peak"] | {"calculation": "each_day_alone", "over_periods": MARK}, "over_periods", "single days"),
        (
            METRICS["provisioned"]
            | {"calculation": "average", "average_over": "days_of_period", "rounding": "up", "tier_by": "max"}
            | {"over_periods": {"rule": "allowance_of_periods", "periods": 3, "quantity": 100}},
            "over_periods", "single days",
        ),
        (METRICS["sum"] | {"measure": "average"}, "measure", 'must be "sum" or "count"'),
        ({"kind": "action_quantity", "definition": LOGIN, "unit": "x"}, "measure", "say whether the quantities"),
        (
            METRICS["sum"] | {"definition": LOGIN | {"window": {"days": 3}}},
            "definition.window", "over the billed period",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(metric, place, sentence):
    with pytest.raises(TermsRefused, match=sentence) as refused:
        terms(metric)
    assert refused.value.path == f"metrics.q.{place}"
