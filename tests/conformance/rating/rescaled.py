"""The cases under other names, prices and bounds, and what they come to in plain Fractions, without the product."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.rollcall.terms.prices import oracle

Fields = Mapping[str, Any]

PRICES = {"unit_amount", "flat_amount", "amount", "package_amount", "fixed_per_event", "rate_percent"}
PRICES |= {"per_event_min", "per_event_max"}
BOUNDS = {"first", "last", "package_size", "included", "free_amount"}
QUANTITIES = {"units", "peaks", "events", "total", "running_total"}


def rescaled(case: Fields, *, number: int, price: int, bound: int) -> dict[str, Any]:
    """Return a case with another name, prices times one number, bounds and quantities times another; no expectation."""
    # Only the number of packages is asked for where they have no price; so that prices scale they have one.
    priced = {"package_amount": "1", **case["terms"]} if case["kind"] == "package" else case["terms"]
    terms = _scaled(priced, {**dict.fromkeys(PRICES, price), **dict.fromkeys(BOUNDS, bound)}, bound)
    usage = _scaled(case["usage"], dict.fromkeys(QUANTITIES, bound), bound)
    return {"id": f"case-{number}", "source": "", "kind": case["kind"], "terms": terms, "usage": usage, "expected": {}}


def _scaled(value: Any, factors: Mapping[str, int], bound: int, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {
            name: _scaled(inner, factors, bound, name if key not in factors else key) for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_scaled(inner, factors, bound, key) for inner in value]
    factor = bound if key.endswith("_max") and key not in factors else factors.get(key)
    return value if factor is None or value is None else decimal_text(Fraction(value) * factor)


def decimal_text(number: Fraction) -> str:
    """Write a number whose decimals end."""
    if number < 0:
        return f"-{decimal_text(-number)}"
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
    digits = str(int(number * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def amount_of(case: Fields) -> Fraction:
    """Return what a case of a price comes to, from its neutral fields alone."""
    terms, usage = case["terms"], case["usage"]
    due = terms.get("zero_usage_bills_first_flat") is True
    exclusive = "exclusive" in terms.get("boundary", "").lower()
    units = max(Fraction(usage.get("units", "0")) - Fraction(terms.get("included", "0")), Fraction(0))
    kind = case["kind"]
    if kind == "per_unit":
        return oracle.per_unit(units, Fraction(terms["unit_amount"]))
    if kind == "package":
        price = Fraction(terms.get("package_amount", "1"))
        return price * oracle.packages(units, Fraction(terms["package_size"]), terms.get("package_rounding", "up"))
    if kind == "percentage":
        return _percentage(terms, usage)
    tiers = terms["tiers"]
    ends = [None if tier.get("last") is None else Fraction(tier["last"]) for tier in tiers[:-1]] + [None]
    flats = [Fraction(tier.get("flat_amount") or tier.get("amount") or "0") for tier in tiers]
    if kind == "stairstep":
        return max(
            oracle.stairstep(Fraction(peak), list(zip(_ends_of(unit, tiers), flats, strict=True)), due_at_zero=due)
            for unit, peak in usage["peaks"].items()
        )
    percent = kind == "graduated_percentage"
    prices = [
        Fraction(tier.get("rate_percent", "0")) / 100 if percent else Fraction(tier.get("unit_amount", "0"))
        for tier in tiers
    ]
    model = oracle.volume if kind == "volume" else oracle.graduated
    return model(units, list(zip(ends, prices, flats, strict=True)), exclusive=exclusive, due_at_zero=due)


def _ends_of(unit: str, tiers: list[Fields]) -> list[Fraction | None]:
    return [Fraction(tier[f"{unit}_max"]) if f"{unit}_max" in tier else None for tier in tiers]


def _percentage(terms: Fields, usage: Fields) -> Fraction:
    events = [Fraction(event) for event in usage.get("events", ())]
    if not events:
        reached = [Fraction(0), *map(Fraction, usage.get("running_total", ()))]
        events = [after - before for before, after in pairwise(reached)]
        left = int(usage["event_count"]) - len(events)
        events += [(Fraction(usage["total"]) - reached[-1]) / left] * left
    return oracle.percentage(
        events,
        Fraction(terms["rate_percent"]),
        per_event=Fraction(terms.get("fixed_per_event", "0")),
        free_events=int(terms.get("free_events", "0")),
        free_amount=Fraction(terms.get("free_amount", "0")),
        least=Fraction(terms["per_event_min"]) if "per_event_min" in terms else None,
        most=Fraction(terms["per_event_max"]) if "per_event_max" in terms else None,
    )
