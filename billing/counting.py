"""Counting for billing: every metric that the charges of a contract bill, in one period."""

from datetime import datetime

from billing.terms_in_force import TermsInForce, counted_metrics
from licenses.models import Contract
from rollcall.period import Period
from usage.models import ActiveUserCount
from usage.operations.count_period import count_period


def count_metrics(
    *, contract: Contract, force: TermsInForce, period: Period, now: datetime, even_without_reports: bool = False
) -> dict[str, ActiveUserCount]:
    """Return the count of each billed metric by its name; seats need none. Charges that share a metric share the count.

    `even_without_reports` counts nobody where nothing was reported: for a period whose users are estimated.
    No transaction may be open. Raises what `usage.operations.count_period` raises.
    """
    terms = force.billed_terms
    return {
        name: count_period(
            contract=contract,
            metric_name=name,
            terms=terms,
            period=period,
            now=now,
            even_without_reports=even_without_reports,
        )
        for name in sorted(counted_metrics(terms))
    }
