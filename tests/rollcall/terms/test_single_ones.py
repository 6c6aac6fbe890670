"""A rule over periods makes one number, of which no person and no event is known: what looks at them is refused."""

from __future__ import annotations

from typing import Any

import pytest

from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.terms.documents import plain_terms

ALLOWANCE = {"rule": "allowance_of_periods", "periods": 3, "quantity": 100}
OF_EVENTS = {"model": "percentage", "percent": "2", "per_event": "0.10"}
OF_EACH = {"amount": "40.00", "reading": "each_person"}


def paid(**charge: Any) -> dict[str, Any]:
    """Terms of euros that people pay, 100 of them free in three months."""
    document = plain_terms(**{key: value for key, value in charge.items() if key != "price"})
    document["charges"]["seats"] |= charge
    definition = document["metrics"]["active"]["definition"]
    euros = {"kind": "action_quantity", "definition": definition, "measure": "sum", "unit": "euro"}
    document["metrics"] = {"people": document["metrics"]["active"], "active": euros | {"over_periods": ALLOWANCE}}
    document.pop("steps", None)
    return document


@pytest.mark.parametrize(
    ("case", "charge", "place", "sentence"),
    [
        ("which of 100 and 50 is free in part, nobody can say", {"price": OF_EVENTS}, "price", "no single event"),
        ("whose 60 were free, nobody can say", {"per_user_cap": OF_EACH}, "per_user_cap", "no single person"),
    ],
)
def test_what_looks_at_single_ones_is_refused(case: str, charge: dict[str, Any], place: str, sentence: str) -> None:
    document = paid(**charge)
    with pytest.raises(TermsRefused, match=sentence) as refused:
        ContractTerms.from_json(document)
    assert refused.value.path == f"charges.seats.{place}", case
    del document["metrics"]["active"]["over_periods"]
    assert ContractTerms.from_json(document).charges, case


def test_so_it_is_in_a_phase() -> None:
    document = paid() | {"phases": [{"from": "2026-03-01", "charges": {"seats": {"per_user_cap": OF_EACH}}}]}
    document["steps"] = ["included", "price", "per_user_cap", "floor", "cap", "discount", "credits"]
    with pytest.raises(TermsRefused, match="no single person"):
        ContractTerms.from_json(document)


@pytest.mark.parametrize(
    "charge",
    [
        {"price": {"model": "percentage", "percent": "2"}},
        {"per_user_cap": {"amount": "40.00", "reading": "pooled", "of": "people"}},
    ],
)
def test_what_sees_the_sum_alone_goes_on(charge: dict[str, Any]) -> None:
    assert ContractTerms.from_json(paid(**charge)).charges
