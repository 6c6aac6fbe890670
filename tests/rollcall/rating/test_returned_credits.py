"""Credit that is granted anew: a fact of the usage, on a day, in one pool."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from rollcall.rating import TermUsage, rate_term
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused

CREDIT = {"name": "monthly", "amount": "50.00", "granted": "each_cycle", "expires": "cycle"}


def terms(**credit: Any) -> ContractTerms:
    return ContractTerms.from_json(
        {
            "currency": "EUR",
            "timezone": "UTC",
            "term": {"start": "2026-01-01", "end": "2026-04-01"},
            "cycle": {"unit": "month", "anchor": "2026-01-01"},
            "metrics": {"active": {"kind": "active_users", "definition": {"actions": ["*"]}}},
            "charges": {
                "seats": {
                    "metric": "active",
                    "price": {"model": "per_user", "unit_price": "1.00"},
                    "credits": [{**CREDIT, **credit}],
                }
            },
            "tax": {"category": "S", "rate": "19"},
        }
    )


def usage(*returned: dict[str, str]) -> dict[str, Any]:
    months = ("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01")
    periods = [{"start": start, "end": end, "quantities": {"active": {"users": 80}}} for start, end in pairwise(months)]
    return {"periods": periods, **({"returned_credits": list(returned)} if returned else {})}


ANEW = {"pool": "seats", "name": "monthly", "on": "2026-02-01", "amount": "20.00"}


def test_it_pays_in_its_period_and_ends_as_a_grant_of_that_day_would() -> None:
    rated = rate_term(terms=terms(), usage=TermUsage.from_json(usage(ANEW)))
    assert [one.net_amount for one in rated.periods] == [Decimal("30.00"), Decimal("10.00"), Decimal("30.00")]
    granted = [(entry.kind, entry.amount) for entry in rated.periods[1].credits if entry.kind == "grant"]
    assert granted == [("grant", Decimal("50.00")), ("grant", Decimal("20.00"))]

    over = rate_term(terms=terms(), usage=TermUsage.from_json(usage({**ANEW, "amount": "45.00"})))
    left = [entry.amount for entry in over.periods[1].credits if entry.kind == "expire"]
    assert (over.periods[1].net_amount, left) == (Decimal("0.00"), [Decimal("15.00")])


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"on": "2026-04-01"}, "returned_credits"),
        ({"amount": "0.00"}, "returned_credits[0].amount"),
        ({"reason": "none"}, "returned_credits[0].reason"),
    ],
)
def test_what_cannot_be_meant_is_refused(changed: dict[str, str], place: str) -> None:
    with pytest.raises(TermsRefused) as refused:
        TermUsage.from_json(usage({**ANEW, **changed}))
    assert refused.value.path == place


def test_terms_say_what_becomes_of_it_and_their_digest_is_as_before_where_they_do_not() -> None:
    assert terms().digest() == terms(when_returned="expired").digest()
    anew = terms(when_returned="granted_anew")
    assert anew.digest() != terms().digest()
    assert ContractTerms.from_json(anew.to_json()) == anew
    sentence = next(sentence for sentence in anew.sentences() if "Credit monthly" in sentence)
    assert "what a correction gives back after that is granted anew in the next month that is billed" in sentence


def test_credit_that_pays_with_tax_is_not_granted_anew() -> None:
    document = terms().to_json()
    document["charges"]["seats"]["credits"] = []
    document["limits"] = {"credits": [{**CREDIT, "applies": "after_tax", "when_returned": "granted_anew"}]}
    with pytest.raises(TermsRefused, match="pays the amount with tax"):
        ContractTerms.from_json(document)
