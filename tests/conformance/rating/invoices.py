"""What published invoices come to in plain Fractions, without the product, also with other prices and quantities."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.conformance.rating.rescaled import decimal_text

Fields = Mapping[str, Any]

_AMOUNTS = {"amount", "base"}


def rescaled_invoice(case: Fields, *, price: int, quantity: int) -> dict[str, Any]:
    """Return an invoice with prices times one number, quantities times another, and other amounts times both."""
    both = dict.fromkeys(_AMOUNTS, price * quantity)
    factors = {**both, "unit_amount": price, "quantity": quantity}
    return {
        **{key: value for key, value in case.items() if key not in ("source", "notes")},
        "terms": _scaled(case["terms"], factors),
        "usage": {"lines": [_scaled(_without_printed(line), factors) for line in case["usage"]["lines"]]},
        "expected": {
            "tax_breakdown": [
                {key: row[key] for key in ("category", "retained") if key in row}
                | {"percent": row["percent"], "base": "0", "amount": "0"}
                for row in case["expected"].get("tax_breakdown", ())
            ]
        },
    }


def sums_of(case: Fields) -> tuple[Fraction, Fraction, Fraction]:
    """Return net, tax and gross of an invoice of which every allowance and charge bears a rate of its lines."""
    terms, is_rounded = case["terms"], not case["terms"]["rounding"].startswith("precise")
    kept = {row["category"] for row in case["expected"].get("tax_breakdown", ()) if row.get("retained")}
    bases: dict[tuple[str, str], Fraction] = {}
    for line in case["usage"]["lines"]:
        net = Fraction(line["quantity"]) * Fraction(line["unit_amount"]) / Fraction(line.get("base_quantity", "1"))
        net = _cents(net) if is_rounded else net
        net += _signed(line.get("allowances_charges", ())) - _sum(line.get("discounts", ()))
        for tax in _taxes(line):
            if tax[0] not in kept:
                bases[tax] = bases.get(tax, Fraction(0)) + net
    for row in terms.get("document_allowances_charges", ()):
        found = next(tax for tax in bases if tax[1] == _rate(row["vat_rate"]))
        bases[found] += _signed([row])
    if terms.get("document_discounts"):
        (only,) = bases
        bases[only] -= _sum(terms["document_discounts"])
    net = sum(bases.values(), Fraction(0))
    tax = sum((_cents(base * Fraction(rate) / 100) for (_, rate), base in bases.items()), Fraction(0))
    return _cents(net), tax, _cents(net) + tax


def _taxes(line: Fields) -> list[tuple[str, str]]:
    own = [(line["vat_category"], _rate(line["vat_rate"]))] if "vat_category" in line else []
    return own + [(tax["cat"], _rate(tax["percent"])) for tax in line.get("taxes", ())]


def _rate(text: str) -> str:
    return str(Fraction(text.rstrip("%")))


def _signed(rows: list[Fields] | tuple[()]) -> Fraction:
    return sum((Fraction(row["amount"]) * (1 if row["charge"] == "true" else -1) for row in rows), Fraction(0))


def _sum(rows: list[Fields] | tuple[()]) -> Fraction:
    return sum((Fraction(row["amount"]) for row in rows), Fraction(0))


def _cents(amount: Fraction) -> Fraction:
    """Round half a cent away from zero."""
    whole = (abs(amount) * 200 + 1) // 2
    return Fraction(whole, 100) * (-1 if amount < 0 else 1)


def _without_printed(line: Fields) -> Fields:
    return {key: value for key, value in line.items() if key != "net_amount"}


def _scaled(value: Any, factors: Mapping[str, int], key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _scaled(inner, factors, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_scaled(inner, factors, key) for inner in value]
    if key not in factors or value is None:
        return value
    return decimal_text(Fraction(value) * factors[key])
