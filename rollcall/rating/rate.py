"""The order of a bill: the steps, in one visible list, and a period rated by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from rollcall.rating.cap import hold_to_cap
from rollcall.rating.estimate import add_estimate
from rollcall.rating.floor import lift_to_floor
from rollcall.rating.included import take_out_included
from rollcall.rating.lines import ChargeBill, Estimate
from rollcall.rating.price import price
from rollcall.rating.result import Rating
from rollcall.rating.usage import PeriodUsage
from rollcall.terms.charges import Charge
from rollcall.terms.contract import ContractTerms

Step = Callable[[ChargeBill], ChargeBill]

# The steps of a bill. Terms name them in the order in which they are taken, by default this one; a charge takes the
# steps that it states. A step that terms may name but that is not here ("discount", "credits") cannot be stated yet.
# "estimate" is never named: it follows the price where days are missing, so that floor and cap see it.
STEPS: Mapping[str, Step] = {
    "included": take_out_included,
    "price": price,
    "estimate": add_estimate,
    "floor": lift_to_floor,
    "cap": hold_to_cap,
}


def rate_period(*, terms: ContractTerms, usage: PeriodUsage, estimates: Mapping[str, Estimate]) -> Rating:
    """Rate every charge of one period; lines come charge by charge, in the order of the steps.

    `estimates` are by metric, empty unless days are missing and the gap rule estimates them.
    """
    bills = [_rate_charge(charge, terms, usage, estimates.get(charge.metric)) for charge in terms.charges.values()]
    return Rating(
        period=usage.period,
        currency=terms.currency,
        lines=tuple(line for bill in bills for line in bill.lines),
        working=tuple(entry for bill in bills for entry in bill.working),
    )


def _rate_charge(charge: Charge, terms: ContractTerms, usage: PeriodUsage, estimate: Estimate | None) -> ChargeBill:
    users = Decimal(usage.users(charge.metric))
    bill = ChargeBill(
        charge=charge,
        terms=terms,
        period=usage.period,
        active_users=users,
        users_to_price=users,
        estimate=estimate,
        quantity_words=usage.words.get(charge.metric, ""),
    )
    stated = charge.stated_steps()
    for name in terms.steps:
        if name in stated:
            bill = STEPS[name](bill)
        if name == "price" and estimate is not None:
            bill = STEPS["estimate"](bill)
    return bill
