"""What a licence grants, derived from the terms of a contract: nobody types it a second time."""

from __future__ import annotations

from datetime import date

from rollcall.signing.license import BILLED, PRODUCT, Entitlement, LicensedDefinition
from rollcall.terms.contract import ContractTerms
from rollcall.terms.metrics import OF_ACTIVITY
from rollcall.terms.provisioned import ProvisionedMetric
from rollcall.terms.seats import SeatsMetric


def entitlements_of(terms: ContractTerms, *, day: date) -> tuple[Entitlement, ...]:
    """Return what the terms grant on a day of their term: one feature for each charge, under its key.

    Seats are bought by number, and the product holds that number; of provisioned accounts no number is agreed, and the
    product decides whom it lets in. Active users, reported numbers and what costs a fixed price are only billed.
    """
    return tuple(_entitlement(terms, key, day) for key in terms.charges)


def definitions_of(terms: ContractTerms) -> dict[str, LicensedDefinition]:
    """Return how each metric of activity is counted, by the name of the metric."""
    return {
        name: LicensedDefinition(definition=metric.definition.to_json(), digest=metric.definition.digest())
        for name, metric in terms.metrics.items()
        if isinstance(metric, OF_ACTIVITY)
    }


def namespace_of(terms: ContractTerms) -> str:
    """Return in which namespace the instance names users: "customer_key" as soon as one definition wants it."""
    metrics = [metric for metric in terms.metrics.values() if isinstance(metric, OF_ACTIVITY)]
    wanted = {metric.definition.identity.namespace for metric in metrics}
    return "customer_key" if "customer_key" in wanted else "plain"


def _entitlement(terms: ContractTerms, key: str, day: date) -> Entitlement:
    metric = terms.metric_of(key)
    if isinstance(metric, SeatsMetric):
        period = terms.period_of(day)
        if period is None:
            raise ValueError(f"{day} is not a day of the term, {terms.term.words()}.")
        return Entitlement(feature=key, limit=metric.daily(period=period, term=terms.term)[day], enforced=PRODUCT)
    if isinstance(metric, ProvisionedMetric):
        return Entitlement(feature=key, limit=None, enforced=PRODUCT)
    return Entitlement(feature=key, limit=None, enforced=BILLED)
