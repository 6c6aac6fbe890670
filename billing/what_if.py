"""What a period would come to before tax if its number were another: rated, never stored.

Owns: the usage with one quantity exchanged. Does not own: the arithmetic (`rollcall.rating`) and what is billed.
Invariant: the terms, the earlier periods and the other metrics are those by which the period is closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from billing.gaps import days_by_rule
from billing.rating import Known, Quantities, closed_quantities, known_from, rate_document, usage_document
from billing.terms_in_force import TermsInForce, counted_metrics
from licenses.models import Contract
from rollcall.money import exact_difference, exact_sum
from rollcall.period import Period
from rollcall.terms.fields import TermsRefused
from usage.models import ActiveUserCount


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """One period as it would be closed now; `metric` is the one whose number is exchanged."""

    force: TermsInForce
    period: Period
    earlier: Mapping[Period, Known]
    own: Known
    metric: str

    @property
    def given(self) -> Mapping[str, Any]:
        """The quantity of the metric as USAGE.json writes it."""
        return self.own.quantities.get(self.metric, {})

    def net(self, *, quantity: Mapping[str, Any] | None = None, without_days: Sequence[str] = ()) -> Decimal | None:
        """Return what the charges of the period come to with another quantity, or with days left out.

        None where the terms cannot rate that, or a count of another metric is missing.
        """
        quantities = {**self.own.quantities, **({self.metric: quantity} if quantity is not None else {})}
        if not counted_metrics(self.force.billed_terms) <= set(quantities):
            return None
        decisions = [*self.own.decisions]
        if without_days:
            why = {"reason": "tried without these days", "decided_by": "nobody"}
            decisions.append({"excused_days": list(without_days), "metric": self.metric, **why})
        known: Quantities = {**self.earlier, self.period: replace(self.own, quantities=quantities, decisions=decisions)}
        usage = usage_document(known)
        try:
            rated = [
                rate_document(force=self.force, usage=usage, period=self.period, charge_key=key).document
                for key in self.force.billed_keys
                if not self.force.is_in_advance(key)
            ]
        except TermsRefused:
            return None
        return exact_sum(Decimal(str(document["net_amount"])) for document in rated)

    def effect_of_users(self, more: int) -> Decimal | None:
        """Return by how much the period changes with so many more (or fewer) users; None where days are billed."""
        if set(self.given) != {"users"}:
            return None
        return self._effect(self.net(quantity={"users": max(0, int(self.given["users"]) + more)}))

    def effect_of_quantity(self, fewer: Decimal) -> Decimal | None:
        """Return by how much the period changes when so much less was done; None where no such quantity is billed."""
        if set(self.given) != {"quantity"}:
            return None
        left = max(Decimal(0), Decimal(str(self.given["quantity"])) - fewer)
        return self._effect(self.net(quantity={"quantity": format(left, "f")}))

    def effect_of_days(self, days: Sequence[str]) -> Decimal | None:
        """Return by how much the period changes when these days are left out; None where no days are billed."""
        if not any(key.startswith("daily_users") for key in self.given):
            return None
        return self._effect(self.net(without_days=days))

    def _effect(self, then: Decimal | None) -> Decimal | None:
        now = self.net()
        return None if now is None or then is None else exact_difference(then, now)


def what_if(
    *,
    contract: Contract,
    force: TermsInForce,
    period: Period,
    counts: Mapping[str, ActiveUserCount],
    metric: str,
    released: frozenset[str],
) -> WhatIf:
    """Return the period as it would be closed with these counts."""
    missing = days_by_rule(contract=contract, force=force, period=period, released=released)
    return WhatIf(
        force=force,
        period=period,
        earlier=closed_quantities(contract=contract, force=force, before=period),
        own=known_from(counts, missing),
        metric=metric,
    )
