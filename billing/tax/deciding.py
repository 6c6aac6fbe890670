"""Category and rate of the lines of a draft."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from billing.models import Invoice, InvoiceLine
from billing.state_moves import MoveRefused
from licenses.models import Contract, Customer
from licenses.ranges import period_of
from licenses.vat_ids import check_vat_id
from rollcall.period import Period
from rollcall.tax import RateUnknown, TaxDecision, TaxFacts, TaxUndecided, decide_tax
from rollcall.tax.decide import AS_BILLED, STATED
from rollcall.terms.rules import Tax


class TaxNotDecided(MoveRefused):
    """No rule decides the tax of this contract; the sentence says what is missing and what cures it.

    `what` is the sentence without the cure, which the customer may read, too.
    """

    def __init__(self, sentence: str, *, what: str = "") -> None:
        super().__init__(sentence)
        self.what = what or sentence


@dataclass(frozen=True, kw_only=True)
class LineTax:
    """The tax of one line with its reason; `billed_on` is the document that billed it, where the line corrects one."""

    decision: TaxDecision
    billed_on: Invoice | None = None


def tax_facts(*, customer: Customer, band: str) -> TaxFacts:
    """Return what a decision for this customer rests on, as it is stored now."""
    entity = customer.legal_entity
    checked = check_vat_id(vat_id=customer.vat_id, country=customer.country)
    return TaxFacts(
        seller_country=entity.country,
        seller_vat_id=entity.vat_id.strip(),
        buyer_country=customer.country,
        buyer_vat_id=customer.vat_id.strip(),
        buyer_vat_id_is_sound=checked.is_sound,
        band=band,
    )


def decided_on(*, tax: Tax, customer: Customer, day: date) -> TaxDecision:
    """Return the tax of what is billed until and including a day. Raises TaxNotDecided."""
    if not tax.is_by_rule:
        return TaxDecision(
            category=tax.category, rate=tax.rate, rule=STATED, words=tax.words(), source="", tax_point=day
        )
    try:
        return decide_tax(facts=tax_facts(customer=customer, band=tax.band), tax_point=day)
    except (TaxUndecided, RateUnknown) as undecided:
        raise TaxNotDecided(str(undecided), what=undecided.what) from undecided


def tax_of_line(line: InvoiceLine, *, tax: Tax, customer: Customer) -> LineTax:
    """Return the tax of a line: that of its last day, or that at which it was billed before. Raises TaxNotDecided."""
    day = last_day(period_of(line.period))
    billed = _billed_line(line)
    if billed is None:
        return LineTax(decision=decided_on(tax=tax, customer=customer, day=day))
    decision = TaxDecision(
        category=billed.tax_category,
        rate=billed.tax_rate,
        rule=AS_BILLED,
        words=f"The tax of invoice {billed.invoice.number}, which billed it.",
        source=billed.invoice.number or "",
        tax_point=day,
    )
    return LineTax(decision=decision, billed_on=billed.invoice)


def tax_lines(lines: Iterable[InvoiceLine], *, tax: Tax, contract: Contract) -> None:
    """Write category and rate into lines that are not stored yet. Raises TaxNotDecided."""
    known: dict[date, TaxDecision] = {}
    for line in lines:
        day = last_day(period_of(line.period))
        if _corrects(line):
            decision = tax_of_line(line, tax=tax, customer=contract.customer).decision
        else:
            decision = known.setdefault(day, known.get(day) or decided_on(tax=tax, customer=contract.customer, day=day))
        line.tax_category, line.tax_rate = decision.category, Decimal(decision.rate)


def undecided_tax(*, tax: Tax, contract: Contract, period: Period) -> str:
    """Return the sentence why the tax of a period cannot be decided, without the cure; "" where it can."""
    if not tax.is_by_rule:
        return ""
    try:
        decided_on(tax=tax, customer=contract.customer, day=last_day(period))
    except TaxNotDecided as undecided:
        return undecided.what
    return ""


def last_day(period: Period) -> date:
    """Return the last day that a period bills: the day whose rates count."""
    return period.end - timedelta(days=1)


def _corrects(line: InvoiceLine) -> bool:
    return line.true_up_id is not None or line.credited_line_id is not None


def _billed_line(line: InvoiceLine) -> InvoiceLine | None:
    """The line of a finalized invoice that billed what this line settles or gives back; None where it bills anew."""
    if line.credited_line is not None:
        return line.credited_line
    if line.true_up is None or line.true_up.billing_period.invoice is None:
        return None
    period = line.true_up.billing_period
    billed = InvoiceLine.objects.filter(invoice=period.invoice_id).select_related("invoice").order_by("position")
    return billed.filter(billing_period=period).first() or billed.first()
