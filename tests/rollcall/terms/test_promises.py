"""Floors and commitments that no bill could meet under their cap are refused; what might be met is not."""

from typing import Any

import pytest

from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.rollcall.terms.documents import plain_terms

QUARTER = {"start": "2026-01-01", "end": "2026-04-01"}
BILLED = {"overage": {"factor": "1"}, "shortfall": "billed_at_end"}
DISCOUNTED = ["included", "price", "commitment", "discount", "floor", "cap", "credits"]
HALF = [{"name": "half", "percent": "50"}]
TERM = {"per": "term"}


def amount(text: str, **more: str) -> dict[str, Any]:
    return {"amount": text, **more}


def agreed(*, limits: dict[str, Any] | None = None, term: Any = None, **charge: Any) -> dict[str, Any]:
    """Terms of a quarter at 10.00 for each active user."""
    document = plain_terms(price="10.00", **charge) | {"term": term or QUARTER}
    del document["steps"]
    return document | ({"limits": limits} if limits else {})


@pytest.mark.parametrize(
    ("case", "document", "path", "sentence"),
    [
        ("three months of 20.00 never come to 2,000.00",
         agreed(commitment=amount("2000.00") | TERM | BILLED, cap=amount("20.00")), "charges.seats.commitment",
         "over the term the commitment asks for at least EUR 2,000.00 and the cap allows EUR 60.00"),
        ("three months of at least 500.00 are more than 600.00",
         agreed(commitment=amount("500.00") | BILLED, cap=amount("600.00") | TERM), "charges.seats.commitment",
         "over the term the commitment asks for at least EUR 1,500.00 and the cap allows EUR 600.00"),
        ("100 users at 10.00 cost 1,000.00",
         agreed(commitment={"quantity": 100} | BILLED, cap=amount("500.00")), "charges.seats.commitment",
         "asks for at least EUR 3,000.00 and the cap allows EUR 1,500.00"),
        ("300 users of the term cost 3,000.00",
         agreed(commitment={"quantity": 300} | TERM | BILLED, cap=amount("2999.99") | TERM), "charges.seats.commitment",
         "asks for at least EUR 3,000.00 and the cap allows EUR 2,999.99"),
        ("half a January has half of the cap, and all of the commitment",
         agreed(term={"start": "2026-01-17", "end": "2026-04-01"}, commitment=amount("500.00") | BILLED,
                cap=amount("700.00", in_part_periods="reduced")), "charges.seats.commitment",
         "in 17 to 31 Jan 2026 the commitment asks for at least EUR 500.00 and the cap allows EUR 338.71"),
        ("a charge of at least 500.00 under a contract of at most 100.00",
         agreed(floor={"minimum_amount": "500.00"}, limits={"cap": amount("100.00")}), "limits.cap",
         "the charges ask for at least EUR 1,500.00 and the cap allows EUR 300.00"),
        ("a floor of the term under a cap of the contract's months",
         agreed(floor={"minimum_amount": "500.00"} | TERM, limits={"cap": amount("100.00")}), "limits.cap",
         "over the term the charges ask for at least EUR 500.00 and the cap allows EUR 300.00"),
        ("twenty users at least, under a contract of 199.99",
         agreed(floor={"minimum_users": 20}, limits={"cap": amount("199.99")}), "limits.cap",
         "the charges ask for at least EUR 600.00 and the cap allows EUR 599.97"),
        ("a commitment of the contract under its own cap",
         agreed(limits={"commitment": amount("400.00") | TERM | BILLED, "cap": amount("100.00")}), "limits.commitment",
         "over the term the commitment asks for at least EUR 400.00 and the cap allows EUR 300.00"),
    ],
)  # fmt: skip
def test_what_can_never_be_met_is_refused(case: str, document: dict[str, Any], path: str, sentence: str) -> None:
    with pytest.raises(TermsRefused) as refused:
        ContractTerms.from_json(document)
    assert refused.value.path == path, case
    assert sentence in refused.value.sentence, case
    assert refused.value.sentence.endswith("what is asked for cannot be above the cap.")


@pytest.mark.parametrize(
    ("case", "document"),
    [
        ("exactly the cap", agreed(commitment=amount("60.00") | TERM | BILLED, cap=amount("20.00"))),
        ("what is missing is not billed",
         agreed(commitment=amount("2000.00") | TERM | BILLED | {"shortfall": "none"}, cap=amount("20.00"))),
        ("missing users at 5.00 come to 500.00",
         agreed(commitment={"quantity": 100, "shortfall_priced_by": "5.00"} | BILLED, cap=amount("500.00"))),
        ("half of the price of 100 users is 500.00",
         agreed(commitment={"quantity": 100} | BILLED, cap=amount("500.00"), discounts=HALF) | {"steps": DISCOUNTED}),
        ("a discount of the contract comes before its cap",
         agreed(floor={"minimum_amount": "100.00"}, limits={"cap": amount("50.00"), "discounts": HALF})),
        ("in half a January twenty users cost 96.77, and the contract allows 145.16",
         agreed(term={"start": "2026-01-17", "end": "2026-04-01"}, floor={"minimum_users": 20},
                in_part_periods="reduced", limits={"cap": amount("300.00", in_part_periods="reduced")})),
        ("credit pays a part of the charge",
         agreed(floor={"minimum_amount": "100.00"}, limits={"cap": amount("50.00")},
                credits=[{"name": "c", "amount": "50.00", "granted": "each_cycle", "expires": "cycle"}])),
    ],
)  # fmt: skip
def test_what_might_be_met_is_read(case: str, document: dict[str, Any]) -> None:
    assert ContractTerms.from_json(document), case


def test_of_a_group_of_which_the_greatest_is_billed_one_charge_is_certain() -> None:
    document = agreed(floor={"minimum_amount": "80.00"}, limits={"cap": amount("100.00")})
    document["charges"]["more"] = document["charges"]["seats"]
    with pytest.raises(TermsRefused, match=r"ask for at least EUR 480\.00 and the cap allows EUR 300\.00"):
        ContractTerms.from_json(document)
    document["limits"]["greater_of"] = [["more", "seats"]]
    assert ContractTerms.from_json(document)


def test_an_increase_is_owed_for_the_periods_that_the_term_has() -> None:
    document = agreed()
    rule = {"rule": "increase_over_bought", "bought": 100, "billed_for": "remaining_periods", "periods": 12}
    document["metrics"]["active"]["over_periods"] = rule
    with pytest.raises(TermsRefused, match="periods of the whole term, which has 3, not 12") as refused:
        ContractTerms.from_json(document)
    assert refused.value.path == "metrics.active.over_periods.periods"
    rule["periods"] = 3
    assert ContractTerms.from_json(document)
