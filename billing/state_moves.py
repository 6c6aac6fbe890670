"""The allowed moves between states, as tables: the only places where a state is assigned read them first.

The row must be locked by the caller, so that what is checked is what is stored.
"""

from collections.abc import Mapping

from billing.models import Adjustment, BillingPeriod, Invoice, TrueUp

PeriodState = BillingPeriod.State
TrueUpState = TrueUp.State
AdjustmentState = Adjustment.State

PERIOD_MOVES: Mapping[str, frozenset[str]] = {
    PeriodState.OPEN: frozenset({PeriodState.HELD, PeriodState.DRAFTED}),
    PeriodState.HELD: frozenset({PeriodState.DRAFTED}),
    PeriodState.COUNTED: frozenset({PeriodState.HELD, PeriodState.DRAFTED}),
    PeriodState.DRAFTED: frozenset({PeriodState.HELD, PeriodState.COUNTED, PeriodState.INVOICED}),
    PeriodState.INVOICED: frozenset(),
}
TRUE_UP_MOVES: Mapping[str, frozenset[str]] = {
    TrueUpState.PROPOSED: frozenset(
        {TrueUpState.NEEDS_APPROVAL, TrueUpState.ACCEPTED, TrueUpState.WAIVED, TrueUpState.SUPERSEDED}
    ),
    # A second person approves what was decided, or sends it back to be decided anew.
    TrueUpState.NEEDS_APPROVAL: frozenset(
        {TrueUpState.ACCEPTED, TrueUpState.WAIVED, TrueUpState.PROPOSED, TrueUpState.SUPERSEDED}
    ),
    TrueUpState.ACCEPTED: frozenset(),
    TrueUpState.WAIVED: frozenset(),
    TrueUpState.SUPERSEDED: frozenset(),
}
ADJUSTMENT_MOVES: Mapping[str, frozenset[str]] = {
    AdjustmentState.NEEDS_APPROVAL: frozenset({AdjustmentState.STANDS, AdjustmentState.WITHDRAWN}),
    AdjustmentState.STANDS: frozenset({AdjustmentState.WITHDRAWN}),
    AdjustmentState.WITHDRAWN: frozenset(),
}


class MoveRefused(Exception):
    """The row is in a state from which this step is not possible; `row`, where it is told, is the one to look at."""

    def __init__(self, words: str, *, row: BillingPeriod | Invoice | None = None) -> None:
        super().__init__(words)
        self.row = row


def require_move(moves: Mapping[str, frozenset[str]], *, before: str, after: str, what: object) -> None:
    """Raise MoveRefused unless the table allows the move; staying in a state is always allowed.

    `what` is named in the refusal only: the name of a row may take a query.
    """
    if before != after and after not in moves[before]:
        raise MoveRefused(f"{what} is {before} and cannot become {after}.")
