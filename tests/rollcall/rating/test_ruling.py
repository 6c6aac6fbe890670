"""Which versions a document has to tell: those by which its periods are rated, each with its days."""

from datetime import date
from typing import Any

from rollcall.period import Period
from rollcall.rating.ruling import needs_telling, ruling_versions
from rollcall.rating.versions import Amendment
from rollcall.terms.contract import ContractTerms
from tests.rollcall.rating.test_versions import fixed

MARCH, APRIL, MAY = (Period(date(2024, month, 1), date(2024, month + 1, 1)) for month in (3, 4, 5))


def version(number: int, day: str, document: dict[str, Any]) -> Amendment:
    terms = ContractTerms.from_json(document)
    return Amendment(start=date.fromisoformat(day), terms=terms, name=f"version {number}")


FIRST, SECOND = version(1, "2024-01-01", fixed("100.00")), version(2, "2024-04-11", fixed("130.00"))


def test_each_version_of_an_amended_month_has_its_days() -> None:
    rulings = ruling_versions([((FIRST, SECOND), APRIL)])
    assert [(one.name, one.span) for one in rulings] == [
        ("version 1", Period(date(2024, 4, 1), date(2024, 4, 11))),
        ("version 2", Period(date(2024, 4, 11), date(2024, 5, 1))),
    ]
    assert needs_telling(rulings, FIRST.terms)


def test_a_month_in_advance_is_told_with_the_month_before_it() -> None:
    """The document bills the use of April and the fee of May: version 2 stands from 11 April to the end of May."""
    rulings = ruling_versions([((FIRST, SECOND), APRIL), ((FIRST, SECOND), MAY), ((FIRST, SECOND), APRIL)])
    assert [(one.name, one.span.start, one.span.end) for one in rulings] == [
        ("version 1", date(2024, 4, 1), date(2024, 4, 11)),
        ("version 2", date(2024, 4, 11), date(2024, 6, 1)),
    ]


def test_terms_alone_need_no_telling_and_those_of_a_whole_cycle_do() -> None:
    assert not needs_telling(ruling_versions([((FIRST, SECOND), MARCH)]), FIRST.terms)
    whole = version(1, "2024-01-01", fixed("100.00", mid_cycle="whole_cycle"))
    (ruling,) = ruling_versions([((whole, SECOND), APRIL)])
    assert (ruling.name, ruling.span) == ("version 2", APRIL)
    assert needs_telling([ruling], whole.terms)


def test_the_phases_of_a_version_are_told_by_its_own_sentences() -> None:
    plan = {"price": {"model": "fixed", "amount": "90.00"}}
    ramp = version(1, "2024-01-01", fixed("100.00", phases=[{"from": "2024-04-16", "charges": {"plan": plan}}]))
    (ruling,) = ruling_versions([((ramp,), APRIL)])
    assert (ruling.name, ruling.span) == ("version 1", APRIL)
    assert not needs_telling([ruling], ramp.terms)
