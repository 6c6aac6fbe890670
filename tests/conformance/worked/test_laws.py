"""What holds for every bill, held for those of all worked cases and of all examples of templates."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from rollcall.money import round_fraction
from rollcall.rating import Rating, TermRating, explain
from rollcall.terms.contract import ContractTerms
from rollcall.terms.templates import all_templates, merged, with_switches
from tests.conformance.worked.answers import rate
from tests.conformance.worked.cases import all_cases


def asked() -> Iterator[Any]:
    """Yield what is rated: terms, amendments and usage, under a name."""
    for case in all_cases():
        for number, rated in enumerate(case.asks.get("rate", []), start=1):
            yield pytest.param(rated, id=f"{case.id} {number}")
    for found in all_templates():
        for example in found.examples:
            if example.usage is not None:
                terms = merged(with_switches(found, example.switches), example.merge)
                yield pytest.param({"terms": terms, "usage": example.usage}, id=f"{found.name}: {example.title}")


ASKED = list(asked())


@pytest.mark.parametrize("question", ASKED)
def test_lines_multiply_out_and_add_up(question):
    _, rated = rate(question)
    for period in rated.periods:
        for line in period.lines:
            assert line.unit_price >= 0, line.key
            exact = Fraction(line.quantity) * Fraction(line.unit_price) * line.share
            assert line.amount == round_fraction(exact, rated.currency), line.key
            assert ("rounded" in line.words) >= (Fraction(line.amount) != exact), line.words
        assert sum(line.amount for line in period.lines) == period.net_amount
        keys = [line.key for line in period.lines]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("question", ASKED)
def test_the_working_ends_with_the_net_amount_and_says_every_step(question):
    _, rated = rate(question)
    for period in rated.periods:
        told = explain(period)
        assert told[-1]["sum"] == str(period.net_amount)
        assert all(entry["words"].endswith((".", ")")) and entry["arithmetic"] for entry in told)


@pytest.mark.parametrize("question", ASKED)
def test_rating_again_gives_the_same_and_what_is_stored_is_read_again(question):
    terms, rated = rate(question)
    assert rate(question)[1].digest() == rated.digest()
    assert ContractTerms.from_json(terms.to_json()) == terms
    for period in rated.periods:
        stored = Rating.from_json(period.to_json(), currency=rated.currency)
        assert (stored.lines, stored.credits) == (period.lines, period.credits)


@pytest.mark.parametrize("question", ASKED)
def test_no_period_costs_less_than_nothing(question):
    _, rated = rate(question)
    assert all(period.net_amount >= 0 for period in rated.periods)
    assert isinstance(rated, TermRating)
