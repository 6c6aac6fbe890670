"""What a contract says about settling a true-up, as it is agreed now.

Owns: finding the rule, and the day on which its window closes. Does not own: the rule itself (`rollcall.terms.rules`).
Invariant: a decided true-up keeps what was decided, whatever is agreed later; the limit above which two people decide
is that of the day on which it was proposed, and stands on its row.
"""

from datetime import date

from billing.models import TrueUp
from billing.terms_in_force import terms_in_force
from rollcall.terms.rules import TrueUpRule


def rule_of(true_up: TrueUp) -> TrueUpRule:
    """Return the rule under which a true-up is settled."""
    period = true_up.billing_period
    return terms_in_force(contract=true_up.contract, period=period.span).terms.true_up


def last_day_of(true_up: TrueUp) -> date | None:
    """Return the last day on which usage of its period arrives in time; None where no window is agreed."""
    return rule_of(true_up).last_day(true_up.billing_period.span.end)
