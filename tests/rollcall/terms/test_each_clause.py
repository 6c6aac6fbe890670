"""Terms with several faults: each clause says its own, once, and none is invented."""

from typing import Any

import pytest

from rollcall.terms.contract import ContractTerms
from rollcall.terms.each_clause import refused_beside
from rollcall.terms.fields import TermsRefused
from tests.rollcall.terms.documents import LEFT_OUT, changed, full_terms


def refusals(terms: dict[str, Any]) -> list[str]:
    """The paths of all that is told of these terms, the first refusal first."""
    with pytest.raises(TermsRefused) as caught:
        ContractTerms.from_json(terms)
    return [caught.value.path, *(one.path for one in refused_beside(terms, caught.value))]


def with_faults(**faults: Any) -> dict[str, Any]:
    terms = full_terms()
    for path, value in faults.items():
        terms = changed(terms, path.replace("__", "."), value)
    return terms


def test_every_clause_says_its_own_fault_at_once() -> None:
    terms = with_faults(
        term__end="2026-01-01",
        cycle__unit="fortnight",
        metrics__active__calculation="unik",
        charges__seats__floor__per="week",
        gap_rule__then="zerro",
        true_up__ignore_below="0.001",
        mid_cycle="now",
        tax__rate=LEFT_OUT,
    )
    terms["charges"]["support"] = {"bill": "in_advance", "price": {"model": "fixed", "amount": 12}}

    assert refusals(terms) == [
        "term",
        "cycle.unit",
        "metrics.active.calculation",
        "charges.seats.floor.per",
        "charges.support.price.amount",
        "true_up.ignore_below",
        "gap_rule.then",
        "mid_cycle",
        "tax.rate",
    ]


def test_what_rests_on_a_clause_that_is_refused_is_not_called_wrong_for_it() -> None:
    assert refusals(with_faults(currency="EURO", timezone="Berlin", tax__category="X")) == [
        "currency", "timezone", "tax.category",
    ]  # fmt: skip
    assert refusals(with_faults(charges={}, tax__rate="-1")) == ["charges", "tax.rate"]


def test_a_contradiction_between_clauses_is_told_by_itself() -> None:
    terms = with_faults(charges__seats__cap={"amount": "1.00", "per": "cycle"})
    assert len(refusals(terms)) == 1
    assert refused_beside([], TermsRefused("", "must be an object")) == []
