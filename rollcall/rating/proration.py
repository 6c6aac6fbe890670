"""Which part of its cycle a period is: what prices and limits that shrink with the days are multiplied by."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from rollcall.money import exponent, grouped, number_in_words, round_fraction
from rollcall.period import Period
from rollcall.rating.lines import WHOLE, ChargeBill, RatedLine, share_in_words
from rollcall.terms.contract import ContractTerms
from rollcall.terms.part_periods import AMOUNT, DAILY_PRICE, FACTOR, UNIT_PRICE_DOWN
from rollcall.terms.priced import PricedQuantity
from rollcall.terms.proration import length_of, part_of


def share_of(terms: ContractTerms, period: Period) -> Fraction:
    """Return the part of its cycle that a period, or a piece of one, is: 1 for a whole cycle, 16/31 for a part.

    Measured as `terms.day_count` says, against the cycle in which the period begins, also at the edges of the term.
    Raises NotInOneCycle for days of more than one cycle.
    """
    whole = terms.cycle.period_of(period.start)
    return part_of(period=period, whole=whole, day_count=terms.day_count, timezone=terms.timezone)


def price_share(bill: ChargeBill) -> Fraction:
    """Return which part of its price a charge costs in the period: 1 where the terms do not reduce it."""
    is_reduced = bill.charge is not None and bill.charge.timing.is_reduced
    return share_of(bill.terms, bill.period) if is_reduced else WHOLE


def prorated_line(
    bill: ChargeBill,
    *,
    part: PricedQuantity,
    part_key: str,
    words: str,
    share: Fraction = WHOLE,
    kind: str = "",
) -> RatedLine:
    """Make the line of one part of a price, of which `share` of the period is billed; `kind` where a limit made it.

    In a part of a cycle a price that the terms reduce has its share of days besides, whatever its model; only what is
    due once beside a price per unit stays whole. What is rounded first is a term of the charge.
    """
    timing = bill.charge.timing if bill.charge else None
    is_reduced = timing is not None and timing.is_reduced and not part.stays_whole
    is_of_cycle = is_reduced or bill.period == bill.whole_cycle
    if is_reduced:
        share = share * price_share(bill)
    quantity, unit_price = part.quantity, part.unit_price
    rounded_first = timing.parts_rounded if timing is not None else AMOUNT
    if share != WHOLE and rounded_first == FACTOR:
        share = _four_decimals(share)
    elif share != WHOLE and rounded_first != AMOUNT:
        quantity, unit_price, how = _price_first(bill, quantity, unit_price, share, rounded_first)
        words, share = f"{words}: {how}", WHOLE
    return bill.line(
        part=part_key,
        kind=kind or ("flat" if part.is_flat else "usage"),
        quantity=quantity,
        unit_price=unit_price,
        words=words,
        share=share,
        share_of="" if is_of_cycle else bill.period.words(),
    )


def _price_first(
    bill: ChargeBill, quantity: Decimal, unit_price: Decimal, share: Fraction, rounded_first: str
) -> tuple[Decimal, Decimal, str]:
    """Reduce the price of one before it is multiplied: quantity and price of the line, and how they were made."""
    currency, before = bill.terms.currency, grouped(unit_price)
    if rounded_first == DAILY_PRICE:
        # A part period that costs the whole price spreads it over its own days.
        whole = bill.whole_cycle if bill.charge and bill.charge.timing.is_reduced else bill.period
        days = length_of(period=whole, day_count=bill.terms.day_count, timezone=bill.terms.timezone)
        price = round_fraction(Fraction(unit_price) / days, currency)
        billed = Decimal((share * days).numerator)
        how = f"{before} ÷ {_days(days)} = {grouped(price)} a day, {_days(billed)}"
        return quantity * billed, price, how
    exact = Fraction(unit_price) * share
    price = _cut(exact, currency) if rounded_first == UNIT_PRICE_DOWN else round_fraction(exact, currency)
    cut = ", cut to whole cents" if rounded_first == UNIT_PRICE_DOWN else ""
    return quantity, price, f"{before} × {share_in_words(share)} = {grouped(price)} each{cut}"


def _days(number: Decimal | int) -> str:
    return f"{number_in_words(number)} day{'' if number == 1 else 's'}"


def _cut(amount: Fraction, currency: str) -> Decimal:
    places = exponent(currency)
    return Decimal(amount.numerator * 10**places // amount.denominator).scaleb(-places)


def _four_decimals(share: Fraction) -> Fraction:
    return Fraction((2 * share.numerator * 10**4 + share.denominator) // (2 * share.denominator), 10**4)
