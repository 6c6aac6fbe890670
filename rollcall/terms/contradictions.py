"""Limits that cannot both hold, or that name what the terms do not have: seen only when the whole terms are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from rollcall.money import exact_sum, exactly, in_words
from rollcall.period import Period
from rollcall.terms.caps import Cap
from rollcall.terms.fields import TermsRefused, one_of
from rollcall.terms.floors import Floor
from rollcall.terms.greater_of import refuse_unknown_charges
from rollcall.terms.limits import Limits, least_amount, most_amount
from rollcall.terms.priced import PriceModel
from rollcall.terms.spans import part_of_amount, part_of_number


@dataclass(frozen=True, kw_only=True)
class Place:
    """Limits where terms write them: at a path such as "charges.seats", with the price that they limit.

    `is_reduced` says that a part of a cycle costs its share of this price.
    """

    path: str
    limits: Limits
    price: PriceModel | None
    is_reduced: bool = False

    def share_of_price(self, share: Fraction) -> Fraction:
        """Return which part of the price a part of a cycle costs."""
        return share if self.is_reduced else Fraction(1)

    def compares_parts(self, floor: Floor, cap: Cap) -> bool:
        """Whether floor and cap may be another way round in a part of a cycle, or over other spans."""
        reduced = "reduced" in (floor.in_part_periods, cap.in_part_periods)
        of_users_and_money = (floor.minimum_amount is None) != (cap.amount is None)
        return floor.per != cap.per or reduced or (self.is_reduced and of_users_and_money)


Parts = Callable[[], Sequence[tuple[Period, Fraction]]]


def refuse_contradictions(
    *,
    places: Sequence[Place],
    steps: Sequence[str],
    metrics: Collection[str],
    charges: Collection[str],
    term: Period,
    currency: str,
    parts: Parts,
) -> None:
    """Refuse what single limits cannot know. `parts` gives each period of the term with its share of a cycle.

    Raises TermsRefused.
    """
    for place in places:
        _refuse_unknown_metric(place, metrics)
        refuse_unknown_charges(place.limits.greater_of, charges)
        _refuse_unknown_charges_of_discounts(place, charges)
        _refuse_grants_outside(place, term)
        _refuse_users_after_money(place, steps)
        floor, cap = place.limits.floor, place.limits.cap
        # Limits of whole cycles, or of the term, were compared when they were read.
        if floor and cap and place.compares_parts(floor, cap):
            with exactly():
                _refuse_floor_above_cap(place, floor, cap, currency, parts())


def _refuse_unknown_metric(place: Place, metrics: Collection[str]) -> None:
    named = {f"{place.path}.per_user_cap.of": place.limits.per_user_cap.of if place.limits.per_user_cap else ""}
    named |= {
        f"{place.path}.credits[{position}].metric": credit.metric
        for position, credit in enumerate(place.limits.credits)
    }
    for path, metric in named.items():
        if metric and metric not in metrics:
            raise TermsRefused(path, f'there is no metric "{metric}"; use {one_of(sorted(metrics))}.')


def _refuse_unknown_charges_of_discounts(place: Place, charges: Collection[str]) -> None:
    for position, discount in enumerate(place.limits.discounts):
        unknown = sorted({*discount.charges} - {*charges})
        if unknown:
            raise TermsRefused(
                f"{place.path}.discounts[{position}].charges",
                f'there is no charge "{unknown[0]}"; use {one_of(sorted(charges))}.',
            )


def _refuse_grants_outside(place: Place, term: Period) -> None:
    for position, credit in enumerate(place.limits.credits):
        if credit.on is not None and not term.contains(credit.on):
            raise TermsRefused(
                f"{place.path}.credits[{position}].on",
                f"{credit.on} is not in the term, {term.words()}; the credit would never be granted.",
            )


def _refuse_users_after_money(place: Place, steps: Sequence[str]) -> None:
    """Refuse a limit in users after a step that lowers the amount: it takes off the price of users as it was before."""
    stated = place.limits.stated_steps()
    lowering = [step for step in ("discount", "credits") if step in stated]
    for limit in sorted(place.limits.counting_users - {"floor"}):
        late = [step for step in lowering if steps.index(step) < steps.index(limit)]
        if late:
            order = [step for step in steps if step not in lowering]
            after = 1 + max(order.index(step) for step in ("price", "commitment", "floor", "cap") if step in order)
            order[after:after] = [step for step in steps if step in lowering]
            written = ", ".join(f'"{step}"' for step in order)
            raise TermsRefused(
                "steps",
                f'the {limit} of {place.path} counts users, so that it comes before "{late[0]}"; write "steps": '
                f"[{written}].",
            )


def _refuse_floor_above_cap(
    place: Place, floor: Floor, cap: Cap, currency: str, parts: Sequence[tuple[Period, Fraction]]
) -> None:
    """Compare a floor and a cap of different spans, or of different parts of a cycle."""
    least = {period: _least(floor, place, currency, share) for period, share in parts}
    most = {period: _most(cap, place, currency, share) for period, share in parts}
    if floor.per == cap.per == "cycle":
        worst = max(parts, key=lambda part: least[part[0]] - most[part[0]])[0]
        _refuse(place, least[worst], most[worst], currency, f"in {worst.words()}")
    elif floor.per == "cycle":
        _refuse(place, exact_sum(least.values()), most_amount(cap, place.price, currency), currency, "over the term")
    elif cap.per == "cycle":
        _refuse(place, least_amount(floor, place.price, currency), exact_sum(most.values()), currency, "over the term")


def _refuse(place: Place, least: Decimal, most: Decimal, currency: str, where: str) -> None:
    if least > most:
        raise TermsRefused(
            f"{place.path}.floor",
            f"{where} the floor asks for {in_words(least, currency)} and the cap allows {in_words(most, currency)}; "
            "a floor cannot be above the cap.",
        )


def _least(floor: Floor, place: Place, currency: str, share: Fraction) -> Decimal:
    parts = floor.in_part_periods
    if floor.minimum_amount is not None:
        return part_of_amount(floor.minimum_amount, share, parts, currency)
    users = part_of_number(floor.minimum_users or 0, share, parts)
    return least_amount(replace(floor, minimum_users=users), place.price, currency, place.share_of_price(share))


def _most(cap: Cap, place: Place, currency: str, share: Fraction) -> Decimal:
    parts = cap.in_part_periods
    if cap.amount is not None:
        return part_of_amount(cap.amount, share, parts, currency)
    users = part_of_number(cap.maximum_users or 0, share, parts)
    return most_amount(replace(cap, maximum_users=users), place.price, currency, place.share_of_price(share))
