"""From the neutral fields of a case to TERMS.json and USAGE.json: one translation for each kind of price."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Document = dict[str, Any]
Fields = Mapping[str, Any]

# Decides nothing: the word for a unit and the currency are taken over, the model is the kind.
DESCRIBED = {"model", "unit", "currency"}
_TIERS = {"tiers", "boundary", "zero_usage_bills_first_flat"}
# What each kind reads of the terms and of the usage of a case.
READ: Mapping[str, tuple[set[str], set[str]]] = {
    "per_unit": ({"unit_amount", "included"}, {"units"}),
    "graduated": ({*_TIERS, "included"}, {"units"}),
    "volume": ({*_TIERS, "included"}, {"units"}),
    "graduated_percentage": ({*_TIERS, "included"}, {"units"}),
    "stairstep": ({*_TIERS, "stairs", "included"}, {"units", "peaks"}),
    "package": ({"package_size", "package_amount", "package_rounding", "included"}, {"units"}),
    "percentage": (
        {"rate_percent", "fixed_per_event", "free_events", "free_amount", "per_event_min", "per_event_max"},
        {"events", "total", "event_count", "running_total"},
    ),
}
# A case that asks for the number of packages alone has no price.
_ANY_PRICE = "1"
_EXCLUSIVE = re.compile(r"^exclusive$|\b(last|upper)\b[^,;]*\bexclusive")
_PERIOD = {"start": "2026-01-01", "end": "2026-02-01"}
_ROUNDING = {"up": "up", "ceil": "up", "down": "down", "floor": "down", "nearest": "half_up", "half_up": "half_up"}


def contract_of(kind: str, terms: Fields, usage: Fields) -> tuple[Document, Document]:
    """Return TERMS.json and USAGE.json of a case. Raises KeyError for a field that its kind cannot do without."""
    charges, quantities = KINDS[kind](terms, usage)
    document = {
        "currency": terms.get("currency", "EUR"),
        "timezone": "UTC",
        "term": _PERIOD,
        "cycle": {"unit": "month", "anchor": _PERIOD["start"]},
        "metrics": {name: _metric(terms) for name in quantities},
        "charges": charges,
        "tax": {"category": "O", "rate": "0"},
    }
    if len(charges) > 1:
        document["limits"] = {"greater_of": [list(charges)]}
    return document, {"periods": [{**_PERIOD, "quantities": quantities}]}


def _metric(terms: Fields) -> Document:
    return {
        "kind": "action_quantity",
        "definition": {"actions": ["*"]},
        "measure": "sum",
        "unit": terms.get("unit", "unit"),
    }


def _one(terms: Fields, usage: Fields, price: Document) -> tuple[Document, Document]:
    """Return one charge for the units of a case, and their quantity. Less than nothing reaches no band at all."""
    units = Decimal(usage["units"])
    if units < 0 and "at_zero" in price:
        price = {**price, "at_zero": "nothing"}
    charge = {"metric": "used", "included": int(terms.get("included", "0")), "price": price}
    return {"price": charge}, {"used": {"quantity": str(max(units, Decimal(0)))}}


def _per_unit(terms: Fields, usage: Fields) -> tuple[Document, Document]:
    return _one(terms, usage, {"model": "per_user", "unit_price": terms["unit_amount"]})


def _graduated(terms: Fields, usage: Fields) -> tuple[Document, Document]:
    # Bands that begin with 0 are cut at points of a line, and a point has no width that a bound could give away; bands
    # that begin with 1 number whole units.
    bound = _bound(terms) if float(terms["tiers"][0].get("first") or 0) else "inclusive"
    return _one(terms, usage, {"model": "graduated", **_tiered(terms, "unit_price", "unit_amount"), "bound": bound})


def _volume(terms: Fields, usage: Fields) -> tuple[Document, Document]:
    return _one(terms, usage, {"model": "volume", **_tiered(terms, "unit_price", "unit_amount")})


def _graduated_percentage(terms: Fields, usage: Fields) -> tuple[Document, Document]:
    price = {"model": "graduated_percentage", **_tiered(terms, "percent", "rate_percent")}
    return _one(terms, usage, price)


def _package(terms: Fields, usage: Fields) -> tuple[Document, Document]:
    price = {
        "model": "package",
        "size": terms["package_size"],
        "package_price": terms.get("package_amount", _ANY_PRICE),
        "rounding": _ROUNDING[terms.get("package_rounding", "up")],
    }
    return _one(terms, usage, price)


def _percentage(terms: Fields, usage: Fields) -> tuple[Document, Document]:
    keys = {
        "fixed_per_event": "per_event",
        "free_amount": "free_amount",
        "per_event_min": "minimum_per_event",
        "per_event_max": "maximum_per_event",
    }
    price: Document = {"model": "percentage", "percent": terms["rate_percent"]}
    price |= {ours: terms[theirs] for theirs, ours in keys.items() if terms.get(theirs) is not None}
    if free_events := int(terms.get("free_events") or 0):
        price["free_events"] = free_events
    if free_events and float(price.get("free_amount", "0")):
        price["free_until"] = "first_limit"
    return {"price": {"metric": "used", "price": price}}, {"used": {"quantities_by_event": _events(usage)}}


def _stairstep(terms: Fields, usage: Fields) -> tuple[Document, Document]:
    """Steps of one quantity; of several, a charge for each, of which the greatest is billed: the highest step of any."""
    if "peaks" not in usage:
        return _one(terms, usage, _stairs(terms, [tier.get("last") for tier in terms["tiers"]]))
    charges, quantities = {}, {}
    for unit, peak in usage["peaks"].items():
        ends = [tier.get(f"{unit}_max") for tier in terms["tiers"]]
        charges[unit] = {"metric": unit, "price": _stairs(terms, ends)}
        quantities[unit] = {"quantity": str(peak)}
    return charges, quantities


KINDS: Mapping[str, Callable[[Fields, Fields], tuple[Document, Document]]] = {
    "per_unit": _per_unit,
    "graduated": _graduated,
    "volume": _volume,
    "graduated_percentage": _graduated_percentage,
    "stairstep": _stairstep,
    "package": _package,
    "percentage": _percentage,
}


def _bound(terms: Fields) -> str:
    """Ends belong to their band, unless the source says that the last, or upper, one does not."""
    return "exclusive" if _EXCLUSIVE.search(str(terms.get("boundary", "")).lower()) else "inclusive"


def _at_zero(terms: Fields, first_amount: str, *, otherwise: bool = False) -> Document:
    """Say whether the first flat amount is due without usage, also for a source that says nothing."""
    is_due = str(terms.get("zero_usage_bills_first_flat", otherwise)).lower() == "true"
    return {"at_zero": "first_flat" if is_due else "nothing"} if float(first_amount) else {}


def _tiered(terms: Fields, ours: str, theirs: str) -> Document:
    """Return tiers with their bound. The last one has no end: what lies beyond it no case asks for."""
    tiers = []
    for tier in terms["tiers"]:
        flat = {"flat_amount": tier["flat_amount"]} if tier.get("flat_amount") is not None else {}
        tiers.append({"up_to": tier["last"], ours: tier.get(theirs) or "0", **flat})
    tiers[-1]["up_to"] = None
    at_zero = _at_zero(terms, terms["tiers"][0].get("flat_amount") or "0")
    return {"bound": _bound(terms), "tiers": tiers, **at_zero}


def _stairs(terms: Fields, ends: list[str | None]) -> Document:
    amounts = [tier.get("amount", tier.get("flat_amount")) or "0" for tier in terms["tiers"]]
    steps = [{"up_to": end, "amount": amount} for end, amount in zip(ends, amounts, strict=True)]
    steps[-1]["up_to"] = None
    stairs = "all" if "all" in str(terms.get("stairs", "")).lower() else "highest"
    return {
        "model": "stairstep",
        "bound": _bound(terms),
        "stairs": stairs,
        "steps": steps,
        # The first step holds every peak up to its end, and no usage at all is such a peak.
        **_at_zero(terms, amounts[0], otherwise=True),
    }


def _events(usage: Fields) -> list[str]:
    """Return single events, also where only their sum, their number and the first running totals are given.

    The events after the last running total share what is left: the first of them has it, as no case depends on how.
    Without any quantity there is no event that could cost.
    """
    if "events" in usage:
        return [str(event) for event in usage["events"]]
    total, before, events = Decimal(usage["total"]), Decimal(0), []
    if not total:
        return []
    for reached in map(Decimal, usage.get("running_total", ())):
        events.append(reached - before)
        before = reached
    left = int(usage["event_count"]) - len(events)
    events += [total - before, *([Decimal(0)] * (left - 1))] if left > 0 else []
    return [str(event) for event in events]
