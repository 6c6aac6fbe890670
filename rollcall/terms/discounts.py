"""Discounts: a part of the price, or an amount, that is taken off, under a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from rollcall.money import in_words, plain, shortest
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.naming import read_name, read_rows, refuse_same_names
from rollcall.terms.spans import IN_PART_PERIODS, InPartPeriods, read_in_part_periods, said_of_parts, written

Basis = Literal["remaining", "undiscounted"]
BASES: tuple[Basis, ...] = ("remaining", "undiscounted")

# Who gets a discount by what it is; the words follow "for".
CLASSES: Mapping[str, str] = {
    "non_profit": "a non-profit organization",
    "education": "education",
    "public_sector": "the public sector",
    "startup": "a startup",
    "partner": "a partner",
}


@dataclass(frozen=True, kw_only=True)
class Discount:
    """A percentage or a fixed amount; one of the two is None.

    Several are taken in their written order. A percentage is of what is `remaining` after those before it, or of the
    `undiscounted` amount. `cycles` ends the discount after so many cycles, counted from the first that is rated under
    it. `charges` are those of the contract to which it applies, empty for all.
    """

    name: str
    percent: Decimal | None = field(default=None, metadata=asked(help="or an amount below, and only one of them"))
    amount: Decimal | None = None
    group: str = field(default="", metadata=asked("For", key="class", choices=("", *CLASSES)))
    applies_to: Basis = field(default="remaining", metadata=asked("Percentage of", choices=BASES))
    cycles: int | None = field(default=None, metadata=asked("For the first cycles", help="left out: for the term"))
    charges: tuple[str, ...] = field(
        default=(), metadata=asked(help="on the whole contract: the charges that are meant; left out: all")
    )
    in_part_periods: InPartPeriods = field(default="whole", metadata=asked(choices=IN_PART_PERIODS))

    @classmethod
    def from_fields(cls, fields: Fields, currency: str, *, is_of_charge: bool) -> Discount:
        """Read `{"name": "Non-profit", "class": "non_profit", "percent": "15"}` or a fixed `amount`."""
        if fields.has("percent") == fields.has("amount"):
            raise TermsRefused(fields.path, "a discount is either a percent or an amount, and only one of them.")
        discount = cls(
            name=read_name(fields),
            percent=_read_percent(fields) if fields.has("percent") else None,
            amount=fields.amount("amount", currency) if fields.has("amount") else None,
            group=fields.choice("class", tuple(CLASSES)) if fields.has("class") else "",
            applies_to=_read_basis(fields),
            cycles=fields.whole("cycles", least=1) if fields.has("cycles") else None,
            charges=_read_charges(fields, is_of_charge=is_of_charge),
            in_part_periods=_read_parts(fields),
        )
        fields.nothing_else("a discount")
        return discount

    def to_json(self) -> dict[str, object]:
        """Return the discount as terms write it; what is left out has its default."""
        document: dict[str, object] = {"name": self.name}
        if self.percent is not None:
            document["percent"] = shortest(self.percent)
        if self.amount is not None:
            document["amount"] = plain(self.amount)
        if self.group:
            document["class"] = self.group
        if self.applies_to != "remaining":
            document["applies_to"] = self.applies_to
        if self.cycles is not None:
            document["cycles"] = self.cycles
        if self.charges:
            document["charges"] = list(self.charges)
        return {**document, **written(self.in_part_periods)}

    def title(self) -> str:
        """Return what a line calls it: "Discount Non-profit (for a non-profit organization)"."""
        return f"Discount {self.name}" + (f" (for {CLASSES[self.group]})" if self.group else "")

    def words(self, currency: str, cycle: str) -> str:
        """Say the discount in a sentence."""
        span = f" each {cycle}" if self.amount is not None else ""
        if self.cycles is not None:
            span = f" in the first {cycle}" if self.cycles == 1 else f" in each of the first {self.cycles} {cycle}s"
        scope = f" on {' and '.join(self.charges)}" if self.charges else ""
        if self.percent is None:
            off = f"{in_words(self.amount or Decimal(0), currency)} off{scope}{span}, never more than is left"
        elif self.applies_to == "remaining":
            off = f"{shortest(self.percent)} % off what is left{scope}{span}"
        else:
            off = f"{shortest(self.percent)} % off the amount before any discount{scope}{span}"
        return f"{self.title()}: {off}{said_of_parts(self.in_part_periods, cycle)}."


def read_discounts(fields: Fields, currency: str, *, is_of_charge: bool) -> tuple[Discount, ...]:
    """Take the list under "discounts"; none where it is not written. Raises TermsRefused."""
    rows = read_rows(fields, "discounts")
    discounts = tuple(Discount.from_fields(row, currency, is_of_charge=is_of_charge) for row in rows)
    refuse_same_names((discount.name for discount in discounts), fields, "discounts")
    return discounts


def order_words(discounts: tuple[Discount, ...]) -> list[str]:
    """Say in which order several discounts are taken; nothing for a single one."""
    if len(discounts) < 2:
        return []
    return [f"Discounts are taken in this order: {', '.join(discount.name for discount in discounts)}."]


def _read_percent(fields: Fields) -> Decimal:
    percent = Decimal(shortest(fields.decimal("percent")))
    if not 0 < percent <= 100:
        raise fields.refuse("percent", f"must be above 0 and at most 100, not {shortest(percent)}.")
    return percent


def _read_basis(fields: Fields) -> Basis:
    if fields.choice("applies_to", BASES, default="remaining") == "remaining":
        return "remaining"
    if not fields.has("percent"):
        raise fields.refuse("applies_to", "says of what a percentage is taken; a fixed amount has none.")
    return "undiscounted"


def _read_parts(fields: Fields) -> InPartPeriods:
    parts = read_in_part_periods(fields)
    if parts == "reduced" and not fields.has("amount"):
        raise fields.refuse("in_part_periods", "belongs to a fixed amount; a percentage is one of what is billed.")
    return parts


def _read_charges(fields: Fields, *, is_of_charge: bool) -> tuple[str, ...]:
    if not fields.has("charges"):
        return ()
    if is_of_charge:
        raise fields.refuse("charges", "belongs to a discount of the whole contract; this one is of its charge.")
    named = fields.listed("charges")
    if not named or not all(isinstance(name, str) for name in named) or len(set(named)) != len(named):
        raise fields.refuse("charges", "must name the charges that are meant, each once; leave it out for all of them.")
    return tuple(sorted(str(name) for name in named))
