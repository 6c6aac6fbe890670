"""The totals of published invoices: their lines, allowances and charges go through the product's own totals."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rollcall.money import exact_product, round_half_up, shortest
from rollcall.rating import TaxedAmount, Totals, total
from rollcall.rating.totals import Rounding, line_net

Fields = Mapping[str, Any]

READ = (
    {"currency", "document", "rounding", "document_allowances_charges", "document_discounts", "document_charges"},
    {"lines"},
)
# Where a number that a case expects stands in our totals.
_PLACES = {
    "line_total": "lines",
    "sum": "lines",
    "allowance_total": "allowances",
    "discount": "allowances",
    "charge_total": "charges",
    "charge": "charges",
    "tax_exclusive": "net",
    "total": "net",
    "tax": "tax",
    "tax_inclusive": "gross",
    "total_with_tax": "gross",
    "retained_tax": "withheld_amount",
    "prepaid": "prepaid",
    "advance": "prepaid",
    "rounding": "payable_rounding",
    "payable": "payable",
    "due": "payable",
    "amount": "payable",
}


@dataclass(frozen=True)
class _Line:
    """A line as it is added up: its net amount, its taxes as (name, rate), and the net amount that is printed."""

    net: Decimal
    taxes: tuple[tuple[str, Decimal], ...]
    printed: str | None


def faults_of_document(case: Fields) -> Iterator[str]:
    """Yield every number of an invoice that our totals do not have."""
    terms, expected = case["terms"], case["expected"]
    currency = terms["currency"]
    lines = list(_lines(case))
    for number, line in enumerate(lines, start=1):
        if line.printed is not None and round_half_up(line.net, currency) != Decimal(line.printed):
            yield f"line {number}: {line.net}, expected {line.printed}"
    stated = {**expected, **expected.get("totals", {})}
    totals = _totals(case, lines, stated)
    for key, place in _PLACES.items():
        if key in stated and Decimal(stated[key]) != getattr(totals, place):
            yield f"{key}: {getattr(totals, place)}, expected {stated[key]}"
    yield from _tax_faults(expected, totals, currency)


def _totals(case: Fields, lines: list[_Line], stated: Fields) -> Totals:
    """Add the document up. What was prepaid and how the payable amount was rounded are facts that stand beside the totals."""
    terms = case["terms"]
    kept = {row["category"] for row in case["expected"].get("tax_breakdown", ()) if row.get("retained")}
    taxed, withheld = [], []
    for line in lines:
        own = [name for name, _ in line.taxes if name not in kept]
        for name, rate in line.taxes or (("", Decimal(0)),):
            (withheld if name in kept else taxed).append(TaxedAmount(amount=line.net, category=name, rate=rate))
        if line.taxes and not own:
            taxed.append(TaxedAmount(amount=line.net, category="", rate=Decimal(0)))
    allowances, charges = _of_document(terms, lines, kept)
    return total(
        amounts=taxed,
        currency=terms["currency"],
        allowances=allowances,
        charges=charges,
        withheld=withheld,
        prepaid=Decimal(stated.get("prepaid", stated.get("advance", "0"))),
        payable_rounding=Decimal(stated.get("rounding", "0")),
        rounding=_rounding(terms),
    )


def _rounding(terms: Fields) -> Rounding:
    return "sums" if str(terms.get("rounding", "")).startswith("precise") else "each_amount"


def _lines(case: Fields) -> Iterator[_Line]:
    """Multiply the lines out, or take them as printed where the source's quantities and prices are wrong."""
    terms, printed = case["terms"], case["expected"].get("line_net_amounts", ())
    for index, line in enumerate(case["usage"]["lines"]):
        shown = printed[index] if index < len(printed) else line.get("net_amount")
        net = Decimal(shown) if case.get("use") == "totals_only" else _net(line, terms)
        yield _Line(net, tuple(_taxes(line)), shown)


def _net(line: Fields, terms: Fields) -> Decimal:
    quantity, price = Decimal(line["quantity"]), Decimal(line["unit_amount"])
    gross = exact_product(quantity, price)
    both = line.get("allowances_charges", ())
    less = [*(row for row in both if row["charge"] != "true"), *line.get("discounts", ())]
    more = [*(row for row in both if row["charge"] == "true"), *line.get("charges", ())]
    return line_net(
        quantity=quantity,
        unit_price=price,
        currency=terms["currency"],
        base_quantity=Decimal(line.get("base_quantity") or "1"),
        allowances=[_amount(row, gross, terms) for row in less],
        charges=[_amount(row, gross, terms) for row in more],
        rounding=_rounding(terms),
    )


def _amount(row: Fields, of: Decimal, terms: Fields) -> Decimal:
    """Return the amount of an allowance or charge; where it is not stated, the percentage of its base."""
    if row.get("amount") is not None:
        return Decimal(row["amount"])
    base = Decimal(row["base"]) if row.get("base") is not None else of
    return round_half_up(exact_product(base, _percent(row["percent"]).scaleb(-2)), terms["currency"])


def _taxes(line: Fields) -> Iterator[tuple[str, Decimal]]:
    if "vat_category" in line:
        yield line["vat_category"], _percent(line.get("vat_rate"))
    for tax in line.get("taxes", ()):
        yield tax["cat"], _percent(tax.get("percent"))


def _of_document(terms: Fields, lines: list[_Line], kept: set[str]) -> tuple[list[TaxedAmount], list[TaxedAmount]]:
    """Return allowances and charges of the whole document. One that names only a rate has the category of its lines."""
    known = {tax for line in lines for tax in line.taxes if tax[0] not in kept}
    both = terms.get("document_allowances_charges", ())
    less = [*(row for row in both if row["charge"] != "true"), *terms.get("document_discounts", ())]
    more = [*(row for row in both if row["charge"] == "true"), *terms.get("document_charges", ())]
    net = sum((line.net for line in lines), Decimal(0))
    return tuple(
        [TaxedAmount(amount=_amount(row, net, terms), **_tax_of(row, known)) for row in rows] for rows in (less, more)
    )  # type: ignore[return-value]


def _tax_of(row: Fields, known: set[tuple[str, Decimal]]) -> dict[str, Any]:
    """Return the tax of an allowance or charge: its own, that of the lines with its rate, or the only one there is."""
    own = {(tax["cat"], _percent(tax.get("percent"))) for tax in row.get("taxes", ())}
    if row.get("vat_rate") is not None:
        rate = _percent(row["vat_rate"])
        named = row.get("vat_category")
        of_rate = {(name, known_rate) for name, known_rate in known if known_rate == rate}
        own = {(named, rate)} if named else of_rate or {("S" if rate else "Z", rate)}
    found = own or known
    if len(found) != 1:
        raise ValueError(f"an allowance or charge of the document could have any of the taxes {sorted(found)}")
    ((category, rate),) = found
    return {"category": category, "rate": rate}


def _tax_faults(expected: Fields, totals: Totals, currency: str) -> Iterator[str]:
    """Compare every stated row of a category and rate, and the sum; taxes in a second currency have no rate to check."""
    found = {(tax.category, tax.rate): (tax.base, tax.tax) for tax in (*totals.taxes, *totals.withheld) if tax.category}
    rows = [
        ((row["category"], _percent(row.get("percent"))), (Decimal(row["base"]), Decimal(row["amount"])))
        for row in expected.get("tax_breakdown", ())
    ]
    for tax in expected.get("taxes", ()):
        if tax["currency"] != currency:
            continue
        if Decimal(tax["amount"]) != totals.tax:
            yield f"tax: {totals.tax}, expected {tax['amount']}"
        rows += [
            ((row["category"], _percent(row["rate"])), (Decimal(row["taxable"]), Decimal(row["tax"])))
            for row in tax["subtotals"]
        ]
    for key, stated in rows:
        if found.get(key) != stated:
            yield f"tax of {key}: {found.get(key)}, expected {stated}"
    if rows and {key for key, _ in rows} != set(found):
        yield f"taxes {sorted(found)}, expected {sorted(key for key, _ in rows)}"


def _percent(text: str | None) -> Decimal:
    return Decimal(shortest(Decimal((text or "0").rstrip("%"))))
