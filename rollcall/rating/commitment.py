"""The step "commitment": what is drawn is shown, what is above it costs its own price, what is missing is added.

The price has priced everything. What is above the commitment is taken off again and billed as overage, so that the sum
of the lines is what was drawn, plus overage, plus shortfall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from rollcall.money import exact_difference, exact_product, grouped, number_in_words, priced, shortest
from rollcall.rating.agreed import (
    agreed_amount,
    agreed_number,
    kept_under,
    need_earlier_periods,
    said_share,
)
from rollcall.rating.lines import ChargeBill, RatedLine, multiplied_out
from rollcall.rating.missing import missing_line, missing_to_amount, price_missing
from rollcall.rating.proration import prorated_line
from rollcall.rating.repriced import amount_for, goes_by_amounts, price_beyond, priced_amount
from rollcall.rating.so_far import amount_so_far, kept_amount, kept_users, users_so_far
from rollcall.terms.commitments import Commitment
from rollcall.terms.priced import PricedQuantity

STEP = "commitment"
OVERAGE = "overage"
SHORTFALL = "shortfall"
# Under what a commitment that is carried over keeps what the cycles left.
LEFT = "commitment/left"
_NOTHING = Decimal(0)


class NoCommitment(ValueError):
    """A bill without a commitment reached the step that draws it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """What a commitment comes to in a period: promised, drawn before, drawn now, above it, and what is missing.

    `carried` is what earlier cycles left, `from_carried` what this one draws from there.
    """

    promised: Decimal
    before: Decimal
    now: Decimal
    above: Decimal
    missing: Decimal
    carried: Decimal = _NOTHING
    from_carried: Decimal = _NOTHING

    @property
    def left(self) -> Decimal:
        """What is left of the commitment after this period; earlier ones may have had more than was promised since."""
        return max(self.promised - self.before - self.now, _NOTHING)


def draw_commitment(bill: ChargeBill) -> ChargeBill:
    """Show what is drawn, bill overage, and lift to the commitment where its end has come.

    Raises TermsRefused where a commitment over the term needs periods that are not given.
    """
    commitment = bill.limits.commitment
    if commitment is None:
        raise NoCommitment(f"{bill.key} has no commitment.")
    of_term = commitment.per == "term"
    if of_term or commitment.carry_over:
        need_earlier_periods(bill, STEP)
    drawn = _draw(bill, commitment, is_end=not of_term or bill.is_last_of_term)
    lines = [_drawn_line(bill, commitment, drawn)]
    lines += _in_users(bill, commitment, drawn) if commitment.is_in_users else _in_money(bill, commitment, drawn)
    price = bill.charge.price if bill.charge else None
    return bill.after(
        STEP,
        lines,
        words=commitment.words(bill.terms.currency, bill.cycle, price, bill.noun),
        arithmetic=_arithmetic(bill, commitment, drawn, lines),
        carried=_left(bill, commitment, drawn),
        counted=_counted(commitment, drawn),
    )


def _left(bill: ChargeBill, commitment: Commitment, drawn: Drawn) -> dict[str, Decimal]:
    """Return what the cycles so far have left for later ones."""
    return {kept_under(bill, LEFT): drawn.carried - drawn.from_carried + drawn.left} if commitment.carry_over else {}


def _counted(commitment: Commitment, drawn: Drawn) -> dict[str, Decimal]:
    """Return what a commitment over the term counts of this period: what is drawn, and never its overage.

    Of one per cycle that is what was billed, with the users that were missing.
    """
    if commitment.per == "term":
        return {(kept_users if commitment.is_in_users else kept_amount)(STEP): drawn.now}
    return {kept_users(STEP): drawn.now + drawn.above + drawn.missing} if commitment.is_in_users else {}


def _draw(bill: ChargeBill, commitment: Commitment, *, is_end: bool) -> Drawn:
    parts = commitment.in_part_periods
    if commitment.quantity is not None:
        used, promised = bill.to_price, Decimal(agreed_number(bill, commitment.quantity, parts))
    else:
        used, promised = bill.amount, agreed_amount(bill, commitment.amount or _NOTHING, parts)
    so_far = users_so_far if commitment.is_in_users else amount_so_far
    before = so_far(bill, STEP) if commitment.per == "term" else _NOTHING
    now = min(used, max(promised - before, _NOTHING))
    is_billed = is_end and commitment.shortfall == "billed_at_end"
    missing = max(promised - before - now, _NOTHING) if is_billed else _NOTHING
    carried = Decimal(bill.state.carried.get(kept_under(bill, LEFT), _NOTHING)) if commitment.carry_over else _NOTHING
    from_carried = min(used - now, carried)
    return Drawn(
        promised=promised,
        before=before,
        now=now,
        above=used - now - from_carried,
        missing=missing,
        carried=carried,
        from_carried=from_carried,
    )


def _written(bill: ChargeBill, commitment: Commitment, number: Decimal) -> str:
    return bill.noun.short_of(number) if commitment.is_in_users else grouped(number)


def _of_what(bill: ChargeBill, commitment: Commitment, drawn: Drawn) -> str:
    """Name the commitment as a line does: "the commitment of EUR 12,000.00 for the term"."""
    promised = bill.noun.short_of(drawn.promised) if commitment.is_in_users else bill.money(drawn.promised)
    of_term = " for the term" if commitment.per == "term" else ""
    return f"the commitment of {promised}{of_term}{said_share(bill, commitment.in_part_periods)}"


def _drawn_line(bill: ChargeBill, commitment: Commitment, drawn: Drawn) -> RatedLine:
    """Show what is drawn, at no price: it is billed by the price already."""
    of_what = _of_what(bill, commitment, drawn)
    left = f"{_written(bill, commitment, drawn.left)} {'is' if drawn.left == 1 else 'are'} left"
    return bill.line(
        part=STEP,
        kind=STEP,
        quantity=drawn.now if commitment.is_in_users else Decimal(1),
        unit_price=priced(_NOTHING, bill.terms.currency),
        words=f"Drawn from {of_what}: {_written(bill, commitment, drawn.now)}; {left}",
    )


def _in_money(bill: ChargeBill, commitment: Commitment, drawn: Drawn) -> list[RatedLine]:
    of_what = _of_what(bill, commitment, drawn)
    lines = _carried_lines(bill, commitment, drawn)
    if drawn.above > 0:
        factor = commitment.overage.factor or _NOTHING
        lines.append(
            bill.line(
                part=f"{STEP}/above",
                kind=STEP,
                quantity=Decimal(-1),
                unit_price=drawn.above,
                words=f"Above {of_what}, billed as overage: {grouped(drawn.now + drawn.from_carried + drawn.above)} − "
                f"{grouped(drawn.now + drawn.from_carried)}",
            )
        )
        lines += [
            bill.line(
                part=f"{OVERAGE}/{key}" if key else OVERAGE,
                kind=OVERAGE,
                quantity=factor,
                unit_price=amount,
                words=f"Overage{f' of {key}' if key else ''} above {of_what}: {shortest(factor)} × {grouped(amount)}",
            )
            for key, amount in _above_by_charge(bill, drawn)
        ]
    if drawn.missing:
        lines.append(
            bill.line(
                part=SHORTFALL,
                kind=SHORTFALL,
                quantity=Decimal(1),
                unit_price=drawn.missing,
                words=f"Shortfall to {of_what}: {grouped(drawn.promised)} − {grouped(drawn.before + drawn.now)}",
            )
        )
    return lines


def _carried_lines(bill: ChargeBill, commitment: Commitment, drawn: Drawn) -> list[RatedLine]:
    """Show what is drawn from earlier cycles; it is taken off where it was paid with them as their shortfall."""
    if not drawn.from_carried:
        return []
    is_paid = commitment.shortfall == "billed_at_end"
    left = f"{grouped(drawn.carried - drawn.from_carried)} are left there"
    return [
        bill.line(
            part=f"{STEP}/carried",
            kind=STEP,
            quantity=Decimal(-1 if is_paid else 1),
            unit_price=drawn.from_carried if is_paid else priced(_NOTHING, bill.terms.currency),
            words=f"Drawn from what earlier {bill.cycle}s left{', paid with them' if is_paid else ''}: "
            f"{grouped(drawn.from_carried)}; {left}",
        )
    ]


def _above_by_charge(bill: ChargeBill, drawn: Drawn) -> Iterator[tuple[str, Decimal]]:
    """Yield what is above by charge, where the whole contract commits and nothing else changed the charges before.

    The charges draw in the order of the contract; the order moves overage between them and never changes the sum.
    """
    if len(bill.charged) < 2 or bill.limits.discounts or bill.limits.greater_of:
        yield "", drawn.above
        return
    left = drawn.now + drawn.from_carried
    for key, amount in bill.charged.items():
        within = min(amount, left)
        left = exact_difference(left, within)
        if amount > within:
            yield key, exact_difference(amount, within)


def _in_users(bill: ChargeBill, commitment: Commitment, drawn: Drawn) -> list[RatedLine]:
    lines: list[RatedLine] = []
    if drawn.above:
        lines += [*_above_users(bill, commitment, drawn), *_overage_of_users(bill, commitment, drawn)]
    return lines + (_missing_users(bill, commitment, drawn) if drawn.missing else [])


def _above_users(bill: ChargeBill, commitment: Commitment, drawn: Drawn) -> list[RatedLine]:
    """Take off what is above, so that what is drawn costs what it costs alone: more, where the total falls."""
    words = f"Above {_of_what(bill, commitment, drawn)}, billed as overage: {bill.noun.short_of(drawn.above)}"
    if not goes_by_amounts(bill):
        return [
            bill.line(
                part="/".join(filter(None, (f"{STEP}/above", part.part))),
                kind=STEP,
                quantity=-part.quantity,
                unit_price=part.unit_price,
                words=words,
            )
            for part in price_beyond(bill, drawn.now, drawn.above)
        ]
    so_far, own = priced_amount(bill), amount_for(bill, drawn.now)
    if so_far == own:
        return []
    return [
        bill.line(
            part=f"{STEP}/above",
            kind=STEP,
            quantity=Decimal(-1 if so_far > own else 1),
            unit_price=exact_difference(max(so_far, own), min(so_far, own)),
            words=f"{words}; {bill.noun.short_of(drawn.now)} cost {grouped(own)}, not {grouped(so_far)}",
        )
    ]


def _overage_of_users(bill: ChargeBill, commitment: Commitment, drawn: Drawn) -> list[RatedLine]:
    """Bill what is above at its own price, which has the share of a part of a cycle like any other."""
    overage, words = commitment.overage, f"Overage above {_of_what(bill, commitment, drawn)}"
    above = bill.noun.short_of(drawn.above)
    if overage.unit_price is not None:
        agreed = PricedQuantity(
            part="",
            quantity=drawn.above,
            unit_price=overage.unit_price,
            first=drawn.now + 1,
            last=drawn.now + drawn.above,
            words="",
        )
        return [prorated_line(bill, part=agreed, part_key=OVERAGE, kind=OVERAGE, words=f"{words}: {above}")]
    factor = overage.factor or _NOTHING
    return [
        prorated_line(
            bill,
            part=replace(part, unit_price=priced(exact_product(part.unit_price, factor), bill.terms.currency)),
            part_key="/".join(filter(None, (OVERAGE, part.part))),
            kind=OVERAGE,
            words=f"{words}: {above} at {shortest(factor)} × {grouped(part.unit_price)}",
        )
        for part in price_beyond(bill, drawn.now, drawn.above)
    ]


def _missing_users(bill: ChargeBill, commitment: Commitment, drawn: Drawn) -> list[RatedLine]:
    of_what, noun = _of_what(bill, commitment, drawn), bill.noun
    there, agreed = drawn.before + drawn.now, commitment.shortfall_unit_price
    said = (
        f"Shortfall to {of_what}: {number_in_words(drawn.promised)} − {number_in_words(there)} = "
        f"{noun.short_of(drawn.missing)}"
    )
    if agreed is None and commitment.per == "cycle" and goes_by_amounts(bill):
        return missing_to_amount(bill, drawn.promised, part=SHORTFALL, kind=SHORTFALL, words=f"{said}, ")
    parts = price_missing(bill, there=there, least=drawn.promised, unit_price=agreed, per=commitment.per)
    return [
        missing_line(
            bill,
            part=part,
            part_key="/".join(filter(None, (SHORTFALL, part.part if len(parts) > 1 else ""))),
            kind=SHORTFALL,
            words=said + (f", of them {number_in_words(part.quantity)} {part.words}" if len(parts) > 1 else ""),
            per=commitment.per,
        )
        for part in parts
    ]


def _arithmetic(bill: ChargeBill, commitment: Commitment, drawn: Drawn, lines: list[RatedLine]) -> str:
    said = [
        f"{_written(bill, commitment, number)} {what}"
        for number, what in (
            (drawn.before, "drawn before"),
            (drawn.now, "drawn"),
            (drawn.from_carried, f"drawn of what earlier {bill.cycle}s left"),
            (drawn.above, OVERAGE),
            (drawn.missing, SHORTFALL),
        )
        if number or what == "drawn"
    ]
    billed = [line for line in lines if line.amount]
    return "; ".join([", ".join(said), *([multiplied_out(billed)] if billed else [])])
