"""How far a running period has come towards its floors, commitments, credits and caps.

Owns: the level of each limit, in users or in money, over its cycle or its term. Does not own: whom it is told.
Invariants: levels are read off the rating of the term, so they say what the bill will say; a limit of zero and a
period that cannot be rated have no level.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.models import Notice
from billing.running import Running
from rollcall.money import exact_sum, in_words, number_in_words
from rollcall.period import Period
from rollcall.rating import RatedLine, Rating
from rollcall.rating.credit_entries import BURN, GRANT, CreditEntry
from rollcall.rating.proration import share_of
from rollcall.terms.charges import CONTRACT
from rollcall.terms.limits import Limits
from rollcall.terms.nouns import Noun
from rollcall.terms.spans import InPartPeriods, Per, part_of_amount, part_of_number

STEPS = (50, 75, 90, 100)
# The lines of a bill before any floor, commitment, cap or credit.
PRICED = frozenset(("usage", "flat", "included", "estimated", "discount", "per_user_cap", "trial"))
# Such lines are said by their quantity where a count alone does not.
COUNTED = frozenset(("usage", "included", "estimated"))
Kind = Notice.Kind


@dataclass(frozen=True, kw_only=True)
class Level:
    """One limit and how far it is reached. `span` is the cycle, or the term where the limit holds for it.

    `there` and `limit` are users, or money in `currency`; `noun` says whose number it is.
    """

    kind: str
    charge_key: str
    span: Period
    is_of_term: bool
    there: Decimal
    limit: Decimal
    currency: str
    noun: str = ""

    @property
    def percent(self) -> int:
        """How much of the limit is reached, in whole percent, rounded down."""
        return int(self.there * 100 / self.limit)

    @property
    def step(self) -> int:
        """The highest of STEPS that is reached; 0 for none."""
        return max((step for step in STEPS if self.there * 100 >= self.limit * step), default=0)

    @property
    def words(self) -> str:
        """Say the level and what it means for the bill, in two sentences."""
        of_term = " for the term" if self.is_of_term else ""
        name = {Kind.POOL.value: "credit"}.get(self.kind, self.kind)
        verb = "used" if self.kind == Kind.POOL else "reached"
        said = f"{self.percent} % of the {name} of {self._written(self.limit)}{of_term} is {verb}: "
        return f"{said}{self._written(self.there)}. {self._meaning()}"

    def _written(self, number: Decimal) -> str:
        return in_words(number, self.currency) if not self.noun else f"{number_in_words(number)} {self.noun}"

    def _meaning(self) -> str:
        is_full = self.there >= self.limit
        return {
            Kind.FLOOR.value: "From here on more use costs more."
            if is_full
            else "Up to the floor the bill stays the same.",
            Kind.COMMITMENT.value: "What comes now is overage." if is_full else "Up to it use is covered as agreed.",
            Kind.CAP.value: "What is above it is not billed." if is_full else "Above it nothing more is billed.",
            Kind.POOL.value: "From here on use is paid for." if is_full else "It pays until it is used up.",
        }[self.kind]


def levels_of(running: Running) -> list[Level]:
    """Return the level of every limit of a running period, the charges first and the whole contract last."""
    if running.rated is None:
        return []
    terms, found = running.force.terms, list[Level]()
    for key, charge in terms.charges.items():
        if charge.bill == "in_advance":
            continue
        found += _of_limits(running, key, charge.limits, terms.noun_of(key))
    found += _of_limits(running, CONTRACT, terms.limits, None)
    return [level for level in found if level.limit > 0]


def _of_limits(running: Running, key: str, limits: Limits, noun: Noun | None) -> Iterator[Level]:
    floor, commitment, cap = limits.floor, limits.commitment, limits.cap
    if floor is not None:
        yield _level(running, key, noun, Kind.FLOOR, floor.minimum_users, floor.minimum_amount, floor)
    if commitment is not None:
        yield _level(running, key, noun, Kind.COMMITMENT, commitment.quantity, commitment.amount, commitment)
    if cap is not None:
        yield _level(running, key, noun, Kind.CAP, cap.maximum_users, cap.amount, cap)
    yield from _of_pools(running, key, limits)


def _level(
    running: Running, key: str, noun: Noun | None, kind: Kind, users: int | None, amount: Decimal | None, limit: Any
) -> Level:
    per: Per = limit.per
    parts: InPartPeriods = limit.in_part_periods
    terms, period = running.force.terms, running.period
    share = share_of(terms, period)
    ratings = _ratings(running, per)
    if amount is not None:
        there = exact_sum(_amount(key, one) for one in ratings)
        most = part_of_amount(amount, share, parts, terms.currency)
    else:
        there = exact_sum(_users(running, key, one) for one in ratings)
        most = Decimal(part_of_number(users or 0, share, parts))
    return Level(
        kind=kind.value,
        charge_key=key,
        span=terms.term if per == "term" else period,
        is_of_term=per == "term",
        there=max(there, Decimal(0)),
        limit=most,
        currency=terms.currency,
        noun=noun.short_many if amount is None and noun is not None else "",
    )


def _ratings(running: Running, per: Per) -> Sequence[Rating]:
    if running.rated is None:
        return ()
    return running.rated.periods if per == "term" else [running.rated.of(running.period)]


def _amount(key: str, rating: Rating) -> Decimal:
    """What a charge comes to before limits; of the whole contract, what its charges come to and its own discounts."""
    if key == CONTRACT:
        lines = (line for line in rating.lines if line.charge != CONTRACT or line.kind in PRICED)
        return exact_sum(line.amount for line in lines)
    return exact_sum(line.amount for line in _lines(key, rating, PRICED))


def _users(running: Running, key: str, rating: Rating) -> Decimal:
    """How many users a charge was measured at in a period."""
    charge = running.force.terms.charges.get(key)
    metric = charge.metric if charge is not None else None
    known: Mapping[str, Any] = running.quantities.get(rating.period, {}).get(metric or "", {})
    if "users" in known:
        return Decimal(known["users"])
    return exact_sum(line.quantity for line in _lines(key, rating, COUNTED))


def _lines(key: str, rating: Rating, kinds: frozenset[str]) -> Iterable[RatedLine]:
    return (line for line in rating.lines if line.charge == key and line.kind in kinds)


def _of_pools(running: Running, key: str, limits: Limits) -> Iterator[Level]:
    """One level per pool and span: what is granted each cycle by itself, what is granted for longer over the term."""
    terms = running.force.terms
    for per, each in (("cycle", True), ("term", False)):
        names = {credit.name for credit in limits.credits if (credit.granted == "each_cycle") is each}
        pools: dict[str, list[CreditEntry]] = {}
        for rating in _ratings(running, "term" if per == "term" else "cycle"):
            for entry in rating.credits:
                if entry.name in names and entry.pool.partition("/")[0] == key:
                    pools.setdefault(entry.pool, []).append(entry)
        for pool, entries in sorted(pools.items()):
            yield Level(
                kind=Kind.POOL.value,
                charge_key=pool,
                span=terms.term if per == "term" else running.period,
                is_of_term=per == "term",
                there=exact_sum(entry.amount for entry in entries if entry.kind == BURN),
                limit=exact_sum(entry.amount for entry in entries if entry.kind == GRANT),
                currency=terms.currency,
            )
