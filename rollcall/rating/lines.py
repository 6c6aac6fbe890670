"""Lines of a bill and the working beside them: what every step takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rollcall.money import exact_product, exact_sum, grouped, in_words, number_in_words, plain, round_half_up, shortest
from rollcall.period import Period
from rollcall.terms.charges import Charge
from rollcall.terms.contract import ContractTerms
from rollcall.terms.reported import ReportedMetric, of_reported


@dataclass(frozen=True, kw_only=True, slots=True)
class RatedLine:
    """One line: quantity times unit price is the amount, rounded half up to the decimals of the currency.

    `key` is the same whenever the same thing is billed again; `kind` is usage, included, estimated, floor or cap.
    A price is never negative: a line that lowers the bill has the sign in its quantity.
    """

    key: str
    charge: str
    kind: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    words: str

    def to_json(self) -> dict[str, str]:
        """Return the line as `rollcall rate --json` writes it."""
        return {
            "key": self.key,
            "charge": self.charge,
            "kind": self.kind,
            "quantity": shortest(self.quantity),
            "unit_price": plain(self.unit_price),
            "amount": plain(self.amount),
            "words": self.words,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """Users that are billed for missing days without being known: what is missing to those of an earlier period."""

    users: Decimal
    missing_days: int
    prior_users: Decimal
    prior: Period


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingEntry:
    """What one step did to one charge, said and calculated, also when it changed nothing."""

    charge: str
    step: str
    words: str
    arithmetic: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargeBill:
    """One charge of one period while it is rated: each step takes it and gives it back with more lines.

    `active_users` is what was counted; `users_to_price` is what earlier steps left for the price. `estimate` is what
    the gap rule adds for missing days; None where it was not applied. Where the metric is of reported users, the
    quantity is theirs, and `quantity_words` say what it was made of.
    """

    charge: Charge
    terms: ContractTerms
    period: Period
    active_users: Decimal
    users_to_price: Decimal
    estimate: Estimate | None = None
    quantity_words: str = ""
    lines: tuple[RatedLine, ...] = ()
    working: tuple[WorkingEntry, ...] = ()

    @property
    def amount(self) -> Decimal:
        """The sum of the lines so far."""
        return exact_sum(line.amount for line in self.lines)

    @property
    def quantity(self) -> Decimal:
        """The users that are billed before any limit: the counted ones and the estimated ones."""
        return self.active_users + (self.estimate.users if self.estimate else 0)

    @property
    def cycle(self) -> str:
        """The noun of a billing cycle: "month"."""
        return self.terms.cycle.noun()

    def money(self, amount: Decimal) -> str:
        """Write an amount in the currency of the bill for a person."""
        return in_words(amount, self.terms.currency)

    def line(self, *, part: str, kind: str, quantity: Decimal, unit_price: Decimal, words: str) -> RatedLine:
        """Make a line of this charge. Where rounding changes the product the words say so."""
        exact = exact_product(quantity, unit_price)
        amount = round_half_up(exact, self.terms.currency)
        rounding = f" ({number_in_words(exact)} rounded half up)" if amount != exact else ""
        several = f"{self.charge.key}: " if len(self.terms.charges) > 1 else ""
        return RatedLine(
            key=f"{self.charge.key}/{part}",
            charge=self.charge.key,
            kind=kind,
            quantity=quantity,
            unit_price=unit_price,
            amount=amount,
            words=f"{several}{self._said(words)}{rounding}",
        )

    def after(self, step: str, lines: Sequence[RatedLine], *, words: str, arithmetic: str) -> ChargeBill:
        """Return the bill with the lines of a step and its entry in the working."""
        amount = exact_sum(line.amount for line in lines)
        entry = WorkingEntry(
            charge=self.charge.key,
            step=step,
            words=self._said(words),
            arithmetic=arithmetic,
            amount=round_half_up(amount, self.terms.currency),
        )
        return replace(self, lines=(*self.lines, *lines), working=(*self.working, entry))

    def _said(self, words: str) -> str:
        is_reported = isinstance(self.terms.metrics[self.charge.metric], ReportedMetric)
        return of_reported(words) if is_reported else words


def multiplied_out(lines: Sequence[RatedLine]) -> str:
    """Write lines as the sum of their products: "500 × 29.00 + 637 × 25.00"."""
    return " + ".join(f"{number_in_words(line.quantity)} × {grouped(line.unit_price)}" for line in lines)
