"""A pool of credits in one period: grants come in, the bill burns them, what has ended expires.

A pool never holds less than nothing and never pays more than it is asked for. Every day of a grant is in the terms, so
that a pool is the same whenever the term is rated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from rollcall.money import exact_difference, exact_sum
from rollcall.period import Period
from rollcall.rating.credit_entries import BURN, EXPIRE, GRANT, CreditEntry
from rollcall.rating.returned_credits import ReturnedCredit
from rollcall.terms.contract import ContractTerms
from rollcall.terms.credits import Credit

NOTHING = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lot:
    """What is left of one grant; `expires_on` is the first day on which it is gone."""

    name: str
    priority: int
    granted_on: date
    expires_on: date
    left: Decimal


@dataclass(kw_only=True)
class Pool:
    """The lots of a pool while one period is rated, and the entries that it makes."""

    key: str
    lots: list[Lot]
    entries: list[CreditEntry] = field(default_factory=list)

    @property
    def balance(self) -> Decimal:
        """What is left of all lots together."""
        return exact_sum(lot.left for lot in self.lots)

    def grant(self, lot: Lot) -> None:
        """Add a lot; nothing happens for an amount of zero."""
        if lot.left:
            self.lots.append(lot)
            self._enter(lot.name, GRANT, lot.granted_on, lot.left)

    def burn(self, most: Decimal, day: date) -> dict[str, Decimal]:
        """Pay up to `most`; return what each name paid. By priority, then the earlier end, then the earlier grant."""
        paid: dict[str, Decimal] = {}
        for lot in sorted(self.lots, key=_burned_first):
            part = min(lot.left, exact_difference(most, exact_sum(paid.values())))
            if part > 0:
                self._lower(lot, part)
                paid[lot.name] = paid.get(lot.name, NOTHING) + part
                self._enter(lot.name, BURN, day, part)
        return paid

    def expire(self, lot: Lot, amount: Decimal, day: date) -> None:
        """Take away what is no longer there, on the day after the period that it could pay for last."""
        if amount > 0:
            self._lower(lot, amount)
            self._enter(lot.name, EXPIRE, day, amount)

    def _lower(self, lot: Lot, amount: Decimal) -> None:
        place = self.lots.index(lot)
        self.lots[place] = replace(lot, left=exact_difference(lot.left, amount))

    def _enter(self, name: str, kind: str, day: date, amount: Decimal) -> None:
        entry = CreditEntry(pool=self.key, name=name, kind=kind, date=day, amount=amount, balance=self.balance)
        self.entries.append(entry)


def _burned_first(lot: Lot) -> tuple[int, date, date, str]:
    return lot.priority, lot.expires_on, lot.granted_on, lot.name


def grants_of(
    *, credits: Iterable[Credit], terms: ContractTerms, period: Period, amount_of: Callable[[Credit], Decimal]
) -> list[Lot]:
    """Return the grants that fall into a period, by their day. `amount_of` says what a credit is worth in it."""
    lots = []
    for credit in credits:
        day = _granted_in(credit, terms, period)
        if day is not None:
            expires = min(credit.expires_on(day, period.end, terms.term.end), terms.term.end)
            lots.append(
                Lot(
                    name=credit.name,
                    priority=credit.priority,
                    granted_on=day,
                    expires_on=expires,
                    left=amount_of(credit),
                )
            )
    return sorted(lots, key=lambda lot: lot.granted_on)


def granted_anew(
    returned: Iterable[ReturnedCredit], *, credits: Iterable[Credit], terms: ContractTerms, period: Period
) -> list[Lot]:
    """Return what is granted anew in a period; it ends as a grant of that day would, and burns with its name's rank."""
    named = {credit.name: credit for credit in credits}
    return [
        Lot(
            name=one.name,
            priority=named[one.name].priority,
            granted_on=one.on,
            expires_on=min(named[one.name].expires_on(one.on, period.end, terms.term.end), terms.term.end),
            left=one.amount,
        )
        for one in sorted(returned, key=lambda one: one.on)
        if one.name in named and period.contains(one.on)
    ]


def _granted_in(credit: Credit, terms: ContractTerms, period: Period) -> date | None:
    """Return the day in the period on which a credit is granted."""
    if credit.granted == "each_cycle":
        return period.start
    day = credit.on if credit.on is not None else terms.term.start
    return day if period.contains(day) else None


def close_period(pool: Pool, *, credits: Sequence[Credit], terms: ContractTerms, period: Period) -> None:
    """Expire what has ended with the period, and carry on what the terms carry to the next one."""
    following = terms.period_of(period.end) if period.end < terms.term.end else None
    for credit in credits:
        if credit.rollover_most is not None and following is not None:
            _roll_over(pool, credit.name, credit.rollover_most, following)
    for lot in sorted(pool.lots, key=_burned_first):
        if lot.expires_on <= period.end:
            pool.expire(lot, lot.left, period.end)
    pool.lots = [lot for lot in pool.lots if lot.left]


def _roll_over(pool: Pool, name: str, most: Decimal, following: Period) -> None:
    """Keep up to the most of what is left under a name until the end of the next period; the oldest go first."""
    own = sorted((lot for lot in pool.lots if lot.name == name and lot.left), key=lambda lot: lot.granted_on)
    above = max(exact_difference(exact_sum(lot.left for lot in own), most), NOTHING)
    for lot in own:
        gone = min(lot.left, above)
        above = exact_difference(above, gone)
        pool.expire(lot, gone, following.start)
        if gone < lot.left:
            left = exact_difference(lot.left, gone)
            kept = replace(lot, left=left, expires_on=following.end)
            pool.lots[pool.lots.index(replace(lot, left=left))] = kept


def needs_memory(credits: Iterable[Credit]) -> bool:
    """Whether a pool can hold something from earlier periods, so that these must be known."""
    return any(
        credit.granted != "each_cycle" or credit.expires != "cycle" or credit.rollover_most is not None
        for credit in credits
    )
