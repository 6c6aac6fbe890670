"""Terms of the tests, as JSON documents that a case changes in one place."""

from copy import deepcopy
from typing import Any

_TERMS: dict[str, Any] = {
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "term": {"start": "2026-01-01", "end": "2027-01-01"},
    "cycle": {"unit": "month", "anchor": "2026-01-01"},
    "metrics": {"active": {"kind": "active_users", "definition": {"actions": ["login"]}, "calculation": "unique"}},
    "charges": {
        "seats": {
            "metric": "active",
            "bill": "in_arrears",
            "included": 0,
            "price": {
                "model": "graduated",
                "bound": "inclusive",
                "tiers": [{"up_to": 500, "unit_price": "29.00"}, {"up_to": None, "unit_price": "25.00"}],
            },
            "floor": {"minimum_users": 400, "per": "cycle", "shortfall_priced_by": "tiers"},
            "cap": {"amount": "50000.00", "per": "cycle"},
        }
    },
    "steps": ["included", "price", "discount", "floor", "cap", "credits"],
    "gap_rule": {"rule": "hold", "hold_at_most_days": 10, "then": "bill_known"},
    "reporting_cadence": "daily",
    "mid_cycle": "next_cycle",
    "day_count": "real_days",
    "true_up": {"ignore_below": "0.00", "settle": "next_invoice"},
    "tax": {"category": "S", "rate": "19"},
}

LEFT_OUT = object()


def full_terms() -> dict[str, Any]:
    """Return the terms of SHAPES.md, every key written."""
    return deepcopy(_TERMS)


def plain_terms(*, price: str = "29.00", **charge: Any) -> dict[str, Any]:
    """Return terms of one charge per user, with no limit but what is given."""
    document = full_terms()
    document["charges"] = {"seats": {"metric": "active", "price": {"model": "per_user", "unit_price": price}, **charge}}
    return document


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy in which the value at "charges.seats.price" is another one, or LEFT_OUT."""
    copy = deepcopy(document)
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = copy
    for step in parents:
        place = place[step]
    if value is LEFT_OUT:
        del place[last]
    else:
        place[last] = value
    return copy
