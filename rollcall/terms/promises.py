"""What floors and commitments ask for at least, against the caps under which they stand: what can never be met.

Only what is certain is refused. An amount of users is looked at where one more never makes the others cheaper, and a
promise that a discount, credit or a trial may lower on its way to the cap is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rollcall.money import exact_product, exact_sum, exactly, in_words, round_half_up
from rollcall.period import Period
from rollcall.terms.caps import Cap
from rollcall.terms.charges import Charge
from rollcall.terms.commitments import Commitment
from rollcall.terms.fields import TermsRefused
from rollcall.terms.floors import Floor, shortfall_of
from rollcall.terms.limits import Limits
from rollcall.terms.priced import PriceModel
from rollcall.terms.spans import part_of_amount

_NOTHING = Decimal(0)
_LOWERING = ("discount", "credits")

Parts = Sequence[tuple[Period, Fraction]]


@dataclass(frozen=True, kw_only=True)
class Least:
    """What is billed at least: in each period of the term, and over the whole term."""

    in_periods: Mapping[Period, Decimal]
    over_term: Decimal = _NOTHING

    @property
    def of_term(self) -> Decimal:
        """What the whole term comes to at least."""
        return max(self.over_term, exact_sum(self.in_periods.values()))


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What promises are measured by: the periods of the term with their shares, the order of steps, the currency."""

    parts: Parts
    steps: Sequence[str]
    currency: str


def refuse_promises_above_caps(
    *, charges: Mapping[str, Charge], paths: Mapping[str, str], limits: Limits, frame: Frame
) -> None:
    """Refuse commitments above their own cap, and charges that ask for more than the contract allows.

    Raises TermsRefused.
    """
    with exactly():
        for key, charge in charges.items():
            _refuse_own(charge.limits, paths[key], charge.price, frame)
        _refuse_own(limits, "limits", None, frame)
        if limits.cap and not _is_lowered(limits, frame, before="cap"):
            _refuse_above(limits.cap, _of_charges(charges, limits, frame), frame, "limits.cap", "the charges ask")


def _refuse_own(limits: Limits, path: str, price: PriceModel | None, frame: Frame) -> None:
    commitment, cap = limits.commitment, limits.cap
    if not commitment or not cap or _is_lowered(limits, frame, after="commitment", before="cap"):
        return
    if commitment.is_in_users and _is_lowered(limits, frame, before="cap"):
        return
    _refuse_above(cap, _asked_for(commitment, price, frame), frame, f"{path}.commitment", "the commitment asks")


def _refuse_above(cap: Cap, least: Least, frame: Frame, path: str, who: str) -> None:
    if cap.amount is None:
        return
    parts, currency = cap.in_part_periods, frame.currency
    most = {period: part_of_amount(cap.amount, share, parts, currency) for period, share in frame.parts}
    of_term = cap.amount if cap.per == "term" else exact_sum(most.values())
    compared = [("over the term", least.of_term, of_term)]
    if cap.per == "cycle":
        compared += [(f"in {period.words()}", least.in_periods[period], allowed) for period, allowed in most.items()]
    for where, asked, allowed in compared:
        if asked > allowed:
            raise TermsRefused(
                path,
                f"{where} {who} for at least {in_words(asked, currency)} and the cap allows "
                f"{in_words(allowed, currency)}; what is asked for cannot be above the cap.",
            )


def _of_charges(charges: Mapping[str, Charge], limits: Limits, frame: Frame) -> Least:
    """Add up what the charges ask for; of a group of which the greatest is billed, only one of them is certain."""
    each = {key: _of_charge(charge, frame) for key, charge in charges.items()}
    grouped = {key for group in limits.greater_of for key in group}
    alone = [[key] for key in each if key not in grouped]
    together = [*alone, *(list(group) for group in limits.greater_of)]
    in_periods = {
        period: exact_sum(max(each[key].in_periods[period] for key in keys) for keys in together)
        for period, _ in frame.parts
    }
    return Least(
        in_periods=in_periods, over_term=exact_sum(max(each[key].of_term for key in keys) for keys in together)
    )


def _of_charge(charge: Charge, frame: Frame) -> Least:
    found = [_nothing(frame)]
    for step in ("floor", "commitment"):
        limit: Floor | Commitment | None = getattr(charge.limits, step)
        is_lowered = _is_lowered(charge.limits, frame, after=step) or charge.timing.trial_until is not None
        if limit is None or is_lowered:
            continue
        in_users = step in charge.limits.counting_users
        if not in_users or not (_is_lowered(charge.limits, frame) or charge.included.quantity):
            found.append(_asked_for(limit, charge.price, frame))
    return Least(
        in_periods={period: max(one.in_periods[period] for one in found) for period, _ in frame.parts},
        over_term=max(one.over_term for one in found),
    )


def _asked_for(limit: Floor | Commitment, price: PriceModel | None, frame: Frame) -> Least:
    """Return what a floor, or a commitment of which the shortfall is billed, is met with at least."""
    if isinstance(limit, Commitment):
        amount, users = limit.amount, limit.quantity or 0
        if limit.shortfall == "none":
            return _nothing(frame)
    else:
        amount, users = limit.minimum_amount, limit.minimum_users or 0

    def least(share: Fraction) -> Decimal:
        if amount is not None:
            return part_of_amount(amount, share, limit.in_part_periods, frame.currency)
        # In a part of a cycle a user may cost a share of the price, which the charge decides.
        return _least_of_users(users, limit, price, frame.currency) if share == 1 else _NOTHING

    if limit.per == "term":
        return Least(in_periods=_nothing(frame).in_periods, over_term=least(Fraction(1)))
    return Least(in_periods={period: least(share) for period, share in frame.parts})


def _least_of_users(number: int, limit: Floor | Commitment, price: PriceModel | None, currency: str) -> Decimal:
    """Return the least that a promised number of users costs, whoever of them is there; 0 where it is not certain.

    Between the ends of the tiers the cost changes evenly, so that the least is found at one of them.
    """
    if price is None or price.needs_events or not price.is_marginal:
        return _NOTHING
    if limit.per == "term" and not price.has_one_price:
        return _NOTHING
    wanted = Decimal(number)
    ends = {_NOTHING, *(part.last for part in price.price(wanted) if not part.is_flat), wanted}
    return min(
        exact_sum(
            round_half_up(exact_product(part.quantity, part.unit_price), currency)
            for part in (
                *price.price(end),
                *shortfall_of(there=end, least=wanted, unit_price=limit.shortfall_unit_price, price=price),
            )
        )
        for end in ends
    )


def _is_lowered(limits: Limits, frame: Frame, *, after: str = "price", before: str = "") -> bool:
    """Whether a discount or credit is taken between two steps; to the end of the bill where no later one is named."""
    first = frame.steps.index(after) if after in frame.steps else 0
    last = frame.steps.index(before) if before else len(frame.steps)
    return any(step in limits.stated_steps() for step in frame.steps[first:last] if step in _LOWERING)


def _nothing(frame: Frame) -> Least:
    return Least(in_periods={period: _NOTHING for period, _ in frame.parts})
