"""After an amendment: do for every period that it reaches what the period's state asks for."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from billing.causes import cause_of_version
from billing.models import BillingPeriod
from billing.operations.close_period import close_period
from billing.operations.open_periods import open_periods
from billing.operations.review_report import Review
from billing.operations.settle_period import WORKER, force_of_now, settle_period
from ground.faults import fault_point
from licenses.models import ContractVersion
from licenses.queries import zone_at
from rollcall.period import Period, civil_day
from rollcall.terms.fields import TermsRefused

State = BillingPeriod.State


def review_amendment(*, version_id: int, now: datetime) -> Review:
    """Review every period that ends after the version begins.

    A held or drafted period is closed again, so that its draft says what is agreed now; so is a billed one to which a
    charge was added. An invoiced one is rated again
    by the versions of now, and a true-up is proposed where it differs: no amendment ever changes a document.
    Where the terms of now cannot rate it, as when they cut the calendar otherwise, the sentence that says so is
    returned. Run again, it changes and proposes nothing new.
    """
    version = ContractVersion.objects.select_related("contract").get(pk=version_id)
    contract, closed_again, proposed, not_settled = version.contract, 0, list[str](), list[str]()
    open_periods(actor=WORKER, contract=contract, today=civil_day(now, zone_at(contract=contract, day=now.date())))
    for period, rows in _reached(version):
        states = {row.state for row in rows}
        if states & {State.HELD, State.DRAFTED} or _has_new_charge(rows):
            today = civil_day(now, zone_at(contract=contract, day=period.start))
            closed_again += close_period(actor=WORKER, contract=contract, period=period, now=now, today=today).changed
        if State.INVOICED in states:
            try:
                proposed += settle_period(
                    contract=contract, period=period, force_of=force_of_now, cause=cause_of_version(version), now=now
                )
            except TermsRefused as refused:
                not_settled.append(f"{period.words()}: {refused.sentence}")
        fault_point("review.after_period")
    return Review(closed_again=closed_again, proposed=tuple(proposed), not_settled=tuple(not_settled))


def _has_new_charge(rows: Sequence[BillingPeriod]) -> bool:
    """Whether a charge of a period is open although others, that are known at the same time, were billed."""
    arrears = {row.state for row in rows if not row.is_in_advance}
    return {State.OPEN, State.INVOICED} <= arrears


def _reached(version: ContractVersion) -> Iterator[tuple[Period, list[BillingPeriod]]]:
    """Yield the periods that end after the version begins, oldest first, with their rows."""
    rows = BillingPeriod.objects.filter(
        contract=version.contract_id, kind=BillingPeriod.Kind.REGULAR, period__endswith__gt=version.active.lower
    )
    found: dict[Period, list[BillingPeriod]] = {}
    for row in rows.only("period", "state", "is_in_advance"):
        found.setdefault(row.span, []).append(row)
    yield from sorted(found.items(), key=lambda entry: entry[0])
