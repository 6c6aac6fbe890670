"""The order of a bill: the steps, in one visible list, and a period rated by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from rollcall.money import exact_sum
from rollcall.period import Period
from rollcall.rating.by_days import under, weigh
from rollcall.rating.cap import hold_to_cap
from rollcall.rating.commitment import draw_commitment
from rollcall.rating.credits import burn_after_tax, burn_credits
from rollcall.rating.discount import began_of, take_discounts
from rollcall.rating.estimate import add_estimate
from rollcall.rating.floor import lift_to_floor
from rollcall.rating.greater_of import bill_the_greatest
from rollcall.rating.included import take_out_included
from rollcall.rating.lines import WHOLE, ChargeBill, Estimate
from rollcall.rating.measured import Measured
from rollcall.rating.per_user_cap import hold_users_to_cap
from rollcall.rating.price import price
from rollcall.rating.result import Rating
from rollcall.rating.so_far import sums_after, sums_without_limits
from rollcall.rating.state import TermState
from rollcall.rating.trial import take_off_trial
from rollcall.rating.users import beside_lines
from rollcall.rating.versions import InForce, Rules
from rollcall.terms.charges import CONTRACT, Charge
from rollcall.terms.contract import ContractTerms
from rollcall.terms.limits import Limits
from rollcall.terms.nouns import UNITS

Step = Callable[[ChargeBill], ChargeBill]

# The steps of a bill. Terms name them in the order in which they are taken; a charge takes the steps that it states,
# and the whole contract, once its charges are rated, those that its own limits state.
# "estimate" is never named: it follows the price where days are missing, so that every limit sees it. Neither is the
# trial, which comes last: what its days come to is taken off whatever made it. Only credits come after it, so that
# none is burned for days that cost nothing.
STEPS: Mapping[str, Step] = {
    "included": take_out_included,
    "price": price,
    "estimate": add_estimate,
    "per_user_cap": hold_users_to_cap,
    "discount": take_discounts,
    "commitment": draw_commitment,
    "floor": lift_to_floor,
    "cap": hold_to_cap,
    "credits": burn_credits,
}


@dataclass(frozen=True, kw_only=True)
class RatedPeriod:
    """The rating of a period, what each charge came to, and what its steps keep for later periods."""

    rating: Rating
    amounts: Mapping[str, Decimal]
    carried: Mapping[str, Any]


def rate_period(
    *,
    rules: Rules,
    measured: Mapping[str, Measured],
    estimates: Mapping[str, Estimate],
    state: TermState,
    is_in_advance: bool = False,
) -> RatedPeriod:
    """Rate every charge of one period, then the whole contract; lines come charge by charge, in the order of the steps.

    `rules` are the terms of the period, several where they changed inside it. `measured` has every metric that a
    charge bills. `estimates` are by metric, empty unless days are missing and the gap rule estimates them. `state` is
    what the earlier periods of the term left. `is_in_advance` rates what is billed in advance and nothing else.
    """
    bills: list[ChargeBill] = []
    carried: dict[str, Any] = {}
    for key in _charges_of(rules, is_in_advance=is_in_advance):
        rated = [
            (_rate_charge(key, one, rules.period, measured, estimates, state), one)
            for one in _differing(rules, _charge_named(key))
            if key in one.terms.charges
        ]
        bills.append(_as_one(rated, rules, rules.main.charges.get(key)))
        carried |= _kept(bills[-1], rated, state)
    if not is_in_advance and any(one.terms.limits.is_stated for one in rules.in_force):
        rated = [
            (_rate_contract(bills, one, rules.period, measured, state), one)
            for one in _differing(rules, lambda terms: terms.limits)
        ]
        bills.append(_as_one(rated, rules, rules.main.limits))
        carried |= _kept(bills[-1], rated, state)
    elif not is_in_advance:
        carried |= sums_without_limits((bill.own_amount for bill in bills), state)
    rating = Rating(
        period=rules.period,
        currency=rules.main.currency,
        lines=tuple(line for bill in bills for line in bill.lines),
        working=tuple(entry for bill in bills for entry in bill.working),
        credits=tuple(entry for bill in bills for entry in bill.entries),
        versions=rules.in_force if rules.has_change else (),
        beside_lines=beside_lines(bills),
    )
    return RatedPeriod(rating=rating, amounts={bill.key: bill.own_amount for bill in bills}, carried=carried)


def _charges_of(rules: Rules, *, is_in_advance: bool) -> list[str]:
    """Return the keys of the charges that any version of the period has, in the order of the first one."""
    keys = dict.fromkeys(key for one in rules.in_force for key in one.terms.charges)
    if not is_in_advance:
        return list(keys)
    return [
        key
        for key in keys
        if any(key in one.terms.charges and one.terms.charges[key].bill == "in_advance" for one in rules.in_force)
    ]


def _charge_named(key: str) -> Callable[[ContractTerms], object]:
    return lambda terms: terms.charges.get(key)


def _differing(rules: Rules, part: Callable[[ContractTerms], object]) -> list[InForce]:
    """Return the versions between which a part of the terms, or the order of steps, differs; equal ones are one."""
    found: list[InForce] = []
    for one in rules.in_force:
        before = found[-1] if found else None
        if before and (part(before.terms), before.terms.steps) == (part(one.terms), one.terms.steps):
            span = Period(before.span.start, one.span.end)
            found[-1] = replace(before, span=span, weight=before.weight + one.weight)
        else:
            found.append(one)
    return found


def _as_one(rated: list[tuple[ChargeBill, InForce]], rules: Rules, main: Charge | Limits | None) -> ChargeBill:
    """Return the bill of a charge, or of the contract, from what each version made of it."""
    bill, one = rated[0]
    if len(rated) > 1 or one.weight != WHOLE:
        return weigh(rated)
    changed = rules.has_change and main not in (bill.charge, bill.limits)
    return under(bill, one) if changed else bill


def _kept(bill: ChargeBill, rated: list[tuple[ChargeBill, InForce]], state: TermState) -> dict[str, Any]:
    """Return what a bill leaves for later periods: what its steps keep, and what limits over the term count."""
    by_version = [one for one, _ in rated]
    return {**bill.carried, **sums_after(bill, by_version=by_version, steps=by_version[0].terms.steps, state=state)}


def _rate_charge(
    key: str,
    one: InForce,
    period: Period,
    measured: Mapping[str, Measured],
    estimates: Mapping[str, Estimate],
    state: TermState,
) -> ChargeBill:
    """Rate a charge as if its terms held for the whole period."""
    terms = one.terms
    charge = terms.charges[key]
    # What counts nothing is there once.
    found = measured[charge.metric] if charge.metric is not None else Measured(quantity=Decimal(1))
    bill = ChargeBill(
        key=charge.key,
        charge=charge,
        limits=charge.limits,
        noun=terms.noun_of(charge.key),
        terms=terms,
        period=period,
        measured=found,
        to_price=found.quantity,
        state=state,
        estimate=estimates.get(charge.metric) if charge.metric is not None else None,
        others=measured,
        discounted_since=began_of(key, one),
    )
    stated, until = charge.stated_steps(), charge.timing.trial_until
    for name in terms.steps:
        if name == "credits" and name in stated and until is not None:
            later = [step for step in terms.steps[terms.steps.index(name) + 1 :] if step in stated]
            bill, until = take_off_trial(bill, until, one.span, later=later), None
        if name in stated:
            bill = STEPS[name](bill)
        if name == "price" and bill.estimate is not None:
            bill = STEPS["estimate"](bill)
    return bill if until is None else take_off_trial(bill, until, one.span)


def _rate_contract(
    bills: list[ChargeBill],
    one: InForce,
    period: Period,
    measured: Mapping[str, Measured],
    state: TermState,
) -> ChargeBill:
    """Apply the limits of the whole contract to the sum of its charges; what pays the amount with tax comes last."""
    terms = one.terms
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
        others=measured,
        charged={charged.key: charged.own_amount for charged in bills},
        discounted_since=began_of(CONTRACT, one),
    )
    if terms.limits.greater_of:
        bill = bill_the_greatest(bill)
    stated = terms.limits.stated_steps()
    for name in terms.steps:
        if name in stated:
            bill = STEPS[name](bill)
    return burn_after_tax(bill, [line.amount for charged in (*bills, bill) for line in charged.lines])
