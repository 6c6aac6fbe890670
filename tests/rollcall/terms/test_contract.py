"""Contract terms: read and written, with one digest for one meaning, and said in sentences."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from rollcall.period import Period
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.terms.documents import LEFT_OUT, changed, full_terms, plain_terms


def read(document):
    return ContractTerms.from_json(document)


def test_terms_are_written_as_they_were_read():
    terms = read(full_terms())
    written = terms.to_json()
    assert read(written) == terms
    assert read(json.loads(json.dumps(written))).digest() == terms.digest()
    expected = full_terms()
    expected["cycle"]["length"] = 1
    expected["quarantine_limit"] = "0.5"
    expected |= {"disclosure": "rows", "grace_days": 30}
    expected["metrics"]["active"]["definition"] = terms.metrics["active"].definition.to_json()
    assert written == expected


def test_terms_hold_values():
    terms = read(full_terms())
    assert terms.term == Period(date(2026, 1, 1), date(2027, 1, 1))
    assert terms.charges["seats"].floor.minimum_users == 400
    assert terms.charges["seats"].cap.amount == Decimal("50000.00")
    assert terms.tax.rate == Decimal(19)
    assert len(terms.periods) == 12
    assert terms.period_of(date(2026, 9, 12)) == Period(date(2026, 9, 1), date(2026, 10, 1))
    assert terms.period_of(date(2027, 1, 1)) is None
    assert terms.instants(Period(date(2026, 9, 1), date(2026, 10, 1))) == (
        datetime(2026, 8, 31, 22, tzinfo=UTC),
        datetime(2026, 9, 30, 22, tzinfo=UTC),
    )
    assert terms.metric_of("seats") is terms.metrics["active"]


def test_a_definition_has_the_zone_of_the_contract():
    assert read(full_terms()).metrics["active"].definition.timezone == "Europe/Berlin"


def test_the_first_and_last_period_are_cut_to_the_term():
    document = changed(full_terms(), "term", {"start": "2026-01-20", "end": "2026-03-10"})
    assert [str(period) for period in read(document).periods] == [
        "2026-01-20/2026-02-01",
        "2026-02-01/2026-03-01",
        "2026-03-01/2026-03-10",
    ]
    assert str(read(document).period_of(date(2026, 1, 25))) == "2026-01-20/2026-02-01"


@pytest.mark.parametrize(
    ("case", "path", "value"),
    [
        ("the default order of steps", "steps", LEFT_OUT),
        ("the cadence", "reporting_cadence", LEFT_OUT),
        ("the rule for changes", "mid_cycle", LEFT_OUT),
        ("the true-up rule", "true_up", LEFT_OUT),
        ("a part of the true-up rule", "true_up", {"settle": "next_invoice"}),
        ("the calculation", "metrics.active.calculation", LEFT_OUT),
        ("when it is billed", "charges.seats.bill", LEFT_OUT),
        ("that nobody is included", "charges.seats.included", LEFT_OUT),
        ("over which span the floor holds", "charges.seats.floor.per", LEFT_OUT),
        ("over which span the cap holds", "charges.seats.cap.per", LEFT_OUT),
        ("a cycle of one month", "cycle.length", 1),
        ("a price with fewer zeros", "charges.seats.price.tiers.0.unit_price", "29"),
        ("a tax rate with more zeros", "tax.rate", "19.00"),
        ("a tax that the terms state", "tax.decided_by", "terms"),
        ("the zone of the contract", "metrics.active.definition.timezone", "Europe/Berlin"),
        ("a threshold of once", "metrics.active.definition.min_events", 1),
        ("no aliases", "metrics.active.definition.identity", {"aliases": {}}),
    ],
)
def test_a_default_written_out_or_left_out_is_the_same_terms(case, path, value):
    terms = read(changed(full_terms(), path, value))
    assert terms == read(full_terms()), case
    assert terms.digest() == read(full_terms()).digest()


@pytest.mark.parametrize(
    ("case", "path", "value"),
    [
        ("another currency", "currency", "USD"),
        ("another zone", "timezone", "Europe/Paris"),
        ("another term", "term.end", "2028-01-01"),
        ("another anchor", "cycle.anchor", "2026-01-15"),
        ("another price", "charges.seats.price.tiers.0.unit_price", "29.01"),
        ("another bound", "charges.seats.price.bound", "exclusive"),
        ("another tier", "charges.seats.price.tiers.0.up_to", 501),
        ("another floor", "charges.seats.floor.minimum_users", 401),
        ("no floor", "charges.seats.floor", LEFT_OUT),
        ("another price of the shortfall", "charges.seats.floor.shortfall_priced_by", "29.00"),
        ("another cap", "charges.seats.cap.amount", "50001.00"),
        ("another action", "metrics.active.definition.actions", ["login", "open"]),
        ("another threshold", "metrics.active.definition.min_days", 2),
        ("an alias", "metrics.active.definition.identity", {"aliases": {"a@x.example": "b@x.example"}}),
        ("another tax", "tax.rate", "20"),
        ("a tax that a rule decides", "tax", {"decided_by": "rule"}),
        ("another gap rule", "gap_rule.hold_at_most_days", 11),
        ("no gap rule: held until a person decides", "gap_rule", LEFT_OUT),
        ("another order", "steps", ["price", "floor", "cap"]),
        ("another true-up", "true_up.ignore_below", "1.00"),
        ("another cadence", "reporting_cadence", "once_per_period"),
    ],
)
def test_other_terms_have_another_digest(case, path, value):
    assert read(changed(full_terms(), path, value)).digest() != read(full_terms()).digest(), case


def test_the_digest_never_changes_by_itself():
    """A later version must give these terms this digest: it is printed on invoices."""
    assert read(full_terms()).digest() == "sha256:6097e9c7b5f44cd5739305b0d9e5685568d7e01494a914eb1d19e7810bca1b36"


def test_the_digest_is_made_from_terms_that_can_be_read():
    for document in (full_terms(), plain_terms(floor={"minimum_users": 400}), plain_terms(included=5)):
        shortest = read(document).shortest_form()
        assert read(shortest) == read(document)
        assert read(shortest).shortest_form() == shortest


def test_a_floor_over_one_price_need_not_say_how_a_shortfall_is_priced():
    said = read(plain_terms(floor={"minimum_users": 400, "shortfall_priced_by": "tiers"}))
    unsaid = read(plain_terms(floor={"minimum_users": 400}))
    assert unsaid == said
    assert unsaid.digest() == said.digest()


def test_the_order_of_names_changes_nothing():
    charge = {"metric": "active", "price": {"model": "per_user", "unit_price": "1.00"}}
    one = changed(full_terms(), "charges", {"a": charge, "b": charge})
    other = changed(full_terms(), "charges", {"b": charge, "a": charge})
    assert list(read(one).charges) == list(read(other).charges) == ["a", "b"]
    assert read(one).digest() == read(other).digest()


def test_charges_whose_metrics_count_the_same_share_the_count():
    document = full_terms()
    document["metrics"]["again"] = {"kind": "active_users", "definition": {"actions": ["login"], "min_days": 1}}
    document["metrics"]["stricter"] = {"kind": "active_users", "definition": {"actions": ["login"], "min_days": 2}}
    metrics = read(document).metrics
    assert metrics["active"].digest() == metrics["again"].digest() != metrics["stricter"].digest()


def test_the_terms_in_sentences():
    assert read(full_terms()).sentences() == [
        "Each calendar month is billed after it has ended, by the days of Europe/Berlin; "
        "the term is 1 Jan to 31 Dec 2026.",
        read(full_terms()).metrics["active"].words(),
        "The price is graduated, each user costs the price of their tier: users 1 to 500 cost EUR 29.00 each; "
        "users from 501 on cost EUR 25.00 each; user number 500 is the last one in the first tier.",
        "At least 400 users are billed each month; users that are missing to it cost the price of the tiers in which "
        "they would have been counted.",
        "No month costs more than EUR 50,000.00 before tax.",
        "Every line is rounded half up to 2 decimals of EUR.",
        "A usage file of which more than 50 % of the rows cannot be counted is refused as a whole; rows behind which "
        "nobody stands are left out of this share.",
        "A missing day holds the period; it is never read as zero. 10 days after its end the period is billed with the "
        "days that are known.",
        "Usage that arrives after a period was billed is settled as one difference on the next invoice.",
        "A change of price or limits begins with the next cycle.",
        "Tax of 19 % is added to the total, rounded half up once per rate.",
    ]


@pytest.mark.parametrize(
    ("case", "path", "value", "sentence"),
    [
        ("a price of missing users", "charges.seats.floor.shortfall_priced_by", "20",
         "At least 400 users are billed each month; a user that is missing to it costs EUR 20.00."),
        ("a floor in money", "charges.seats.floor", {"minimum_amount": "9000.00"},
         "At least EUR 9,000.00 before tax is billed each month."),
        ("yen", "currency", "JPY", "Every line is rounded half up to whole JPY."),
        ("reverse charge", "tax", {"category": "AE", "rate": "0"},
         "No tax is added: reverse charge: the customer owes the tax (category AE)."),
        ("a tax by rule", "tax", {"decided_by": "rule", "band": "reduced"},
         "Tax is decided for each invoice from the countries of seller and customer and the customer's VAT number, "
         "at the reduced rate in force on the last day of what is billed; it is rounded half up once per rate."),
        ("a tolerance", "true_up.ignore_below", "50",
         "Usage that arrives after a period was billed is settled as one difference on the next invoice; "
         "a difference below EUR 50.00 is not settled."),
        ("no end of holding", "gap_rule", {"rule": "hold"},
         "A missing day holds the period; it is never read as zero. A person decides when it goes on."),
        ("billing what is known", "gap_rule", {"rule": "bill_known"},
         "Where days are missing, the days that are known are billed; what arrives later is settled."),
        ("the month before", "gap_rule", {"rule": "prior_period"},
         "Where days are missing, at least the users of the period before are billed: what is missing to them is an "
         "estimate on a line of its own, which is settled when the days arrive."),
        ("the peak after a hold", "gap_rule", {"hold_at_most_days": 5, "then": "prior_peak"},
         "A missing day holds the period; it is never read as zero. 5 days after its end at least the users of the "
         "highest earlier period of the term are billed: what is missing to them is an estimate on a line of its own, "
         "which is settled when the days arrive."),
        ("a hold of a day", "gap_rule", {"hold_at_most_days": 1, "then": "bill_known"},
         "A missing day holds the period; it is never read as zero. 1 day after its end the period is billed with the "
         "days that are known."),
        ("one report a month", "reporting_cadence", "once_per_period",
         "One report for each month is agreed: an instance that reported any day of it has reported."),
        ("a stricter limit", "quarantine_limit", "0.005",
         "A usage file of which more than 0.5 % of the rows cannot be counted is refused as a whole; rows behind which "
         "nobody stands are left out of this share."),
        ("a part month", "term.start", "2026-01-15",
         "A part of a month at the start or the end of the term has the whole of these numbers."),
        ("an anniversary", "cycle.anchor", "2026-01-15",
         "Each month from the 15th is billed after it has ended, by the days of Europe/Berlin; "
         "the term is 1 Jan to 31 Dec 2026."),
    ],
)  # fmt: skip
def test_single_sentences(case, path, value, sentence):
    document = changed(full_terms(), path, value)
    if case == "yen":
        document["charges"]["seats"]["cap"] = {"amount": "50000"}
    assert sentence in read(document).sentences(), case


def test_included_users_and_several_charges_are_said():
    document = plain_terms(included=10)
    document["charges"]["editors"] = {"metric": "active", "price": {"model": "per_user", "unit_price": "5"}}
    sentences = read(document).sentences()
    assert "editors: Each active user costs EUR 5.00." in sentences
    assert (
        "seats: The first 10 users of each month are included; the price counts from the user after that." in sentences
    )


REPORTED = {"kind": "reported_users", "calculation": "max"}


def test_disclosure_and_grace_have_a_default_that_no_digest_sees() -> None:
    plain = read(full_terms())
    assert (plain.disclosure, plain.grace_days) == ("rows", 30)
    assert read({**full_terms(), "disclosure": "rows", "grace_days": 30}).digest() == plain.digest()
    reported = dict.fromkeys(full_terms()["metrics"], REPORTED)
    plain = read({**full_terms(), "metrics": reported})
    other = read({**full_terms(), "metrics": reported, "disclosure": "totals", "grace_days": 60})
    assert other.digest() != plain.digest()
    assert [said for said in other.sentences() if said not in plain.sentences()] == [
        "A signed report discloses totals alone; the rows of who was active stay with the customer.",
        "An instance goes on for 60 days after its licence has ended.",
    ]
    with pytest.raises(TermsRefused, match="must be at most 3,660 days, not 4,000"):
        read({**full_terms(), "grace_days": 4000})
