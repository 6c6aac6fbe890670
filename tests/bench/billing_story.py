"""Run by `python -m tests.bench.billing`: a month of many contracts is counted, drafted and finalized in bulk.

Contracts of a thousand users each go through the runs that the desk starts, as one worker does them. Beside it, in the
same run, some are counted each in a child of its own, as a click on one contract does it: many in one child must cost
clearly less. And what a contract costs must not grow with how many came before it.
"""

import os
import time
from collections.abc import Sequence
from datetime import date

import pytest
from django.db import connection

from billing.gathering import gather
from billing.models import Invoice, InvoiceSeries
from billing.operations.carry_out_run import carry_out_run
from billing.operations.gather_together import PeriodToClose, gather_together
from billing.operations.open_periods import open_periods
from billing.operations.start_billing_run import start_billing_run
from billing.queries import month_lines
from billing.queries.run_plan import plan_run
from ground.actor import Actor
from licenses.models import Contract
from tests.bench.crowd import CLOSED_AT, begun_story, contracts_of, copied, settled_statistics
from tests.billing.story import APRIL
from tests.cast import House
from tests.databases import TestServer

CONTRACTS = int(os.environ.get("BENCH_CONTRACTS", "400"))
USERS = int(os.environ.get("BENCH_USERS", "1000"))
ROUNDS = 2
# Contracts that are counted alone, and as many together, in each round.
COMPARED = int(os.environ.get("BENCH_COMPARED", "10"))
MOST_OF_ALONE = 0.8
MOST_GROWTH = 1.5
STEPS = ("draft", "finalize")


def test_a_month_of_many_contracts(
    committed_house: House, database_server: TestServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Count some alone and some together, then let the runs do the month."""
    story = begun_story(committed_house, users=USERS)
    apart = 2 * ROUNDS * COMPARED
    contracts = contracts_of(copied(story, times=CONTRACTS + apart))
    settled_statistics(database_server, str(connection.settings_dict["NAME"]))
    finance = story.finance
    counted = _alone_and_together(finance, contracts[CONTRACTS:])
    steps = {step: _step(finance, step) for step in STEPS}
    series = InvoiceSeries.objects.get(kind="invoice")
    finalized = Invoice.objects.filter(state=Invoice.State.FINALIZED)
    parts = CONTRACTS + apart + 1
    with capsys.disabled():
        print(f"\n{parts:,} contracts of {USERS:,} users, one worker; milliseconds a contract:")
        alone, together = (1000 * min(seconds) / COMPARED for seconds in counted)
        print(f"  counted in a child each      {alone:8.1f}")
        print(f"  {COMPARED} counted in one child     {together:8.1f}")
        print(f"  of the former {together / alone:.2f} (at most {MOST_OF_ALONE})")
        for step, (planned, ended) in steps.items():
            whole, growth = 1000 * (ended[-1] - ended[0]) / (len(ended) - 1), _growth(ended)
            print(
                f"  {step:<10}{whole:8.1f}   last quarter of the first {growth:.2f} (at most {MOST_GROWTH});", end=" "
            )
            print(f"dry run {planned:.1f} s in all")
    assert finalized.count() == parts == series.next_number - series.first_number
    assert together <= alone * MOST_OF_ALONE
    assert [step for step, (_, ended) in steps.items() if _growth(ended) > MOST_GROWTH] == []


def _alone_and_together(finance: Actor, contracts: Sequence[Contract]) -> tuple[list[float], list[float]]:
    """Return the seconds in which as many contracts are counted each in a child, and in one, in turns."""
    alone: list[float] = []
    together: list[float] = []
    today = CLOSED_AT.date()
    for contract in contracts:
        open_periods(actor=finance, contract=contract, today=today)
    for turn in range(ROUNDS):
        first, second = (contracts[place * COMPARED : (place + 1) * COMPARED] for place in (2 * turn, 2 * turn + 1))
        started = time.perf_counter()
        for contract in first:
            gather(contract=contract, period=APRIL, now=CLOSED_AT, today=today)
        between = time.perf_counter()
        closings = [PeriodToClose(contract=contract, period=APRIL, today=today) for contract in second]
        gather_together(actor=finance, closings=closings, now=CLOSED_AT)
        alone.append(between - started)
        together.append(time.perf_counter() - between)
    return alone, together


def _step(finance: Actor, kind: str) -> tuple[float, list[float]]:
    """Carry out one step for every contract; return the seconds of its dry run, and when each contract was done."""
    for contract in Contract.objects.filter(billing_periods__isnull=True, versions__isnull=False).distinct():
        open_periods(actor=finance, contract=contract, today=CLOSED_AT.date())
    started = time.perf_counter()
    month = date(2026, 4, 1)
    # The two contracts of the cast have nothing reported.
    known = set(Contract.objects.filter(usage_reports__isnull=False).values_list("number", flat=True))
    lines = [line for line in month_lines(actor=finance, month=month) if line.contract_number in known]
    plan = plan_run(actor=finance, kind=kind, month=month, lines=lines, now=CLOSED_AT)
    run = start_billing_run(actor=finance, plan=plan, token=f"bench-{kind}", now=CLOSED_AT)
    planned = time.perf_counter() - started
    ended: list[float] = []
    carry_out_run(run=run, now=lambda: CLOSED_AT, progress=lambda *_: ended.append(time.perf_counter()))
    outcomes = set(run.items.values_list("outcome", "words") if kind == "draft" else run.items.values_list("outcome"))
    assert {found[0] for found in outcomes} == {"done"}, outcomes
    return planned, ended


def _growth(ended: Sequence[float]) -> float:
    """Return the time of the last quarter as a part of the first."""
    quarter = (len(ended) - 1) // 4
    return (ended[-1] - ended[-1 - quarter]) / (ended[quarter] - ended[0])
