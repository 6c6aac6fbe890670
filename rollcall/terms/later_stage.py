"""What a rule over the periods of a term gives and takes: the second stage of a quantity.

The first stage gives every period its quantity; a rule here looks at those of the term so far and says what the newest
one is billed. A rule is a frozen dataclass in a file of its own under `over_periods/`. It keeps nothing: what was used
up before is found again from the quantities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol, TypeVar

from rollcall.period import Period
from rollcall.terms.calculations import Reduced
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import Noun

Counted = Sequence[tuple[Period, Decimal]]


class OverPeriods(Protocol):
    """What the quantity of a metric asks of a rule over the periods of the term."""

    @classmethod
    def from_fields(cls, fields: Fields) -> OverPeriods:
        """Take the parameters, which stand beside the name of the rule. Raises TermsRefused."""
        ...

    def to_json(self) -> dict[str, object]:
        """Return the parameters, without the name."""
        ...

    def looks_at(self, number: int) -> int:
        """Return how many periods before the one with this number, counted from 0, must be known."""
        ...

    def apply(self, counted: Counted, noun: Noun) -> Reduced:
        """Return what the last of these periods is billed: those that the rule looks at, then the billed one."""
        ...

    def words(self, noun: Noun, cycle: str) -> str:
        """Say the rule in a sentence; `cycle` is the noun of a period: "month"."""
        ...

    def refuse_term(self, path: str, periods: int) -> None:
        """Refuse parameters that a term of so many periods contradicts; most have none. Raises TermsRefused."""
        return


_RULES: dict[str, type[OverPeriods]] = {}
RULES: Mapping[str, type[OverPeriods]] = _RULES

Rule = TypeVar("Rule", bound=type[OverPeriods])


def over_periods(name: str) -> Callable[[Rule], Rule]:
    """Register a rule under the name that terms use for it."""

    def register(rule: Rule) -> Rule:
        _RULES[name] = rule
        return rule

    return register


def rule_name(found: OverPeriods) -> str:
    """Return the name under which terms write this rule."""
    return next(name for name, rule in RULES.items() if type(found) is rule)
