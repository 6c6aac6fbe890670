"""The totals of published invoices: their lines, allowances and charges go through the product's own totals."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rollcall.money import exact_product, round_half_up, shortest
from rollcall.rating import TaxedAmount, Totals, total
from rollcall.rating.totals import Rounding, line_net

Fields = Mapping[str, Any]
# The category of a tax and its rate in percent.
Tax = tuple[str, Decimal]

_NO_TAX: Tax = ("", Decimal(0))
_SURCHARGE = " surcharge"

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
}


@dataclass(frozen=True)
class _Line:
    """A line as it is added up: its net amount, its taxes as (name, rate), and the net amount that is printed."""

    net: Decimal
    taxes: tuple[Tax, ...]
    printed: str | None


def faults_of_document(case: Fields) -> Iterator[str]:
    """Yield every number of an invoice that our totals do not have."""
    expected, currency = case["expected"], case["terms"]["currency"]
    for number, line in enumerate(_lines(case), start=1):
        if line.printed is not None and round_half_up(line.net, currency) != Decimal(line.printed):
            yield f"line {number}: {line.net}, expected {line.printed}"
    stated, totals = _stated(expected), totals_of(case)
    for key, place in _PLACES.items():
        found = getattr(totals, place)
        if key == "payable" and "due" in stated:
            # A source that says what is due after an advance has its payable amount before it.
            found += totals.prepaid
        if key in stated and Decimal(stated[key]) != found:
            yield f"{key}: {found}, expected {stated[key]}"
    if "amount" in stated and Decimal(stated["amount"]) not in (totals.payable, Decimal(stated.get("payable", "NaN"))):
        yield f"amount: {totals.payable}, expected {stated['amount']}"
    yield from _tax_faults(expected, totals, currency)


def totals_of(case: Fields) -> Totals:
    """Add a document up. What was prepaid and how the payable amount was rounded are facts that stand beside the totals."""
    stated = _stated(case["expected"])
    kept = {row["category"] for row in case["expected"].get("tax_breakdown", ()) if row.get("retained")}
    taxed, again, withheld = [], [], []
    for line in _lines(case):
        own = [tax for tax in line.taxes if tax[0] not in kept] or [_NO_TAX]
        taxed += _taxed(line.net, own[:1])
        again += _taxed(line.net, own[1:])
        withheld += _taxed(line.net, [tax for tax in line.taxes if tax[0] in kept])
    allowances, charges = (_of_document(case, taxed, sign) for sign in (-1, 1))
    return total(
        amounts=taxed,
        currency=case["terms"]["currency"],
        allowances=allowances,
        charges=charges,
        taxed_again=again,
        withheld=withheld,
        prepaid=Decimal(stated.get("prepaid", stated.get("advance", "0"))),
        payable_rounding=Decimal(stated.get("rounding", "0")),
        rounding=_rounding(case["terms"]),
    )


def _stated(expected: Fields) -> Fields:
    return {**expected, **expected.get("totals", {})}


def _taxed(amount: Decimal, taxes: Iterable[Tax]) -> list[TaxedAmount]:
    return [TaxedAmount(amount=amount, category=category, rate=rate) for category, rate in taxes]


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


def _taxes(line: Fields) -> Iterator[Tax]:
    if "vat_category" in line:
        yield line["vat_category"], _percent(line.get("vat_rate"))
    for tax in line.get("taxes", ()):
        yield tax["cat"], _percent(tax.get("percent"))
        if tax.get("surcharge"):
            yield f"{tax['cat']}{_SURCHARGE}", _percent(tax["surcharge"])


def _of_document(case: Fields, lines: list[TaxedAmount], sign: int) -> list[TaxedAmount]:
    """Return the allowances (sign -1) or the charges (1) of the whole document."""
    terms = case["terms"]
    both = [row for row in terms.get("document_allowances_charges", ()) if (row["charge"] == "true") is (sign > 0)]
    rows = [*both, *terms.get("document_charges" if sign > 0 else "document_discounts", ())]
    net = sum((line.amount for line in lines), Decimal(0))
    found = []
    for row in rows:
        amount = _amount(row, net, terms)
        found += _taxed(amount, [_tax_of(row, sign * amount, lines, case["expected"])])
    return found


def _tax_of(row: Fields, amount: Decimal, lines: list[TaxedAmount], expected: Fields) -> Tax:
    """Return the tax of an allowance or charge: its own, that of the lines with its rate, or the only one there is.

    Where several could be meant it is the one whose printed base has the amount in it.
    """
    known = {(line.category, line.rate) for line in lines}
    found = {(tax["cat"], _percent(tax.get("percent"))) for tax in row.get("taxes", ())}
    if row.get("vat_rate") is not None:
        rate, named = _percent(row["vat_rate"]), row.get("vat_category")
        of_rate = {tax for tax in known if tax[1] == rate}
        found = {(named, rate)} if named else of_rate or {("S" if rate else "Z", rate)}
    found = found or known
    if len(found) > 1:
        bases = {key: base for key, (base, _) in _stated_taxes(expected)}
        of_lines = {key: sum(line.amount for line in lines if (line.category, line.rate) == key) for key in found}
        found = {key for key in found if bases.get(key) == of_lines[key] + amount}
    if len(found) != 1:
        raise ValueError("nothing says which tax an allowance or charge of the document bears")
    return next(iter(found))


def _tax_faults(expected: Fields, totals: Totals, currency: str) -> Iterator[str]:
    """Compare every stated row of a category and rate, and the sum; taxes in a second currency have no rate to check."""
    for tax in expected.get("taxes", ()):
        if tax["currency"] == currency and Decimal(tax["amount"]) != totals.tax:
            yield f"tax: {totals.tax}, expected {tax['amount']}"
    found = {
        (tax.category, tax.rate): (tax.base, tax.tax)
        for tax in (*totals.taxes, *totals.withheld)
        if tax.category and not tax.category.endswith(_SURCHARGE)
    }
    stated = dict(_stated_taxes(expected))
    for key, numbers in stated.items():
        if found.get(key) != numbers:
            yield f"tax of {key}: {found.get(key)}, expected {numbers}"
    if stated and {*stated} != {*found}:
        yield f"taxes {sorted(found)}, expected {sorted(stated)}"


def _stated_taxes(expected: Fields) -> Iterator[tuple[Tax, tuple[Decimal, Decimal]]]:
    """Yield what is printed of every category and rate: its base and its tax."""
    for row in expected.get("tax_breakdown", ()):
        yield (row["category"], _percent(row.get("percent"))), (Decimal(row["base"]), Decimal(row["amount"]))
    for row in (row for tax in expected.get("taxes", ()) for row in tax["subtotals"]):
        yield (row["category"], _percent(row.get("rate"))), (Decimal(row["taxable"]), Decimal(row["tax"]))


def _percent(text: str | None) -> Decimal:
    return Decimal(shortest(Decimal((text or "0").rstrip("%"))))
