"""Terms that are refused, each with the place and a sentence that a finance person understands."""

import pytest

from rollcall.terms.contract import ContractTerms
from rollcall.terms.each_clause import refused_beside
from rollcall.terms.fields import TermsRefused
from tests.rollcall.terms.documents import LEFT_OUT, changed, full_terms, plain_terms

SEATS = "charges.seats"


@pytest.mark.parametrize(
    ("path", "value", "place", "sentence"),
    [
        # What is missing.
        *(
            (key, LEFT_OUT, key, "is missing")
            for key in ("currency", "timezone", "term", "cycle", "metrics", "charges", "tax")
        ),
        ("term.end", LEFT_OUT, "term.end", "is missing: the day after the last one."),
        ("cycle.anchor", LEFT_OUT, "cycle.anchor", "the 1st of a month makes calendar months"),
        (f"{SEATS}.price", LEFT_OUT, f"{SEATS}.price", "is missing: say what one user costs."),
        (f"{SEATS}.metric", LEFT_OUT, f"{SEATS}.metric", "is missing"),
        (f"{SEATS}.floor.shortfall_priced_by", LEFT_OUT, f"{SEATS}.floor.shortfall_priced_by", "it changes the bill"),
        ("metrics.active.definition", LEFT_OUT, "metrics.active.definition", "say who is an active user"),
        ("tax.rate", LEFT_OUT, "tax.rate", "is missing"),
        # What nobody knows, at every depth.
        ("curency", "EUR", "curency", "is not a key of contract terms"),
        ("term.stop", "2027-01-01", "term.stop", "is not a key of a term"),
        ("cycle.weeks", 4, "cycle.weeks", "is not a key of a cycle"),
        ("metrics.active.window", "period", "metrics.active.window", "is not a key of a metric"),
        ("metrics.active.definition.min_day", 2, "metrics.active.definition", "'min_day' is not a key"),
        (f"{SEATS}.minimum", 400, f"{SEATS}.minimum", "is not a key of a charge"),
        (f"{SEATS}.floor.minimum", 400, f"{SEATS}.floor.minimum", "is not a key of a floor"),
        (f"{SEATS}.cap.users", 400, f"{SEATS}.cap.users", "is not a key of a cap"),
        ("gap_rule.days", 3, "gap_rule.days", "is not a key of a gap rule"),
        ("true_up.within_days", 60, "true_up.within_days", "is not a key of a true-up rule"),
        ("tax.percent", "19", "tax.percent", "is not a key of the tax"),
        # What cannot be meant.
        ("currency", "EURO", "currency", "'EURO' is not a currency"),
        ("currency", 5, "currency", "must be a text"),
        ("timezone", "Europe/Munich", "timezone", "There is no time zone 'Europe/Munich'"),
        ("term.start", "2026-02-30", "term.start", "2026-02-30 is not a day of the calendar"),
        ("term.start", "01.01.2026", "term.start", "must be a date as YYYY-MM-DD"),
        ("term.start", "0026-01-01", "term.start", "between 1970 and 2199"),
        ("term.end", "2026-01-01", "term", "holds no day"),
        ("cycle.unit", "week", "cycle.unit", '"days"'),
        ("cycle.length", 0, "cycle.length", "at least 1"),
        ("cycle.unit", "days", "cycle.length", "is missing"),
        ("metrics", {}, "metrics", "at least one metric is needed"),
        ("charges", [], "charges", "must be an object"),
        ("charges", {"Seats!": {}}, "charges.Seats!", "lower-case letters"),
        (f"{SEATS}.metric", "logins", f"{SEATS}.metric", 'there is no metric "logins"; use "active".'),
        ("metrics.active.kind", "events", "metrics.active.kind", 'must be "active_users"'),
        ("metrics.active.definition", ["login"], "metrics.active.definition", 'as in {"actions": ["login"]}'),
        (
            "metrics.active.definition.timezone", "UTC",
            "metrics.active.definition.timezone", "is not the zone of this contract, Europe/Berlin",
        ),
        (f"{SEATS}.included", -1, f"{SEATS}.included", "whole number of at least 0"),
        (f"{SEATS}.included", True, f"{SEATS}.included", "not true"),
        (f"{SEATS}.included", 2.5, f"{SEATS}.included", "not 2.5"),
        (f"{SEATS}.floor.minimum_users", "400", f"{SEATS}.floor.minimum_users", 'not "400"'),
        (f"{SEATS}.floor.minimum_amount", "100", f"{SEATS}.floor", "only one of them"),
        (f"{SEATS}.floor", {"per": "cycle"}, f"{SEATS}.floor", "only one of them"),
        (f"{SEATS}.floor", None, f"{SEATS}.floor", "not null"),
        (
            f"{SEATS}.floor", {"minimum_amount": "100", "shortfall_priced_by": "tiers"},
            f"{SEATS}.floor.shortfall_priced_by", "belongs to a floor in users",
        ),
        (f"{SEATS}.floor", {"minimum_amount": "99.999"}, f"{SEATS}.floor.minimum_amount", "more decimals than EUR has"),
        (f"{SEATS}.floor.shortfall_priced_by", "price", f"{SEATS}.floor.shortfall_priced_by", '"tiers" or the price'),
        (f"{SEATS}.cap.amount", "0.005", f"{SEATS}.cap.amount", "more decimals than EUR has (2)"),
        ("steps", ["price", "tax"], "steps[1]", "not 'tax'"),
        ("steps", ["price", "floor", "price"], "steps[2]", "stands in the list twice"),
        ("steps", ["price", "cap"], "steps", 'the charge seats needs the step "floor"'),
        ("steps", ["floor", "price", "cap"], "steps", '"included" comes before "price"'),
        ("steps", ["price", "included", "floor", "cap"], "steps", '"included" comes before "price"'),
        ("steps", ["price", "cap", "floor"], "steps", '"floor" comes before "cap"'),
        ("steps", "price", "steps", "must be a list"),
        ("gap_rule", {"rule": "hold", "then": "bill_known"}, "gap_rule", "says what follows in then"),
        ("gap_rule", {"rule": "hold", "hold_at_most_days": 3}, "gap_rule", "says what follows in then"),
        ("gap_rule", {"hold_at_most_days": 3, "then": "hold"}, "gap_rule", "says what follows in then"),
        ("gap_rule", {"rule": "bill_known", "then": "hold"}, "gap_rule.then", 'belongs to the rule "hold"'),
        ("reporting_cadence", "weekly", "reporting_cadence", '"daily" or "once_per_period"'),
        ("tax", {"category": "S", "rate": "0"}, "tax.rate", "the standard rate is above zero"),
        ("tax", {"category": "AE", "rate": "19"}, "tax.rate", "must be 0 for the category AE (reverse charge"),
        ("tax", {"category": "X", "rate": "19"}, "tax.category", 'must be "S"'),
        ("tax", {"decided_by": "rule", "category": "S"}, "tax.category", "is not stated where a rule decides it"),
        ("tax", {"decided_by": "rule", "rate": "19"}, "tax.rate", "is not stated where a rule decides it"),
        ("tax", {"decided_by": "rule", "band": "low"}, "tax.band", 'must be "standard" or "reduced"'),
        ("tax", {"decided_by": "guess"}, "tax.decided_by", 'must be "terms" or "rule"'),
        ("tax.band", "reduced", "tax.band", "belongs to a tax that a rule decides"),
        ("tax.rate", "119", "tax.rate", "more than the whole amount"),
        ("tax.rate", 19, "tax.rate", "must be written in quotes"),
        # What no calendar has.
        ("cycle", {"unit": "year", "anchor": "2026-01-01", "length": 9000}, "cycle", "at most 100 years, 1,200 months"),
        ("cycle", {"unit": "days", "anchor": "2026-01-01", "length": 10**9}, "cycle", "or 36,525 days; choose a"),
        ("cycle", {"unit": "quarter", "anchor": "2026-01-01", "length": 401}, "cycle", "choose a shorter length"),
        (
            f"{SEATS}.credits", [{"name": "x", "amount": "5", "granted": "each_term", "expires": {"days": 9999999}}],
            f"{SEATS}.credits[0].expires.days", 'is at most 36,525; write "term"',
        ),
        ("true_up.window_days", 10**7, "true_up.window_days", "must be at most 3,660 days, not 10,000,000"),
        ("gap_rule", {"hold_at_most_days": 3661, "then": "bill_known"}, "gap_rule.hold_at_most_days", "at most 3,660 days"),
        (f"{SEATS}.included", 10**14, f"{SEATS}.included", "of at most 1,000,000,000,000, not 100000000000000"),
        # What contradicts itself.
        (f"{SEATS}.cap.amount", "11599.99", f"{SEATS}.floor", "the floor asks for EUR 11,600.00"),
        (f"{SEATS}.floor", {"minimum_amount": "50000.01"}, f"{SEATS}.floor", "a floor cannot be above the cap"),
        (f"{SEATS}.floor.shortfall_priced_by", "125.01", f"{SEATS}.floor", "the floor asks for EUR 50,004.00"),
        # What is written in the shapes but not rated yet: never ignored.
        (f"{SEATS}.discount", {"percent": "5"}, f"{SEATS}.discount", "is not a key of a charge"),
        (f"{SEATS}.credits", {}, f"{SEATS}.credits", "must be a list"),
        (f"{SEATS}.bill", "in_advance", f"{SEATS}.bill", "known when the cycle is over"),
        (f"{SEATS}.floor.per", "term", f"{SEATS}.floor.shortfall_priced_by", "the tier of a missing one"),
        (f"{SEATS}.cap.per", "term", f"{SEATS}.floor", "over the term the floor asks for EUR 139,200.00"),
        (f"{SEATS}.included", 10, f"{SEATS}.included", "whether included users count"),
        ("metrics.active.calculation", "median", "metrics.active.calculation", 'must be "unique", "all_but_highest_days"'),
        ("metrics.active.definition.window", {"days": 9999}, "metrics.active.definition", "at most 3,660"),
        (
            "metrics.active.definition.look_back_before_start",
            True,
            "metrics.active.definition.look_back_before_start",
            "belongs to a rolling window",
        ),
        ("gap_rule", {"rule": "zero"}, "gap_rule.rule", "never zero"),
        ("gap_rule", {"hold_at_most_days": 3, "then": "zero"}, "gap_rule.then", "never zero"),
        ("true_up.settle", "by hand", "true_up.settle", "credit_note"),
        ("true_up.approve_above", "0.005", "true_up.approve_above", "more decimals"),
        ("true_up", {"ignore_below": "50.00", "approve_above": "10.00"}, "true_up.approve_above", "below ignore_below"),
        ("true_up.window_days", 0, "true_up.window_days", "1"),
    ],
)  # fmt: skip
def test_refused_terms(path, value, place, sentence):
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(changed(full_terms(), path, value))
    assert refused.value.path == place
    assert sentence in refused.value.sentence
    # One fault is told once: no other clause is called wrong for it.
    assert refused_beside(changed(full_terms(), path, value), refused.value) == []
    assert str(refused.value) == f"{place}: {refused.value.sentence}"


@pytest.mark.parametrize("document", [None, [], "terms", 5])
def test_terms_that_are_no_object(document):
    with pytest.raises(TermsRefused, match="must be an object"):
        ContractTerms.from_json(document)


def test_a_floor_that_asks_for_most_inside_a_tier_is_held_against_the_cap():
    """With 100 users at 10 and 100 missing at 1 it asks for 1,100; with nobody for 200, with 200 users for 1,000."""
    price = {
        "model": "graduated",
        "bound": "inclusive",
        "tiers": [{"up_to": 100, "unit_price": "10"}, {"up_to": None, "unit_price": "0"}],
    }
    floor = {"minimum_users": 200, "shortfall_priced_by": "1"}
    document = changed(plain_terms(), "charges.seats", {"metric": "active", "price": price, "floor": floor})
    assert ContractTerms.from_json(changed(document, "charges.seats.cap", {"amount": "1100.00"}))
    with pytest.raises(TermsRefused, match=r"the floor asks for EUR 1,100\.00"):
        ContractTerms.from_json(changed(document, "charges.seats.cap", {"amount": "1099.99"}))


def test_credit_that_pays_tax_needs_a_tax_that_the_terms_state():
    credit = {"name": "Prepaid", "amount": "5.00", "granted": "each_cycle", "expires": "cycle", "applies": "after_tax"}
    document = changed(full_terms(), "limits", {"credits": [credit]})
    ContractTerms.from_json(document)
    with pytest.raises(TermsRefused, match="where credit pays the amount with tax: state category and rate") as refused:
        ContractTerms.from_json(changed(document, "tax", {"decided_by": "rule"}))
    assert refused.value.path == "tax.decided_by"
