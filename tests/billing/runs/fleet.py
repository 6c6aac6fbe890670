"""Many contracts that need no report: each bills a fixed amount from April 2026 on, so a month of them is quick."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from billing.models import BillingRun
from billing.operations.carry_out_run import carry_out_run
from billing.operations.open_periods import open_periods
from billing.operations.start_billing_run import start_billing_run
from billing.queries import month_lines
from billing.queries.run_plan import RunPlan, plan_run
from ground.actor import Actor
from ground.ids import new_public_id
from licenses.models import Contract
from rollcall.period import Period
from tests.billing.story import at
from tests.cast import BUILDER, House, sign_contract, terms_json

APRIL_DAY = date(2026, 4, 1)
TERM = Period(date(2026, 4, 1), date(2027, 1, 1))


def fixed_terms(amount: str, *, start: str = "2026-04-01", **changes: Any) -> dict[str, Any]:
    """Terms of one fixed amount a month, which rests on no count."""
    charges = {"platform": {"price": {"model": "fixed", "amount": amount}, "in_part_periods": "whole"}}
    return terms_json(term={"start": start, "end": "2027-01-01"}, metrics={}, charges=charges, **changes)


def fleet(house: House, amounts: Sequence[str], *, currency: str = "EUR", prefix: str = "K-RUN") -> list[Contract]:
    """One contract of customer A per amount, its periods open: K-RUN-001 and so on."""
    contracts = []
    for number, amount in enumerate(amounts, start=1):
        terms = fixed_terms(amount, currency=currency)
        contract = sign_contract(house.customer_a, f"{prefix}-{number:03}", terms, TERM)
        open_periods(actor=BUILDER, contract=contract, today=date(2026, 5, 3))
        contracts.append(contract)
    return contracts


def plan_of(actor: Actor, kind: str, *, now: datetime | None = None, only: Sequence[Contract] | None = None) -> RunPlan:
    """The dry run of a step over April, for all contracts or some."""
    lines = month_lines(actor=actor, month=APRIL_DAY)
    if only is not None:
        chosen = {contract.pk for contract in only}
        lines = [line for line in lines if line.period.contract_id in chosen]
    return plan_run(actor=actor, kind=kind, month=APRIL_DAY, lines=lines, now=now or at(5, 3))


def started(
    actor: Actor, kind: str, *, now: datetime | None = None, only: Sequence[Contract] | None = None
) -> BillingRun:
    """A run as somebody confirmed it, on 3 May 2026 unless said otherwise."""
    plan = plan_of(actor, kind, now=now, only=only)
    return start_billing_run(actor=actor, plan=plan, token=new_public_id(), now=now or at(5, 3))


def carried_out(run: BillingRun) -> BillingRun:
    """The run after a worker went through it."""
    carry_out_run(run=run, now=lambda: run.asked_at, progress=lambda done, total, words: None)
    return run


def done(actor: Actor, kind: str, *, now: datetime | None = None, only: Sequence[Contract] | None = None) -> BillingRun:
    """Start a run and carry it out."""
    return carried_out(started(actor, kind, now=now, only=only))


def outcomes(run: BillingRun) -> list[tuple[str, str, str]]:
    """What became of each contract: number, outcome, words."""
    rows = run.items.select_related("contract").order_by("position")
    return [(item.contract.number, item.outcome, item.words) for item in rows]
