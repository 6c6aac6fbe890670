"""Over which span a limit holds, and what it is in a part of a cycle: read and said in one way by every limit."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from rollcall.money import round_fraction
from rollcall.terms.fields import Fields

Per = Literal["cycle", "term"]
InPartPeriods = Literal["whole", "reduced"]

PER: tuple[Per, ...] = ("cycle", "term")
IN_PART_PERIODS: tuple[InPartPeriods, ...] = ("whole", "reduced")


def read_per(fields: Fields) -> Per:
    """Read over which span a limit holds: each cycle, or the whole term."""
    return "term" if fields.choice("per", PER, default="cycle") == "term" else "cycle"


def read_in_part_periods(fields: Fields, per: Per = "cycle") -> InPartPeriods:
    """Read whether a part of a cycle has the whole of a number, or its share of days. Raises TermsRefused."""
    if fields.choice("in_part_periods", IN_PART_PERIODS, default="whole") == "whole":
        return "whole"
    if per == "term":
        raise fields.refuse(
            "in_part_periods", '"reduced" belongs to what holds per cycle; a term is no part of itself.'
        )
    return "reduced"


def written(in_part_periods: InPartPeriods) -> dict[str, object]:
    """Return the key as terms write it: only where it is not the default, so that older terms stay as they are."""
    return {"in_part_periods": in_part_periods} if in_part_periods == "reduced" else {}


def said_of_parts(in_part_periods: InPartPeriods, cycle: str) -> str:
    """Say what a part of a cycle has, as the end of a sentence; nothing where it has the whole."""
    return f"; a part of a {cycle} has its share of this" if in_part_periods == "reduced" else ""


def part_of_amount(amount: Decimal, share: Fraction, in_part_periods: InPartPeriods, currency: str) -> Decimal:
    """Return what an agreed amount is in a part of a cycle, rounded half up."""
    return round_fraction(Fraction(amount) * share, currency) if in_part_periods == "reduced" else amount


def part_of_number(number: int, share: Fraction, in_part_periods: InPartPeriods) -> int:
    """Return what an agreed number is in a part of a cycle: a whole one, a half rounded up."""
    return math.floor(number * share + Fraction(1, 2)) if in_part_periods == "reduced" else number
