"""From a count to the one quantity that is billed: the contract's `calculation`.

`unique` takes the users of the whole period. The others read the daily series, in which a day without a qualifying user
is absent; none that such a day could change without anybody knowing why is offered here yet.
"""

from __future__ import annotations

from collections.abc import Callable

from rollcall.counting.answer import CountResult


class CalculationNotKnown(ValueError):
    """The contract asks for a calculation that this version does not have."""


def _unique(result: CountResult) -> int:
    return result.active_users


def _max(result: CountResult) -> int:
    return max(result.daily_active_users.values(), default=0)


CALCULATIONS: dict[str, Callable[[CountResult], int]] = {"unique": _unique, "max": _max}


def calculate(*, calculation: str, result: CountResult) -> int:
    """Return the quantity of users that a count means under a calculation. Raises CalculationNotKnown."""
    if calculation not in CALCULATIONS:
        raise CalculationNotKnown(
            f"The calculation '{calculation}' is not available yet; available: {', '.join(CALCULATIONS)}."
        )
    return CALCULATIONS[calculation](result)
