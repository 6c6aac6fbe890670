"""Recompute an e-invoice from its XML alone, exactly, as its reader would. Shares no code with the product.

The official rules leave room of a whole unit of currency for tax and do not multiply the lines out; this does both.
"""

from decimal import ROUND_HALF_UP, Decimal
from xml.etree import ElementTree

SPACES = {
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
DECIMALS = {"JPY": "1", "KWD": "0.001"}
TRADE = "rsm:SupplyChainTradeTransaction"
SETTLEMENT = f"{TRADE}/ram:ApplicableHeaderTradeSettlement"
SUMMED = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"


def texts(document: bytes, path: str) -> list[str]:
    """Every text at a path; names without a prefix are `ram:`."""
    named = "/".join(step if ":" in step or step == "." else f"ram:{step}" for step in path.split("/"))
    return [found.text or "" for found in ElementTree.fromstring(document).findall(named, SPACES)]


def text(document: bytes, path: str) -> str | None:
    found = texts(document, path)
    assert len(found) < 2, f"{path} stands {len(found)} times"
    return found[0] if found else None


def mistakes(document: bytes) -> list[str]:
    """Say every sum and every product that is not exactly what it should be."""
    root = ElementTree.fromstring(document)
    currency = _said(root, f"{SETTLEMENT}/ram:InvoiceCurrencyCode")
    cent = Decimal(DECIMALS.get(currency, "0.01"))
    found: list[str] = []

    def hold(what: str, said: Decimal, right: Decimal) -> None:
        if said != right:
            found.append(f"{what}: {said} instead of {right}")

    bases: dict[tuple[str, str], Decimal] = {}
    for line in root.findall(f"{TRADE}/ram:IncludedSupplyChainTradeLineItem", SPACES):
        settled = "ram:SpecifiedLineTradeSettlement"
        quantity = _number(line, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity")
        price = _number(line, "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount")
        amount = _number(line, f"{settled}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount")
        hold("line", amount, (quantity * price).quantize(cent, ROUND_HALF_UP))
        kind = _kind(line.find(f"{settled}/ram:ApplicableTradeTax", SPACES))
        bases[kind] = bases.get(kind, Decimal(0)) + amount
    taxes = Decimal(0)
    seen = []
    for tax in root.findall(f"{SETTLEMENT}/ram:ApplicableTradeTax", SPACES):
        kind, base, due = _kind(tax), _number(tax, "ram:BasisAmount"), _number(tax, "ram:CalculatedAmount")
        seen.append(kind)
        hold(f"base of {kind}", base, bases.get(kind, Decimal("NaN")))
        hold(f"tax of {kind}", due, (base * Decimal(kind[1] or 0) / 100).quantize(cent, ROUND_HALF_UP))
        taxes += due
    if sorted(seen) != sorted(bases):
        found.append(f"taxes of {sorted(seen)} instead of {sorted(bases)}")
    net = sum(bases.values(), Decimal(0))
    hold("sum of lines", _number(root, f"{SUMMED}/ram:LineTotalAmount"), net)
    hold("net", _number(root, f"{SUMMED}/ram:TaxBasisTotalAmount"), net)
    hold("tax", _number(root, f"{SUMMED}/ram:TaxTotalAmount"), taxes)
    hold("gross", _number(root, f"{SUMMED}/ram:GrandTotalAmount"), net + taxes)
    prepaid = _number(root, f"{SUMMED}/ram:TotalPrepaidAmount", default="0")
    hold("payable", _number(root, f"{SUMMED}/ram:DuePayableAmount"), net + taxes - prepaid)
    return found


def _kind(tax: ElementTree.Element | None) -> tuple[str, str]:
    assert tax is not None
    return _said(tax, "ram:CategoryCode"), _said(tax, "ram:RateApplicablePercent", default="")


def _number(element: ElementTree.Element, path: str, *, default: str | None = None) -> Decimal:
    return Decimal(_said(element, path, default=default))


def _said(element: ElementTree.Element, path: str, *, default: str | None = None) -> str:
    found = element.findtext(path, default, SPACES)
    assert found is not None, path
    return found
