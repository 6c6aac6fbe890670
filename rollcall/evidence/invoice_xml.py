"""INVOICE.xml against INVOICE.json: the amounts that a bookkeeping program would take from the e-invoice.

The reader takes the elements of a Cross Industry Invoice by their path. It refuses declarations of types and entities,
so nothing expands, and an amount that stands twice; the tax may stand once in each of two currencies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.parsers import expat

from rollcall.evidence.archive import BundleRefused
from rollcall.evidence.findings import Difference, unequal
from rollcall.money import exact_sum, shortest

PLACE = "INVOICE.xml"
_DEEPEST = 40
_LONGEST = 4096
_AMOUNTS = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/SpecifiedTradeSettlementHeaderMonetarySummation"
_NUMBER = "ExchangedDocument/ID"
_TAX = f"{_AMOUNTS}/TaxTotalAmount"
_TAX_CURRENCY = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/TaxCurrencyCode"
_CURRENCY = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/InvoiceCurrencyCode"
_LINE = (
    "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem/SpecifiedLineTradeSettlement/"
    "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"
)
_ROOT = "CrossIndustryInvoice"
_READ = frozenset(
    {_NUMBER, _CURRENCY, _TAX_CURRENCY, _TAX, _LINE}
    | {
        f"{_AMOUNTS}/{name}"
        for name in ("LineTotalAmount", "TaxBasisTotalAmount", "GrandTotalAmount", "DuePayableAmount")
    }
)


def compare_xml(text: bytes, invoice: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield amounts of the e-invoice that are not those of the invoice. Raises BundleRefused for XML of other kinds."""
    found = read_values(text)
    totals = invoice["totals"]
    tax = exact_sum(Decimal(tax["tax"]) for tax in totals["taxes"])
    yield from unequal("xml.number", PLACE, "The number (BT-1)", _one(found, _NUMBER), invoice["number"])
    yield from unequal("xml.currency", PLACE, "The currency (BT-5)", _one(found, _CURRENCY), invoice["currency"])
    for term, name, expected in (
        ("sum of the lines (BT-106)", f"{_AMOUNTS}/LineTotalAmount", Decimal(totals["net"])),
        ("amount without tax (BT-109)", f"{_AMOUNTS}/TaxBasisTotalAmount", Decimal(totals["net"])),
        ("tax (BT-110)", f"{_TAX} {invoice['currency']}", tax),
        ("amount with tax (BT-112)", f"{_AMOUNTS}/GrandTotalAmount", Decimal(totals["gross"])),
        ("amount due (BT-115)", f"{_AMOUNTS}/DuePayableAmount", Decimal(totals.get("payable", totals["gross"]))),
    ):
        stated = _amount(_one(found, name))
        yield from unequal("xml.amount", PLACE, f"The {term}", stated, shortest(expected))
    yield from _compare_tax_currency(found, invoice)
    lines = [_amount(amount) for amount in found.get(_LINE, [])]
    expected_lines = [shortest(Decimal(line["amount"])) for line in invoice["lines"]]
    yield from unequal("xml.lines", PLACE, "The amounts of the lines (BT-131)", lines, expected_lines)


def _compare_tax_currency(found: Mapping[str, Sequence[str]], invoice: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield where the tax in the currency of the tax office is another one, or stands in one of the two only."""
    said = invoice.get("tax_currency")
    currency = None if said is None else said["currency"]
    yield from unequal("xml.currency", PLACE, "The currency of the tax (BT-6)", _one(found, _TAX_CURRENCY), currency)
    others = sorted(path for path in found if path.startswith(f"{_TAX} ") and path != f"{_TAX} {invoice['currency']}")
    stated = {path.rpartition(" ")[2]: _amount(_one(found, path)) for path in others}
    expected = {} if said is None else {currency: shortest(Decimal(said["tax"]))}
    yield from unequal("xml.amount", PLACE, "The tax in the other currency (BT-111)", stated, expected)


def read_values(text: bytes) -> dict[str, list[str]]:
    """Return the texts that are compared, by the path of their element below the root. Raises BundleRefused."""
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reading.start, reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _no_declaration
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise BundleRefused(f"{PLACE} cannot be read: {error}.") from error
    return reading.found


class _Reading:
    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self._path: list[str] = []
        self._text = ""
        self._currency = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if not self._path and local != _ROOT:
            raise BundleRefused(f"{PLACE} is no Cross Industry Invoice; it begins with {local[:80]}.")
        self._path.append(local)
        self._text = ""
        self._currency = attributes.get("currencyID", "")
        if len(self._path) > _DEEPEST:
            raise BundleRefused(f"{PLACE} is nested more than {_DEEPEST} deep.")

    def text(self, more: str) -> None:
        self._text = (self._text + more)[: _LONGEST + 1]

    def end(self, name: str) -> None:
        path = "/".join(self._path[1:])
        if path == _TAX:
            # It may stand twice, in the currency of the document and in that of the tax office.
            path = f"{path} {self._currency[:3]}"
            self.found.setdefault(path, []).append(self._text.strip())
        elif path in _READ:
            self.found.setdefault(path, []).append(self._text.strip())
        self._path.pop()
        self._text = ""


def _no_declaration(*_: object) -> None:
    raise BundleRefused(f"{PLACE} declares types or entities; an e-invoice has none.")


def _one(found: Mapping[str, Sequence[str]], path: str) -> str | None:
    texts = found.get(path, [])
    if len(texts) > 1:
        raise BundleRefused(
            f"{PLACE}: {path.rpartition('/')[2].strip()} stands {len(texts)} times; only one can be meant."
        )
    return texts[0] if texts else None


def _amount(text: str | None) -> str | None:
    try:
        return None if text is None else shortest(Decimal(text))
    except InvalidOperation as error:
        raise BundleRefused(f"{PLACE}: {text[:80] if text else ''!r} is no amount.") from error
