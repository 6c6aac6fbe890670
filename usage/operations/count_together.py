"""Count what no row has counted yet, many small counts in one child process."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from ground.faults import fault_point
from ground.storage import StoredFile, remove_stored, store_file
from rollcall.counting.aggregates import reduce_instances
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.metrics import Metric
from usage.count_sandbox import CountAnswer, CountGroup, count_groups_in_child
from usage.files import working_folder
from usage.models import ActiveUserCount
from usage.queries.basis import Basis
from usage.series import series_of

ROWS_OF_A_CHILD = 1_000_000


@dataclass(frozen=True, kw_only=True)
class WantedCount:
    """A count that no row has yet: what a child is asked, and what the row will keep beside the answer.

    ``group`` holds one request of one contract, with its salt and the files that it may see.
    """

    key: Mapping[str, Any]
    facts: Mapping[str, Any]
    metric: Metric | ActionMetric
    basis: Basis
    group: CountGroup

    @property
    def rows(self) -> int:
        """The rows of evidence that are looked at."""
        return sum(file.rows for request in self.group.requests for file in request.evidence)


def count_together(*, wanted: Sequence[WantedCount]) -> list[ActiveUserCount]:
    """Return the counts in order; small ones are made in one child, many at a time.

    Each is stored in a transaction of its own, and what somebody else counted meanwhile stays theirs. No transaction
    may be open.
    Raises CountFailed, where a child failed; a caller with several contracts then counts each alone.
    """
    return [count for share in _shares(wanted) for count in _counted(share)]


def _shares(wanted: Sequence[WantedCount]) -> Iterator[list[WantedCount]]:
    """Split into what one child counts: as many as have no more rows together than it counts in a few seconds."""
    share: list[WantedCount] = []
    rows = 0
    for one in wanted:
        if share and rows + one.rows > ROWS_OF_A_CHILD:
            yield share
            share, rows = [], 0
        share.append(one)
        rows += one.rows
    if share:
        yield share


def _counted(wanted: Sequence[WantedCount]) -> list[ActiveUserCount]:
    """Count in one child and store what it found."""
    with working_folder() as out:
        lists = [out / f"verdicts-{place}.csv" for place in range(len(wanted))]
        groups = [
            replace(one.group, requests=[replace(request, verdicts=path) for request in one.group.requests])
            for one, path in zip(wanted, lists, strict=True)
        ]
        counts = []
        for one, path, [answer] in zip(wanted, lists, count_groups_in_child(groups), strict=True):
            fault_point("ingest.after_count")
            stored = store_file(customer_id=one.key["contract"].customer_id, kind="verdicts", source=path)
            counts.append(_keep(one.key, stored, answer, {**one.facts, **_quantity_of(one.metric, answer, one.basis)}))
        return counts


def _quantity_of(metric: Metric | ActionMetric, answer: CountAnswer, basis: Basis) -> dict[str, Any]:
    """Return what a row keeps of its quantity; nothing where it is the number of users."""
    if isinstance(metric, ActionMetric):
        return {
            "quantity": answer.quantity,
            "quantity_by_user": answer.by_user if basis.keeps_single_people else [],
            "without_quantity": answer.without_quantity,
        }
    if metric.calculation is None or basis.covered is None:
        return {}
    series = series_of(
        across_instances=metric.across_instances,
        covered=basis.covered,
        period=basis.period,
        daily=answer.daily,
        by_instance=answer.daily_by_instance,
    )
    quantity = None
    if any(series.values()):
        numbers = {
            name: {date.fromisoformat(day): users for day, users in daily.items()} for name, daily in series.items()
        }
        quantity = reduce_instances(calculation=metric.calculation, by_instance=numbers, period=basis.period).quantity
    return {"series": series, "quantity": quantity}


def _keep(key: Mapping[str, Any], stored: StoredFile, answer: CountAnswer, facts: Mapping[str, Any]) -> ActiveUserCount:
    """Store the row; if somebody else counted the same at the same moment, theirs stays and our file goes."""
    try:
        with transaction.atomic():
            count = ActiveUserCount.objects.create(
                **key,
                **facts,
                customer_id=key["contract"].customer_id,
                active_users=answer.active_users,
                daily=answer.daily,
                funnel=answer.funnel,
                verdicts_key=stored.key,
                verdicts_sha256=stored.sha256,
                verdicts_digest=answer.verdicts_digest,
                digest=answer.digest,
            )
            fault_point("ingest.before_count_commit")
            return count
    except IntegrityError:
        remove_stored(stored.key)
        return ActiveUserCount.objects.get(**key)
