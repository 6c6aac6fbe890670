"""The lines: what was billed, how many at which price, and the tax category of each."""

from datetime import timedelta
from decimal import Decimal
from xml.etree.ElementTree import Element

from billing.documents.snapshot import Invoice, Line, Span, factors
from billing.einvoice.nodes import add, add_day
from billing.einvoice.parties import NOT_TAXED
from rollcall.money import plain, round_half_up, shortest

ONE = "C62"  # UN/ECE recommendation 20: one of what is counted


def add_line(trade: Element, line: Line, invoice: Invoice) -> None:
    """Append a line. No price is negative (BR-27): what lowers a bill has a negative quantity.

    A part of a cycle has no field of its own: such a line is one times its amount, and a note says what it multiplies.
    """
    quantity, price = factors_of(line)
    element = add(trade, "IncludedSupplyChainTradeLineItem")
    named = add(element, "AssociatedDocumentLineDocument")
    add(named, "LineID", str(line.position))
    if line.share != 1:
        add(add(named, "IncludedNote"), "Content", f"{factors(line)} = {money(line.amount, invoice)}")
    product = add(element, "SpecifiedTradeProduct")
    add(product, "Name", line.words)
    offered = add(add(element, "SpecifiedLineTradeAgreement"), "NetPriceProductTradePrice")
    add(offered, "ChargeAmount", plain(price))
    add(add(element, "SpecifiedLineTradeDelivery"), "BilledQuantity", shortest(quantity), unitCode=ONE)
    settled = add(element, "SpecifiedLineTradeSettlement")
    tax = add(settled, "ApplicableTradeTax")
    add(tax, "TypeCode", "VAT")
    add(tax, "CategoryCode", line.tax_category)
    if line.tax_category != NOT_TAXED:
        add(tax, "RateApplicablePercent", shortest(line.tax_rate))
    if line.period is not None:
        add_period(settled, line.period)
    summed = add(settled, "SpecifiedTradeSettlementLineMonetarySummation")
    add(summed, "LineTotalAmount", money(line.amount, invoice))


def add_period(parent: Element, span: Span) -> None:
    """Append a period by its first and its last day; the snapshot ends with the day after."""
    period = add(parent, "BillingSpecifiedPeriod")
    add_day(period, "StartDateTime", span.start)
    add_day(period, "EndDateTime", span.end - timedelta(days=1))


def money(amount: Decimal, invoice: Invoice) -> str:
    """Write an amount with the decimals of its currency; the snapshot has no others."""
    return plain(round_half_up(amount, invoice.currency))


def factors_of(line: Line) -> tuple[Decimal, Decimal]:
    """What the line multiplies, with a price that is not negative."""
    quantity, price = (line.quantity, line.unit_price) if line.share == 1 else (Decimal(1), line.amount)
    return (quantity, price) if price >= 0 else (quantity.copy_negate(), price.copy_negate())
