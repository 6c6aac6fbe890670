"""The dry run of a bulk step: what it would do, to which contracts, for how much, and what it leaves out and why.

Nothing is written. A run does what its plan said, so the digest of the plan that a person saw is asked for when the
run is started: facts that moved in between are shown first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange

from billing.digests import json_digest
from billing.models import Adjustment, BillingPeriod, BillingRun, Delivery
from billing.queries.month import PeriodLine, amounts_by_currency
from ground.actor import Actor
from licenses.models import BillingContact
from licenses.ranges import range_of
from rollcall.money import plain
from rollcall.period import Period, civil_day

Kind, State = BillingRun.Kind, BillingPeriod.State
ROLES: Mapping[str, tuple[str, ...]] = {
    Kind.COUNT: ("finance", "account_manager"),
    Kind.DRAFT: ("finance", "account_manager"),
    Kind.FINALIZE: ("finance",),
    Kind.SEND: ("finance",),
}


@dataclass(frozen=True, kw_only=True)
class PlannedPart:
    """One contract's part of a run. `amount` is before tax, as it stands now; None where it is not known yet.

    `left_out` is the reason why the step passes it over, empty for what will be done.
    """

    contract_id: int
    customer_id: int
    contract_number: str
    customer_name: str
    period: Period
    zone: str
    invoice_public_id: str
    amount: Decimal | None
    amount_before: Decimal | None
    currency: str
    users: int | None
    left_out: str = ""

    @property
    def days(self) -> DateRange:
        """The period as a row holds it."""
        return range_of(self.period)


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What a bulk step would do: `parts` in the order in which it does them, and `left_out` with the reasons."""

    kind: str
    month: date
    parts: tuple[PlannedPart, ...]
    left_out: tuple[PlannedPart, ...]

    @property
    def amounts(self) -> dict[str, Decimal]:
        """The total before tax per currency of what will be done, as far as it is known."""
        return amounts_by_currency((part.currency, part.amount) for part in self.parts)

    @property
    def amounts_before(self) -> dict[str, Decimal]:
        """What the same contracts were rated at in the period before, per currency."""
        return amounts_by_currency((part.currency, part.amount_before) for part in self.parts)

    @property
    def users(self) -> int:
        return sum(part.users or 0 for part in self.parts)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why contracts are left out, with how many; the commonest first."""
        return Counter(part.left_out for part in self.left_out).most_common()

    @property
    def digest(self) -> str:
        """A mark of everything that the person sees; another one means that something moved."""
        rows = [
            [part.contract_id, str(part.period.start), part.invoice_public_id, part.left_out, _plain(part.amount)]
            for part in (*self.parts, *self.left_out)
        ]
        return json_digest({"kind": self.kind, "month": str(self.month), "rows": rows})


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else plain(amount)


def plan_run(*, actor: Actor, kind: str, month: date, lines: Sequence[PeriodLine], now: datetime) -> RunPlan:
    """Say what a bulk step would do to these lines of a month. Raises NotAllowed, ValueError for an unknown step."""
    step = Kind(kind)
    actor.require_vendor(*ROLES[step])
    reasons = {
        Kind.COUNT: _not_counted,
        Kind.DRAFT: _not_drafted,
        Kind.FINALIZE: _not_finalized,
        Kind.SEND: _not_sent,
    }[step](lines, now)
    parts, left_out, seen = list[PlannedPart](), list[PlannedPart](), set[str]()
    for line, reason in zip(lines, reasons, strict=True):
        part = _part(step, line)
        if part.invoice_public_id and step in (Kind.FINALIZE, Kind.SEND):
            # Several periods may stand on one document.
            if part.invoice_public_id in seen:
                continue
            seen.add(part.invoice_public_id)
        if reason:
            left_out.append(replace(part, left_out=reason))
        else:
            parts.append(part)
    # Dates of a series never decrease: where it is still yesterday, the document comes first.
    parts.sort(key=lambda part: (civil_day(now, part.zone), part.contract_number, part.period))
    return RunPlan(kind=step, month=month.replace(day=1), parts=tuple(parts), left_out=tuple(left_out))


def _part(step: str, line: PeriodLine) -> PlannedPart:
    row, invoice = line.period, line.period.invoice
    is_document = step in (Kind.FINALIZE, Kind.SEND) and invoice is not None
    return PlannedPart(
        contract_id=row.contract_id,
        customer_id=row.customer_id,
        contract_number=line.contract_number,
        customer_name=line.customer_name,
        period=row.span,
        zone=row.zone,
        invoice_public_id=invoice.public_id if is_document and invoice is not None else "",
        # The document may carry more than the period: true-ups, adjustments, what is billed in advance.
        amount=invoice.net_amount if is_document and invoice is not None else None,
        amount_before=line.net_before,
        currency=invoice.currency if invoice is not None else line.currency,
        users=line.users,
    )


def _not_counted(lines: Sequence[PeriodLine], now: datetime) -> Iterable[str]:
    for line in lines:
        if line.state == State.INVOICED:
            yield "invoiced already"
        elif line.state == State.DRAFTED:
            yield "drafted already; drafting counts it again"
        else:
            yield "" if line.period.is_counted else "nothing of it is counted"


def _not_drafted(lines: Sequence[PeriodLine], now: datetime) -> Iterable[str]:
    ahead = _due_in_advance(lines)
    for line in lines:
        if line.state == State.INVOICED and not any(
            first <= line.period.span.end for first in ahead.get(line.period.contract_id, ())
        ):
            yield "invoiced already"
        elif line.period.ends_at > now:
            yield "not over yet"
        else:
            yield ""


def _due_in_advance(lines: Sequence[PeriodLine]) -> dict[int, list[date]]:
    """The first days of what is billed in advance and on no draft yet, by contract, where a line is invoiced."""
    contracts = {line.period.contract_id for line in lines if line.state == State.INVOICED}
    rows = BillingPeriod.objects.filter(
        contract__in=contracts, is_in_advance=True, state__in=(State.OPEN, State.COUNTED)
    )
    found: dict[int, list[date]] = {}
    for contract_id, days in rows.values_list("contract_id", "period"):
        found.setdefault(contract_id, []).append(days.lower)
    return found


def _not_finalized(lines: Sequence[PeriodLine], now: datetime) -> Iterable[str]:
    waiting = Adjustment.objects.filter(
        contract__in={line.period.contract_id for line in lines}, state=Adjustment.State.NEEDS_APPROVAL
    ).values_list("contract_id", "period")
    to_approve = {(contract_id, days.lower) for contract_id, days in waiting}
    for line in lines:
        row = line.period
        if line.state == State.INVOICED:
            yield "finalized already"
        elif line.state == State.HELD:
            yield f"held: {row.get_held_code_display()}"
        elif line.state != State.DRAFTED:
            yield "not drafted yet"
        elif line.is_shadow:
            yield "a shadow until it goes live: compared, never finalized"
        elif (row.contract_id, row.span.start) in to_approve:
            yield "an adjustment waits for a second person"
        else:
            yield ""


def _not_sent(lines: Sequence[PeriodLine], now: datetime) -> Iterable[str]:
    contracts = {line.period.contract_id for line in lines}
    reached = set(
        BillingContact.objects.filter(contract__in=contracts, removed_at=None).values_list("contract_id", flat=True)
    )
    for line in lines:
        if line.state != State.INVOICED:
            yield "not finalized yet"
        elif line.delivery == Delivery.State.SENT:
            yield "sent already"
        elif line.delivery == Delivery.State.QUEUED:
            yield "on its way already"
        elif not line.has_pdf:
            yield "its PDF is still being made"
        elif line.period.contract_id not in reached:
            yield "nobody to send it to: the contract has no billing contact"
        else:
            yield ""
