"""INVOICE.xml against INVOICE.json: the amounts that a bookkeeping program would take from the e-invoice.

The reader takes the elements of a Cross Industry Invoice by their path. It refuses declarations of types and entities,
so nothing expands, and an amount that stands twice.
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
_CURRENCY = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/InvoiceCurrencyCode"
_LINE = (
    "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem/SpecifiedLineTradeSettlement/"
    "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"
)
_ROOT = "CrossIndustryInvoice"
_READ = frozenset(
    {_NUMBER, _CURRENCY, _LINE}
    | {
        f"{_AMOUNTS}/{name}"
        for name in ("LineTotalAmount", "TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount", "DuePayableAmount")
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
        ("sum of the lines (BT-106)", "LineTotalAmount", Decimal(totals["net"])),
        ("amount without tax (BT-109)", "TaxBasisTotalAmount", Decimal(totals["net"])),
        ("tax (BT-110)", "TaxTotalAmount", tax),
        ("amount with tax (BT-112)", "GrandTotalAmount", Decimal(totals["gross"])),
        ("amount due (BT-115)", "DuePayableAmount", Decimal(totals.get("payable", totals["gross"]))),
    ):
        stated = _amount(_one(found, f"{_AMOUNTS}/{name}"))
        yield from unequal("xml.amount", PLACE, f"The {term}", stated, shortest(expected))
    lines = [_amount(amount) for amount in found.get(_LINE, [])]
    expected_lines = [shortest(Decimal(line["amount"])) for line in invoice["lines"]]
    yield from unequal("xml.lines", PLACE, "The amounts of the lines (BT-131)", lines, expected_lines)


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

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if not self._path and local != _ROOT:
            raise BundleRefused(f"{PLACE} is no Cross Industry Invoice; it begins with {local[:80]}.")
        self._path.append(local)
        self._text = ""
        if len(self._path) > _DEEPEST:
            raise BundleRefused(f"{PLACE} is nested more than {_DEEPEST} deep.")

    def text(self, more: str) -> None:
        self._text = (self._text + more)[: _LONGEST + 1]

    def end(self, name: str) -> None:
        path = "/".join(self._path[1:])
        if path in _READ:
            self.found.setdefault(path, []).append(self._text.strip())
        self._path.pop()
        self._text = ""


def _no_declaration(*_: object) -> None:
    raise BundleRefused(f"{PLACE} declares types or entities; an e-invoice has none.")


def _one(found: Mapping[str, Sequence[str]], path: str) -> str | None:
    texts = found.get(path, [])
    if len(texts) > 1:
        raise BundleRefused(f"{PLACE}: {path.rpartition('/')[2]} stands {len(texts)} times; only one can be meant.")
    return texts[0] if texts else None


def _amount(text: str | None) -> str | None:
    try:
        return None if text is None else shortest(Decimal(text))
    except InvalidOperation as error:
        raise BundleRefused(f"{PLACE}: {text[:80] if text else ''!r} is no amount.") from error
