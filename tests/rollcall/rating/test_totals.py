"""Totals of a document after EN 16931, and the settlement of a period that was rated again."""

from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.money import NotAnAmount
from rollcall.period import Period
from rollcall.rating import (
    NotComparable,
    PeriodUsage,
    TaxedAmount,
    TaxTotal,
    TermUsage,
    rate_term,
    settle,
    total,
)
from rollcall.terms.contract import ContractTerms
from tests.rollcall.terms.documents import full_terms, plain_terms

D = Decimal


def lines(*rows):
    return [TaxedAmount(amount=D(amount), category=category, rate=D(rate)) for amount, category, rate in rows]


@pytest.mark.parametrize(
    ("case", "currency", "rows", "net", "taxes", "gross"),
    [
        ("the founding invoice", "EUR", [("9280.00", "S", "19"), ("2320.00", "S", "19")],
         "11600.00", [("S", "19", "11600.00", "2204.00")], "13804.00"),
        ("tax is rounded once per rate, not per line", "EUR", [("0.03", "S", "19")] * 3,
         "0.09", [("S", "19", "0.09", "0.02")], "0.11"),
        ("half a cent of tax goes up", "EUR", [("0.50", "S", "5")], "0.50", [("S", "5", "0.50", "0.03")], "0.53"),
        ("also below zero", "EUR", [("-0.50", "S", "5")], "-0.50", [("S", "5", "-0.50", "-0.03")], "-0.53"),
        ("a rate with decimals", "USD", [("100.00", "S", "8.875")],
         "100.00", [("S", "8.875", "100.00", "8.88")], "108.88"),
        ("two rates, each on its own base", "EUR", [("9.99", "S", "21"), ("9.97", "S", "7"), ("1.00", "S", "21.0")],
         "20.96", [("S", "7", "9.97", "0.70"), ("S", "21", "10.99", "2.31")], "23.97"),
        ("reverse charge", "EUR", [("100.00", "AE", "0")], "100.00", [("AE", "0", "100.00", "0.00")], "100.00"),
        ("yen", "JPY", [("1005", "S", "10")], "1005", [("S", "10", "1005", "101")], "1106"),
        ("nothing", "EUR", [], "0.00", [], "0.00"),
    ],
)  # fmt: skip
def test_totals(case, currency, rows, net, taxes, gross):
    with localcontext() as careless:
        careless.prec = 2
        totals = total(amounts=lines(*rows), currency=currency)
    assert (str(totals.net), str(totals.gross)) == (net, gross), case
    assert [(t.category, str(t.rate), str(t.base), str(t.tax)) for t in totals.taxes] == taxes
    assert totals.tax == totals.gross - totals.net


def test_a_line_that_is_not_rounded_is_no_line_of_a_document():
    with pytest.raises(NotAnAmount, match="round lines before"):
        total(amounts=lines(("1.005", "S", "19")), currency="EUR")


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.sampled_from(["7", "19"])), max_size=30))
def test_the_sums_of_a_document_agree(rows):
    totals = total(amounts=lines(*((D(cents).scaleb(-2), "S", rate) for cents, rate in rows)), currency="EUR")
    assert totals.net == sum(D(cents).scaleb(-2) for cents, _ in rows) == sum(tax.base for tax in totals.taxes)
    assert totals.gross == totals.net + sum(tax.tax for tax in totals.taxes)
    for tax in totals.taxes:
        assert isinstance(tax, TaxTotal)
        assert abs(tax.base * tax.rate / 100 - tax.tax) <= D("0.005")


def rating(users, document=None, month=9):
    period = Period(date(2026, month, 1), date(2026, month + 1, 1))
    usage = TermUsage(periods=(PeriodUsage(period=period, quantities={"active": {"users": users}}),))
    return rate_term(terms=ContractTerms.from_json(document or full_terms()), usage=usage).periods[0]


@pytest.mark.parametrize(
    ("case", "before", "after", "owed", "words"),
    [
        ("31 more users above the floor", 420, 451, "899.00",
         "1 to 30 Sep 2026 was billed at EUR 12,180.00 and is rated again at EUR 13,079.00: EUR 899.00 more."),
        ("fewer users", 451, 420, "-899.00",
         "1 to 30 Sep 2026 was billed at EUR 13,079.00 and is rated again at EUR 12,180.00: EUR 899.00 less."),
        ("31 more users below the floor change nothing", 320, 351, "0.00",
         "1 to 30 Sep 2026 was billed at EUR 11,600.00 and is rated again at EUR 11,600.00: nothing to settle."),
        ("over the edge of the floor only what is above it", 390, 410, "290.00",
         "1 to 30 Sep 2026 was billed at EUR 11,600.00 and is rated again at EUR 11,890.00: EUR 290.00 more."),
    ],
)  # fmt: skip
def test_a_period_that_was_rated_again_is_settled_as_one_difference(case, before, after, owed, words):
    settlement = settle(before=rating(before), after=rating(after))
    assert (str(settlement.difference_amount), settlement.words) == (owed, words), case
    assert settlement.after_amount - settlement.before_amount == settlement.difference_amount


def test_only_two_ratings_of_one_period_and_currency_are_settled():
    with pytest.raises(NotComparable, match="not two ratings of the same period"):
        settle(before=rating(320, month=8), after=rating(320))
    with pytest.raises(NotComparable, match="in USD"):
        settle(before=rating(320), after=rating(320, {**plain_terms(), "currency": "USD"}))


@pytest.mark.parametrize(
    ("ignore_below", "owed", "ignored"),
    [("0.00", "0.00", True), ("0.00", "0.01", False), ("50.00", "49.99", True), ("50.00", "-49.99", True),
     ("50.00", "50.00", False), ("50.00", "-50.00", False)],
)  # fmt: skip
def test_small_differences_are_ignored_in_both_directions(ignore_below, owed, ignored):
    terms = ContractTerms.from_json({**full_terms(), "true_up": {"ignore_below": ignore_below}})
    assert terms.true_up.ignores(D(owed)) is ignored
