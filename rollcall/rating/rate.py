"""The order of a bill: the steps, in one visible list, and a period rated by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rollcall.money import exact_sum
from rollcall.period import Period
from rollcall.rating.cap import hold_to_cap
from rollcall.rating.estimate import add_estimate
from rollcall.rating.floor import lift_to_floor
from rollcall.rating.included import take_out_included
from rollcall.rating.lines import ChargeBill, Estimate
from rollcall.rating.measured import Measured
from rollcall.rating.price import price
from rollcall.rating.result import Rating
from rollcall.rating.state import TermState
from rollcall.terms.charges import CONTRACT, Charge
from rollcall.terms.contract import ContractTerms
from rollcall.terms.nouns import UNITS

Step = Callable[[ChargeBill], ChargeBill]

# The steps of a bill. Terms name them in the order in which they are taken; a charge takes the steps that it states,
# and the whole contract, once its charges are rated, those that its own limits state.
# "estimate" is never named: it follows the price where days are missing, so that every limit sees it.
STEPS: Mapping[str, Step] = {
    "included": take_out_included,
    "price": price,
    "estimate": add_estimate,
    "floor": lift_to_floor,
    "cap": hold_to_cap,
}


@dataclass(frozen=True, kw_only=True)
class RatedPeriod:
    """The rating of a period, what each charge came to, and what its steps keep for later periods."""

    rating: Rating
    amounts: Mapping[str, Decimal]
    carried: Mapping[str, Any]


def rate_period(
    *,
    terms: ContractTerms,
    period: Period,
    measured: Mapping[str, Measured],
    estimates: Mapping[str, Estimate],
    state: TermState,
) -> RatedPeriod:
    """Rate every charge of one period, then the whole contract; lines come charge by charge, in the order of the steps.

    `measured` has every metric that a charge bills. `estimates` are by metric, empty unless days are missing and the
    gap rule estimates them. `state` is what the earlier periods of the term left.
    """
    bills = [_rate_charge(charge, terms, period, measured, estimates, state) for charge in terms.charges.values()]
    if CONTRACT in terms.billed_keys:
        bills.append(_rate_contract(bills, terms, period, state))
    rating = Rating(
        period=period,
        currency=terms.currency,
        lines=tuple(line for bill in bills for line in bill.lines),
        working=tuple(entry for bill in bills for entry in bill.working),
    )
    carried: dict[str, Any] = {}
    for bill in bills:
        carried |= bill.carried
    return RatedPeriod(rating=rating, amounts={bill.key: bill.own_amount for bill in bills}, carried=carried)


def _rate_charge(
    charge: Charge,
    terms: ContractTerms,
    period: Period,
    measured: Mapping[str, Measured],
    estimates: Mapping[str, Estimate],
    state: TermState,
) -> ChargeBill:
    found = measured[charge.metric]
    bill = ChargeBill(
        key=charge.key,
        charge=charge,
        limits=charge.limits,
        noun=terms.metrics[charge.metric].noun,
        terms=terms,
        period=period,
        measured=found,
        to_price=found.quantity,
        state=state,
        estimate=estimates.get(charge.metric),
    )
    stated = charge.stated_steps()
    for name in terms.steps:
        if name in stated:
            bill = STEPS[name](bill)
        if name == "price" and bill.estimate is not None:
            bill = STEPS["estimate"](bill)
    return bill


def _rate_contract(bills: list[ChargeBill], terms: ContractTerms, period: Period, state: TermState) -> ChargeBill:
    """Apply the limits of the whole contract to the sum of its charges."""
    bill = ChargeBill(
        key=CONTRACT,
        charge=None,
        limits=terms.limits,
        noun=UNITS,
        terms=terms,
        period=period,
        measured=Measured(quantity=Decimal(0)),
        to_price=Decimal(0),
        state=state,
        base=exact_sum(charged.own_amount for charged in bills),
    )
    stated = terms.limits.stated_steps()
    for name in terms.steps:
        if name in stated:
            bill = STEPS[name](bill)
    return bill
