"""What terms refuse about a trial: days that cost nothing must have a cost of their own that can be taken off."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from rollcall.period import BillingCycle, Period
from rollcall.terms.charges import Charge
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.metrics import AnyMetric
from rollcall.terms.seats import SeatsMetric

KEY = "trial_until"


def refuse_trial(
    fields: Fields, charge: Charge, metric: AnyMetric | None, *, term: Period, cycle: BillingCycle
) -> None:
    """Refuse a trial of which nobody can say what its days cost. `fields` are those of the charge.

    Raises TermsRefused.
    """
    until = charge.timing.trial_until
    if until is None:
        return
    if not term.start < until <= term.end:
        raise fields.refuse(KEY, f"must lie in the term, {term.words()}, after its first day.")
    if charge.limits.commitment:
        raise fields.refuse(
            KEY, "together with a commitment would have to say whether the trial draws on it; leave one of them out."
        )
    if until == term.end or cycle.period_of(until).start == until:
        return
    if metric is not None and not isinstance(metric, SeatsMetric):
        raise fields.refuse(KEY, "must be the first day of a cycle: users are counted once over a whole cycle.")
    if isinstance(metric, SeatsMetric) and metric.calculation is not None:
        raise fields.refuse(
            KEY, "must be the first day of a cycle: the seats are one number for a whole cycle, and no day has its own."
        )
    for key in charge.limits.over_term:
        raise fields.refuse(
            KEY, f"must be the first day of a cycle beside a {key} over the term, towards which no part of one counts."
        )
    period = cycle.period_of(until).intersection(term)
    if isinstance(metric, SeatsMetric) and period is not None:
        refuse_changing_seats(fields.at(KEY), charge, metric.daily(period=period, term=term).values())


def refuse_changing_seats(path: str, charge: Charge, seats: Iterable[Decimal | int]) -> None:
    """Refuse a trial that ends between days of different numbers of seats where an amount is of the whole cycle.

    A price of each seat has its share on each day, and so has a percentage of it; nothing says which part of an amount
    belongs to days with few seats. Raises TermsRefused.
    """
    numbers = {Decimal(number) for number in seats}
    if len(numbers) < 2:
        return
    limits, price = charge.limits, charge.price
    whole = {
        "a discount of an amount": any(discount.amount is not None for discount in limits.discounts),
        "a floor": limits.floor is not None,
        "a cap": limits.cap is not None,
        "a flat amount": price.needs_quantity
        and any(part.is_flat for number in numbers for part in price.price(number)),
    }
    for name, is_there in whole.items():
        if is_there:
            raise TermsRefused(
                path,
                f"must be the first day of a cycle, because the number of seats changes inside this one and {name} is "
                "of the whole cycle: nothing says how much of it the days of the trial have.",
            )
