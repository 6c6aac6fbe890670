"""The curve of what terms cost is of any period: what lowers a single one is left out of it, and said."""

from typing import Any

from billing.cost_curves import DrawnCurve, curve_of
from rollcall.terms.contract import ContractTerms
from tests.billing.story import per_user, terms_json

SUPPORT = {"support": {"price": {"model": "fixed", "amount": "750.00"}, "in_part_periods": "whole"}}
WELCOME = {"name": "welcome", "amount": "600.00", "granted": "once", "on": "2026-01-01", "expires": "term"}
EACH_MONTH = {"name": "pilot", "amount": "100.00", "granted": "each_cycle", "expires": "cycle"}


def curve(*, credits: list[dict[str, Any]], of_seats: list[dict[str, Any]] | None = None) -> DrawnCurve:
    """Users at 29.00 and 750.00 of support, together at most 2,000.00 a month, with these credits."""
    limits = {"cap": {"amount": "2000.00", "per": "cycle"}, "credits": credits}
    charges = per_user("29.00", **({"credits": of_seats} if of_seats else {})) | SUPPORT
    found = curve_of(terms=ContractTerms.from_json(terms_json(charges=charges, limits=limits)), accounts=200)
    assert found is not None
    return found


def test_a_credit_that_is_granted_once_is_not_in_the_cost_of_a_month() -> None:
    drawn = curve(credits=[WELCOME])
    assert drawn.message == "750.00 EUR without any user, 2,000.00 EUR with 200."
    assert drawn.left_out_words == ("without the credit welcome of 600.00 EUR, which is not granted in every period")
    assert "0 users cost 750.00 EUR" in drawn.summary


def test_a_credit_of_each_month_stays_in_it() -> None:
    drawn = curve(credits=[EACH_MONTH])
    assert drawn.message == "650.00 EUR without any user, 1,900.00 EUR with 200."
    assert drawn.left_out_words == ""


def test_credits_of_charges_and_of_the_term_are_left_out_and_named() -> None:
    of_term = WELCOME | {"name": "start", "amount": "50.00", "granted": "each_term"}
    drawn = curve(credits=[WELCOME, EACH_MONTH], of_seats=[{key: of_term[key] for key in of_term if key != "on"}])
    assert drawn.message == "650.00 EUR without any user, 1,900.00 EUR with 200."
    assert drawn.left_out_words == (
        "without the credits welcome of 600.00 EUR and start of 50.00 EUR, which are not granted in every period"
    )
