"""Counting for billing: every metric that the charges of a contract bill, in one period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.terms_in_force import TermsInForce, counted_metrics
from licenses.models import Contract
from rollcall.period import Period
from usage.models import ActiveUserCount
from usage.operations.count_period import want_count
from usage.operations.count_together import WantedCount, count_together


@dataclass(frozen=True, kw_only=True)
class AskedCounts:
    """The billed metrics of one contract in one period by name: counts that are there, and those to be made."""

    known: Mapping[str, ActiveUserCount]
    wanted: Mapping[str, WantedCount]


NOTHING_TO_COUNT = AskedCounts(known={}, wanted={})


def count_metrics(
    *, contract: Contract, force: TermsInForce, period: Period, now: datetime, even_without_reports: bool = False
) -> dict[str, ActiveUserCount]:
    """Return the count of each billed metric by its name; seats need none. Charges that share a metric share the count.

    `even_without_reports` counts nobody where nothing was reported: for a period whose users are estimated.
    No transaction may be open. Raises what `usage.operations.count_period` raises.
    """
    asked = ask_for_counts(
        contract=contract, force=force, period=period, now=now, even_without_reports=even_without_reports
    )
    return made_counts([asked])[0]


def ask_for_counts(
    *, contract: Contract, force: TermsInForce, period: Period, now: datetime, even_without_reports: bool = False
) -> AskedCounts:
    """Return what is counted of the billed metrics, and what a child is to be asked for the others.

    Arguments and errors are those of `count_metrics`; `made_counts` has many contracts counted in one child.
    """
    terms = force.billed_terms
    found = {
        name: want_count(
            contract=contract,
            metric_name=name,
            terms=terms,
            period=period,
            now=now,
            even_without_reports=even_without_reports,
        )
        for name in sorted(counted_metrics(terms))
    }
    return AskedCounts(
        known={name: count for name, count in found.items() if isinstance(count, ActiveUserCount)},
        wanted={name: count for name, count in found.items() if isinstance(count, WantedCount)},
    )


def made_counts(asked: Sequence[AskedCounts]) -> list[dict[str, ActiveUserCount]]:
    """Return for each contract the count of each metric by its name; what is not there is made, many in one child.

    Raises CountFailed.
    """
    made = iter(count_together(wanted=[count for one in asked for count in one.wanted.values()]))
    return [dict(sorted({**one.known, **{name: next(made) for name in one.wanted}}.items())) for one in asked]
