"""The parts in which a person gives back an invoice, and how each divides among its lines.

Owns: whole, a line, users of a line, an amount, and their arithmetic. Does not own: what is left of an invoice, and the
totals of a credit note (`billing.crediting`).
Invariants: an amount that is spread loses no cent; no line gives back more than is left of it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil

from billing.models import Invoice, InvoiceLine
from billing.settling_documents import MoreThanHeld
from ground.presentation.format import count_of
from rollcall.money import (
    exact_difference,
    exact_sum,
    exponent,
    in_words,
    part_of_product,
    round_fraction,
    round_half_up,
    shortest,
)
from rollcall.terms.charges import CONTRACT

ZERO = Decimal(0)
# Prices at which one more user is one more unit of the line. A package, or a flat amount of a tier, is for many.
PER_USER = frozenset({"per_user", "graduated", "volume"})
_TIER = re.compile(r"(?P<price>.*/price)(/tier-[0-9]+)?")


class PartRefused(ValueError):
    """A part that cannot be given back: no such line, more than is left of it, or not written as money."""

    def __init__(self, sentence: str, *, position: int | None = None) -> None:
        super().__init__(sentence)
        self.position = position


@dataclass(frozen=True, kw_only=True)
class Whole:
    """All that the invoice still holds."""


@dataclass(frozen=True, kw_only=True)
class OfLine:
    """An amount of one line before tax, in the line's own sign; all that is left of it where none is named."""

    position: int
    amount: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class OfUsers:
    """So many users of a line at its price. Where the price has tiers, the highest tier gives them back first."""

    position: int
    users: int


@dataclass(frozen=True, kw_only=True)
class OfAmount:
    """An amount before tax, spread over all lines in proportion to what is left of them."""

    amount: Decimal


Part = Whole | OfLine | OfUsers | OfAmount


@dataclass(frozen=True, kw_only=True)
class LineLeft:
    """A line of the invoice and what of it no credit note has given back; both in the sign of the line."""

    line: InvoiceLine
    left: Decimal
    # Whether a number of users means something on it: each of them costs its unit price.
    is_per_user: bool
    # The charges that a discount of the whole contract is on, where it is not on all of them.
    charges: tuple[str, ...] = ()

    @property
    def users_left(self) -> int:
        """How many users may still be given back: the most whose price is no more than what is left."""
        if not self.is_per_user or self.left <= 0:
            return 0
        half = Fraction(1, 2 * 10 ** exponent(self.line.invoice.currency))
        per_user = Fraction(self.line.unit_price) * Fraction(self.line.share)
        return min(int(self.line.quantity), ceil((Fraction(self.left) + half) / per_user) - 1)

    def price_of(self, users: int) -> Decimal:
        """What so many of the users that are left cost: what all of them cost less what the others do."""
        others = self.users_left - users
        return exact_difference(self._cost(self.users_left), self._cost(others))

    def _cost(self, users: int) -> Decimal:
        line = self.line
        return part_of_product(Decimal(users), line.unit_price, Fraction(line.share), line.invoice.currency)


@dataclass(frozen=True, kw_only=True)
class CreditState:
    """What an invoice may still give back by hand: by line, and together before tax."""

    invoice: Invoice
    lines: tuple[LineLeft, ...]
    room: Decimal


@dataclass(frozen=True, kw_only=True)
class GivenBack:
    """What a credit note gives back of one line; `users` where it gives back people at the price of the line."""

    line: InvoiceLine
    amount: Decimal
    users: int | None = None


def divide(*, state: CreditState, parts: Sequence[Part]) -> list[GivenBack]:
    """Return what each line gives back, in the order of the lines; a line that gives nothing is left out."""
    given: dict[int, GivenBack] = {}
    for part in parts:
        rest = _rest(state, given)
        for one in _of_part(rest, part):
            before = given.get(one.line.pk)
            users = one.users if before is None else None
            amount = one.amount if before is None else exact_sum((before.amount, one.amount))
            given[one.line.pk] = GivenBack(line=one.line, amount=amount, users=users)
    return [given[row.line.pk] for row in state.lines if row.line.pk in given and given[row.line.pk].amount]


def require_within(*, state: CreditState, given: Sequence[GivenBack]) -> None:
    """Refuse nothing at all, more than the invoice holds, and at a tax rate more than is left of it, or less than none.

    Raises PartRefused, MoreThanHeld.
    """
    invoice, net = state.invoice, exact_sum(one.amount for one in given)
    if net > state.room:
        raise MoreThanHeld(
            f"Invoice {invoice.number} holds {in_words(state.room, invoice.currency)} before tax; a credit note cannot "
            f"give back {in_words(net, invoice.currency)}. Give back less."
        )
    if net <= 0:
        raise PartRefused("Nothing would be given back. Name at least one line, a number of users, or an amount.")
    amounts = {one.line.pk: one.amount for one in given}
    for (_, rate), rows in _by_rate(state).items():
        left = exact_sum(row.left for row in rows)
        part = exact_sum(amounts.get(row.line.pk, ZERO) for row in rows)
        if not min(left, ZERO) <= part <= max(left, ZERO):
            raise PartRefused(
                f"Of what is taxed at {shortest(rate)} % {in_words(left, invoice.currency)} is left before tax; "
                f"{in_words(part, invoice.currency)} is not a part of that. Discounts go back with what they lowered."
            )


def spread(amount: Decimal, over: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Cut an amount in proportion to signed amounts, to the cent; no part is more than what it is a part of.

    `over` adds up to at least `amount`, and both are above zero. The sum so far is rounded and the parts are its steps:
    discounts have their share with their sign, and two parts never add up to more than the amount of both.
    """
    whole, so_far, taken, parts = Fraction(exact_sum(over)), Fraction(0), ZERO, []
    for each in over:
        so_far += Fraction(each)
        upto = round_fraction(Fraction(amount) * so_far / whole, currency)
        parts.append(exact_difference(upto, taken))
        taken = upto
    return parts


def user_group(state: CreditState, position: int) -> list[LineLeft]:
    """Return the lines that price the same users, one per tier, the first tier first; empty for other lines."""
    named = next((row for row in state.lines if row.line.position == position), None)
    if named is None or not named.is_per_user:
        return []
    return [row for row in state.lines if row.is_per_user and _group_of(row.line) == _group_of(named.line)]


def _rest(state: CreditState, given: dict[int, GivenBack]) -> CreditState:
    """What is left after the parts before."""
    lines = tuple(
        replace(row, left=exact_difference(row.left, given[row.line.pk].amount)) if row.line.pk in given else row
        for row in state.lines
    )
    room = exact_difference(state.room, exact_sum(one.amount for one in given.values()))
    return replace(state, lines=lines, room=room)


def _of_part(state: CreditState, part: Part) -> list[GivenBack]:
    if isinstance(part, Whole):
        return _spread_over_lines(state, state.room)
    if isinstance(part, OfAmount):
        return _spread_over_lines(state, _money(part.amount, state))
    if isinstance(part, OfLine):
        return [_of_line(state, part)]
    return _of_users(state, part)


def _spread_over_lines(state: CreditState, amount: Decimal) -> list[GivenBack]:
    if amount > state.room or amount <= 0:
        currency = state.invoice.currency
        raise MoreThanHeld(
            f"Invoice {state.invoice.number} holds {in_words(state.room, currency)} before tax. Give back more than "
            f"nothing and no more than that, not {in_words(amount, currency)}."
        )
    if amount == exact_sum(row.left for row in state.lines):
        return [GivenBack(line=row.line, amount=row.left) for row in state.lines]
    found, rates = [], _by_rate(state)
    of_rates = spread(amount, [exact_sum(row.left for row in rows) for rows in rates.values()], state.invoice.currency)
    for rows, of_rate in zip(rates.values(), of_rates, strict=True):
        if of_rate:
            parts = spread(of_rate, [row.left for row in rows], state.invoice.currency)
            found += [GivenBack(line=row.line, amount=part) for row, part in zip(rows, parts, strict=True)]
    return found


def _of_line(state: CreditState, part: OfLine) -> GivenBack:
    row = _row(state, part.position)
    if part.amount is None:
        return GivenBack(line=row.line, amount=row.left)
    amount, currency = _money(part.amount, state, part.position), state.invoice.currency
    is_part = ZERO < amount <= row.left if row.left > 0 else row.left <= amount < ZERO
    if not is_part:
        raise PartRefused(
            f"Of line {part.position} {in_words(row.left, currency)} is left; {in_words(amount, currency)} is not a "
            "part of that.",
            position=part.position,
        )
    return GivenBack(line=row.line, amount=amount)


def _of_users(state: CreditState, part: OfUsers) -> list[GivenBack]:
    group = user_group(state, part.position)
    if not group:
        raise PartRefused(f"Line {part.position} has no price per user.", position=part.position)
    most = sum(row.users_left for row in group)
    if not 0 < part.users <= most:
        raise PartRefused(
            f"Line {part.position} and its tiers have {count_of(most, 'user')} left to give back, not {part.users:,}.",
            position=part.position,
        )
    given, users = [], part.users
    for row in reversed(group):
        some = min(users, row.users_left)
        if some:
            given.append(GivenBack(line=row.line, amount=row.price_of(some), users=some))
            users -= some
    return [*given, *_lowered(state, given)]


def _lowered(state: CreditState, given: Sequence[GivenBack]) -> list[GivenBack]:
    """The part that these users had of discounts, caps and credits: they did not cost their price.

    First those of their charge, then those of the whole contract, which each charge has by what it came to before.
    """
    first, gone = given[0].line, exact_sum(one.amount for one in given)
    bill = [row for row in state.lines if _is_rated(row.line) and row.line.period == first.period]
    of_charge = [row for row in bill if row.line.charge_key == first.charge_key]
    part = Fraction(gone) / Fraction(exact_sum(row.line.amount for row in of_charge if row.line.amount > 0))
    is_last = gone == exact_sum(row.left for row in of_charge if row.line.amount > 0)
    found = [_of_lowering(state, row, part, is_last=is_last) for row in of_charge if row.left < 0]
    for row, share, scope in _limits_over(bill, first.charge_key):
        is_last = gone == exact_sum(
            other.left for other in bill if other.line.charge_key in scope and other.line.amount > 0
        )
        if row.left < 0:
            found.append(_of_lowering(state, row, part * share, is_last=is_last))
    return found


def _of_lowering(state: CreditState, row: LineLeft, part: Fraction, *, is_last: bool) -> GivenBack:
    """A part of a line that lowered others. What parts were rounded by goes with the last of what it lowered."""
    amount = round_fraction(Fraction(row.line.amount) * part, state.invoice.currency)
    return GivenBack(line=row.line, amount=row.left if is_last else max(amount, row.left))


def _limits_over(bill: Sequence[LineLeft], charge_key: str) -> Iterator[tuple[LineLeft, Fraction, frozenset[str]]]:
    """Yield each line with which the whole contract lowered a charge, the charge's part of it, and whom it lowered."""
    came_to: dict[str, Fraction] = {}
    for row in bill:
        key, amount = row.line.charge_key, Fraction(row.line.amount)
        scope = frozenset(row.charges or came_to)
        whole = sum((came_to.get(one, Fraction(0)) for one in scope), Fraction(0))
        if key != CONTRACT or amount >= 0:
            came_to[key] = came_to.get(key, Fraction(0)) + amount
        elif whole > 0:
            if charge_key in scope:
                yield row, came_to[charge_key] / whole, scope
            came_to |= {one: came_to[one] * (1 + amount / whole) for one in scope if one in came_to}


def _is_rated(line: InvoiceLine) -> bool:
    """Whether a line bills its period: it settles no other one, and no person put it there."""
    return line.true_up_id is None and line.adjustment_id is None


def _by_rate(state: CreditState) -> dict[tuple[str, Decimal], list[LineLeft]]:
    """The lines by category and rate of their tax."""
    found: dict[tuple[str, Decimal], list[LineLeft]] = {}
    for row in state.lines:
        found.setdefault((row.line.tax_category, Decimal(shortest(row.line.tax_rate))), []).append(row)
    return found


def _row(state: CreditState, position: int) -> LineLeft:
    for row in state.lines:
        if row.line.position == position:
            return row
    raise PartRefused(f"Invoice {state.invoice.number} has no line {position}.", position=position)


def _money(amount: Decimal, state: CreditState, position: int | None = None) -> Decimal:
    currency = state.invoice.currency
    if not amount.is_finite() or round_half_up(amount, currency) != amount:
        raise PartRefused(f"Write an amount with no more decimals than {currency} has.", position=position)
    return round_half_up(amount, currency)


def is_per_user(line: InvoiceLine, models: Mapping[str, str]) -> bool:
    """Whether one more user is one more unit of this line; `models` are the price models of the charges."""
    return (
        line.kind == "usage"
        and models.get(line.charge_key) in PER_USER
        and _TIER.fullmatch(line.key) is not None
        and line.unit_price > 0
        and line.quantity > 0
        and line.quantity == line.quantity.to_integral_value()
    )


def _group_of(line: InvoiceLine) -> tuple[object, ...]:
    found = _TIER.fullmatch(line.key)
    return (line.billing_period_id, line.charge_key, line.share, found["price"] if found else line.key)
