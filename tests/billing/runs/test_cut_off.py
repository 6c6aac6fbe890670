"""A billing run that is cut off at any point, or carried out by many at once, does each contract once."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from billing.invariants import CHECKS
from billing.models import BillingRun, Invoice, InvoiceEvent
from billing.operations.start_billing_run import start_billing_run
from ground import faults
from ground.faults import InjectedFault
from ground.models import Job
from ground.operations import run_job
from tests.billing.runs.fleet import carried_out, done, fleet, outcomes, plan_of, started
from tests.billing.story import at
from tests.cast import House

Arm = Callable[..., None]
START = ("run.before_start", "run.after_start")
PART = ("run.before_effect", "run.after_effect", "run.before_commit", "run.after_commit", "run.after_part")
AMOUNTS = ("100.00", "200.00", "300.00")
THREADS = 8


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def failing(arm: Arm, point: str, call: Callable[[], object], *, visit: int = 1) -> None:
    """Let the point fail at this visit, and expect that it was reached."""
    arm(point, visit=visit)
    with pytest.raises(InjectedFault):
        call()
    faults.disarm()


def test_a_start_that_fails_is_started_once(committed_house: House, armed: Arm) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, AMOUNTS)
    plan = plan_of(finance, "draft")
    for point in START:
        failing(armed, point, lambda: start_billing_run(actor=finance, plan=plan, token="one", now=at(5, 3)))

    run = start_billing_run(actor=finance, plan=plan, token="one", now=at(5, 3))

    assert (BillingRun.objects.count(), Job.objects.filter(kind="billing.run").count()) == (1, 1)
    assert run.items.count() == len(AMOUNTS)


@pytest.mark.parametrize("point", PART)
def test_a_run_that_is_cut_off_anywhere_goes_on_and_does_each_contract_once(
    committed_house: House, armed: Arm, point: str
) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, AMOUNTS)
    for kind in ("draft", "finalize"):
        run = started(finance, kind)
        for visit in (1, 2):
            failing(armed, point, lambda run=run: carried_out(run), visit=visit)
        carried_out(run)
        # Where the draft stood already when the run was cut off, drafting again says so.
        assert {outcome for _, outcome, _ in outcomes(run)} <= ({"done", "same"} if kind == "draft" else {"done"}), (
            point
        )
    assert list(Invoice.objects.order_by("sequence").values_list("number", flat=True)) == ["R-0001", "R-0002", "R-0003"]
    for verb in ("drafted", "finalized"):
        assert InvoiceEvent.objects.filter(verb=verb).count() == len(AMOUNTS), (point, verb)
    assert findings() == [], point


def test_a_contract_that_ends_its_worker_again_and_again_is_passed_over(committed_house: House, armed: Arm) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, AMOUNTS)
    run = started(finance, "draft")
    for _ in range(3):
        failing(armed, "run.before_effect", lambda: carried_out(run))
    # Each worker that ended was an attempt of the job.
    Job.objects.filter(pk=run.job_id).update(attempts=3)

    carried_out(BillingRun.objects.get(pk=run.pk))

    assert [outcome for _, outcome, _ in outcomes(run)] == ["failed", "done", "done"]
    assert "3 times" in outcomes(run)[0][2]


def test_a_fault_of_ours_in_one_contract_stays_its_own(committed_house: House, armed: Arm) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, AMOUNTS)
    done(finance, "draft")
    run = started(finance, "finalize")
    armed("finalize.before_commit", visit=2)

    carried_out(run)

    assert [outcome for _, outcome, _ in outcomes(run)] == ["done", "failed", "done"]
    assert "InjectedFault" in outcomes(run)[1][2]
    assert list(Invoice.objects.order_by("sequence").values_list("number", flat=True)[:2]) == ["R-0001", "R-0002"]
    assert findings() == []


def test_eight_workers_with_one_run_finalize_each_draft_once(committed_house: House) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, [f"{number}.00" for number in range(1, 11)])
    done(finance, "draft")
    run = started(finance, "finalize")
    barrier, errors = threading.Barrier(THREADS), list[BaseException]()

    def work() -> None:
        try:
            barrier.wait()
            carried_out(BillingRun.objects.get(pk=run.pk))
        except BaseException as error:  # noqa: BLE001 - handed to the test, which asserts on it
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert {outcome for _, outcome, _ in outcomes(run)} <= {"done", "same"}
    assert InvoiceEvent.objects.filter(verb="finalized").count() == 10
    assert sorted(Invoice.objects.values_list("sequence", flat=True)) == list(range(1, 11))
    assert findings() == []


def test_eight_runs_over_the_same_drafts_have_one_effect_and_no_error(committed_house: House) -> None:
    finance = committed_house.finance.actor
    fleet(committed_house, [f"{number}.00" for number in range(1, 9)])
    done(finance, "draft")
    plan = plan_of(finance, "finalize")
    runs = [start_billing_run(actor=finance, plan=plan, token=f"run {n}", now=at(5, 3)) for n in range(THREADS)]

    def work(run: BillingRun) -> None:
        try:
            run_job(run.job_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(Job.objects.filter(kind="billing.run", billing_run__in=runs).values_list("state", flat=True)) == {
        "succeeded"
    }
    said = [outcome for run in runs for _, outcome, _ in outcomes(run)]
    assert set(said) <= {"done", "same"}
    assert InvoiceEvent.objects.filter(verb="finalized").count() == 8
    assert findings() == []
