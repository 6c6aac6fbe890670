"""Lines of a bill and the working beside them: what every step takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from rollcall.money import (
    decimal_of,
    exact_product,
    exact_sum,
    grouped,
    in_words,
    number_in_words,
    part_of_product,
    plain,
    round_half_up,
    shortest,
)
from rollcall.period import Period
from rollcall.rating.credit_entries import CreditEntry
from rollcall.rating.measured import Measured
from rollcall.rating.state import TermState
from rollcall.terms.charges import Charge
from rollcall.terms.contract import ContractTerms
from rollcall.terms.limits import Limits
from rollcall.terms.nouns import Noun
from rollcall.terms.priced import PriceModel

WHOLE = Fraction(1)
NOTHING: Mapping[str, Any] = MappingProxyType({})


class NoCharge(ValueError):
    """A bill of the whole contract reached a step that belongs to one charge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RatedLine:
    """One line: quantity times unit price times share is the amount, rounded half up to the decimals of the currency.

    `share` is the part of the cycle that is billed; the JSON has it as "share": "16/31" where it is not all of it.
    `key` is the same whenever the same thing is billed again; `kind` is usage, flat, included, estimated, or the step
    that made it.
    A price is never negative: a line that lowers the bill has the sign in its quantity.
    """

    key: str
    charge: str
    kind: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    words: str
    share: Fraction = WHOLE

    def to_json(self) -> dict[str, str]:
        """Return the line as `rollcall rate --json` writes it."""
        written = {
            "key": self.key,
            "charge": self.charge,
            "kind": self.kind,
            "quantity": shortest(self.quantity),
            "unit_price": plain(self.unit_price),
            "amount": plain(self.amount),
            "words": self.words,
        }
        return written if self.share == WHOLE else {**written, "share": share_in_words(self.share)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """Users that are billed for missing days without being known: what is missing to those of an earlier period.

    `known_users` and `prior_users` were counted. `users` are billed: all that are missing, or what a rule over the
    periods of the term bills of them, which `rule_words` then say.
    """

    users: Decimal
    missing_days: int
    known_users: Decimal
    prior_users: Decimal
    prior: Period
    rule_words: str = ""

    @property
    def missing_users(self) -> Decimal:
        """How many users are taken to have been there without being known."""
        return max(self.prior_users - self.known_users, Decimal(0))


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingEntry:
    """What one step did to one charge, said and calculated, also when it changed nothing. `keys` are its lines."""

    charge: str
    step: str
    words: str
    arithmetic: str
    amount: Decimal
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargeBill:
    """One charge of one period, or the whole contract, while it is rated: each step gives it back with more lines.

    `measured` is what the metric came to; `to_price` is what earlier steps left for the price. `estimate` is what the
    gap rule adds for missing days; None where it was not applied. `state` is what earlier periods left, `carried` what
    this bill leaves for later ones. `counted` is what a limit over the term counts of it where that is not what is
    billed. A bill of the whole contract has the key "contract", no charge, and the sum of the charges as its `base`.
    """

    key: str
    charge: Charge | None
    limits: Limits
    noun: Noun
    terms: ContractTerms
    period: Period
    measured: Measured
    to_price: Decimal
    state: TermState = field(default_factory=TermState)
    base: Decimal = Decimal(0)
    estimate: Estimate | None = None
    lines: tuple[RatedLine, ...] = ()
    working: tuple[WorkingEntry, ...] = ()
    carried: Mapping[str, Any] = field(default_factory=dict)
    counted: Mapping[str, Decimal] = field(default_factory=dict)
    # The quantities of all metrics, for limits that look up another one than the price does.
    others: Mapping[str, Measured] = field(default_factory=dict)
    # Of the whole contract: what each charge came to.
    charged: Mapping[str, Decimal] = field(default_factory=dict)
    # By the name of a discount the first day that was rated under it.
    discounted_since: Mapping[str, date] = field(default_factory=dict)
    # What was granted, burned and expired in the pools of this bill.
    entries: tuple[CreditEntry, ...] = ()

    @property
    def amount(self) -> Decimal:
        """The sum so far: the lines, and for the whole contract the charges before them."""
        return exact_sum((self.base, *(line.amount for line in self.lines)))

    @property
    def own_amount(self) -> Decimal:
        """The sum of the lines of this bill alone."""
        return exact_sum(line.amount for line in self.lines)

    @property
    def quantity(self) -> Decimal:
        """What is billed before any limit: what was measured and what was estimated."""
        return self.measured.quantity + (self.estimate.users if self.estimate else 0)

    @property
    def price(self) -> PriceModel:
        """The price of the charge. Raises NoCharge for a bill of the whole contract."""
        if self.charge is None:
            raise NoCharge("The whole contract has no price of its own.")
        return self.charge.price

    @property
    def cycle(self) -> str:
        """The noun of a billing cycle: "month"."""
        return self.terms.cycle.noun()

    @property
    def whole_cycle(self) -> Period:
        """The cycle of which the period is a part, or all."""
        return self.terms.cycle.period_of(self.period.start)

    @property
    def is_last_of_term(self) -> bool:
        """Whether the term ends with this period."""
        return self.period.end == self.terms.term.end

    def money(self, amount: Decimal) -> str:
        """Write an amount in the currency of the bill for a person."""
        return in_words(amount, self.terms.currency)

    def line(
        self,
        *,
        part: str,
        kind: str,
        quantity: Decimal,
        unit_price: Decimal,
        words: str,
        share: Fraction = WHOLE,
        share_of: str = "",
    ) -> RatedLine:
        """Make a line of this charge. Where rounding changes the product the words say so.

        `share_of` is what a share is a part of, where that is not the cycle.
        """
        exact = Fraction(exact_product(quantity, unit_price)) * share
        amount = part_of_product(quantity, unit_price, share, self.terms.currency)
        several = f"{self.key}: " if len(self.terms.charges) > 1 and self.charge else ""
        part_of = f", {share_in_words(share)} of {share_of or f'the {self.cycle}'}" if share != WHOLE else ""
        return RatedLine(
            key=f"{self.key}/{part}",
            charge=self.key,
            kind=kind,
            quantity=quantity,
            unit_price=unit_price,
            amount=amount,
            words=f"{several}{words}{part_of}{rounding_in_words(exact, amount)}",
            share=share,
        )

    def after(
        self,
        step: str,
        lines: Sequence[RatedLine],
        *,
        words: str,
        arithmetic: str,
        carried: Mapping[str, Any] = NOTHING,
        counted: Mapping[str, Decimal] = NOTHING,
    ) -> ChargeBill:
        """Return the bill with the lines of a step, its entry in the working, and what it keeps for later periods."""
        amount = exact_sum(line.amount for line in lines)
        entry = WorkingEntry(
            charge=self.key,
            step=step,
            words=words,
            arithmetic=arithmetic,
            amount=round_half_up(amount, self.terms.currency),
            keys=tuple(line.key for line in lines),
        )
        return replace(
            self,
            lines=(*self.lines, *lines),
            working=(*self.working, entry),
            carried={**self.carried, **carried},
            counted={**self.counted, **counted},
        )


def rounding_in_words(exact: Fraction, amount: Decimal) -> str:
    """Say that a product was rounded, with its digits where they end."""
    if Fraction(amount) == exact:
        return ""
    digits = decimal_of(exact)
    return f" ({number_in_words(digits)} rounded half up)" if digits is not None else " (rounded half up)"


def multiplied_out(lines: Sequence[RatedLine]) -> str:
    """Write lines as the sum of their products: "500 × 29.00 + 637 × 25.00"."""
    return " + ".join(
        f"{number_in_words(line.quantity)} × {grouped(line.unit_price)}"
        + (f" × {share_in_words(line.share)}" if line.share != WHOLE else "")
        for line in lines
    )


def share_in_words(share: Fraction) -> str:
    """Write a part of a cycle: "16/31"."""
    return f"{share.numerator}/{share.denominator}"
