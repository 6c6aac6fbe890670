"""Recompute a UBL document from its XML alone, exactly, as its reader would. Shares no code with the product."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tests.billing.einvoice.profile_rules import SPACES, lines, text

TOTALS = "cac:LegalMonetaryTotal"


def said_amounts(document: bytes) -> dict[str, Any]:
    """The totals and the amounts of the lines, as they are written."""
    root = ElementTree.fromstring(document)
    names = ("LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount")
    said: dict[str, Any] = {name: text(root, f"{TOTALS}/cbc:{name}") for name in names}
    return said | {"lines": [text(line, "cbc:LineExtensionAmount") for line in lines(root)]}


def mistakes(document: bytes) -> list[str]:
    """Say every sum and every product that is not exactly what it should be."""
    root = ElementTree.fromstring(document)
    cent = Decimal(1) if text(root, "cbc:DocumentCurrencyCode") == "JPY" else Decimal("0.01")
    found: list[str] = []

    def hold(what: str, said: Decimal, right: Decimal) -> None:
        if said != right:
            found.append(f"{what}: {said} instead of {right}")

    bases: dict[tuple[str, str], Decimal] = {}
    for line in lines(root):
        quantity = Decimal(text(line, "cbc:InvoicedQuantity") or text(line, "cbc:CreditedQuantity"))
        amount = Decimal(text(line, "cbc:LineExtensionAmount"))
        product = quantity * Decimal(text(line, "cac:Price/cbc:PriceAmount"))
        hold("line", amount, product.quantize(cent, ROUND_HALF_UP))
        kind = _kind(line, "cac:Item/cac:ClassifiedTaxCategory")
        bases[kind] = bases.get(kind, Decimal(0)) + amount
    taxes = Decimal(0)
    for part in root.findall("cac:TaxTotal/cac:TaxSubtotal", SPACES):
        kind = _kind(part, "cac:TaxCategory")
        base, due = Decimal(text(part, "cbc:TaxableAmount")), Decimal(text(part, "cbc:TaxAmount"))
        hold(f"base of {kind}", base, bases.pop(kind, Decimal("NaN")))
        hold(f"tax of {kind}", due, (base * Decimal(kind[1] or 0) / 100).quantize(cent, ROUND_HALF_UP))
        taxes += due
    found += [f"no tax of {kind}" for kind in bases]
    net = sum((Decimal(text(line, "cbc:LineExtensionAmount")) for line in lines(root)), Decimal(0))
    hold("sum of lines", _total(root, "LineExtensionAmount"), net)
    hold("net", _total(root, "TaxExclusiveAmount"), net)
    hold("tax", Decimal(text(root, "cac:TaxTotal/cbc:TaxAmount")), taxes)
    hold("gross", _total(root, "TaxInclusiveAmount"), net + taxes)
    hold("payable", _total(root, "PayableAmount"), net + taxes - _total(root, "PrepaidAmount"))
    return found


def _total(root: Element, name: str) -> Decimal:
    return Decimal(text(root, f"{TOTALS}/cbc:{name}") or "0")


def _kind(part: Element, path: str) -> tuple[str, str]:
    return text(part, f"{path}/cbc:ID"), text(part, f"{path}/cbc:Percent")
