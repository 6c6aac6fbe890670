"""What a contract says about settling a true-up, as it is agreed now.

Owns: finding the rule, and the day on which its window closes. Does not own: the rule itself (`rollcall.terms.rules`).
Invariants: whoever asks about a period gets the same rule, whatever versions billed it; a decided true-up keeps what
was decided, whatever is agreed later; the limit above which two people decide is that of the day on which it was
proposed, and stands on its row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.models import TrueUp
from licenses.models import Contract, ContractVersion
from rollcall.terms.fields import Fields
from rollcall.terms.frame import read_currency
from rollcall.terms.rules import TrueUpRule


@dataclass(frozen=True, kw_only=True)
class SettlingRules:
    """How the versions of a contract settle, by the first day of each. An amendment may begin on days long billed."""

    by_start: Mapping[date, TrueUpRule]

    def on(self, day: date) -> TrueUpRule:
        """Return the rule for what began on a day that is not before the contract."""
        return self.by_start[max(start for start in self.by_start if start <= day)]


def settling_rules(*, contract: Contract) -> SettlingRules:
    """Return the rules of a contract for all its days."""
    versions = ContractVersion.objects.filter(contract=contract).values_list("active", "terms")
    return SettlingRules(by_start={active.lower: _read(terms) for active, terms in versions})


def rule_of(true_up: TrueUp) -> TrueUpRule:
    """Return the rule under which a true-up is settled."""
    return settling_rules(contract=true_up.contract).on(true_up.billing_period.span.start)


def last_day_of(true_up: TrueUp) -> date | None:
    """Return the last day on which usage of its period arrives in time; None where no window is agreed."""
    return rule_of(true_up).last_day(true_up.billing_period.span.end)


def _read(terms: Mapping[str, Any]) -> TrueUpRule:
    """Read the clause alone: what else a stored version says is not looked at."""
    fields = Fields.of(terms, "")
    return TrueUpRule.of_terms(fields, read_currency(fields))
