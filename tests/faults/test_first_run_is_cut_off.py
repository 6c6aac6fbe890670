"""An import is killed at each of its points, and done by four workers at once: all of it is there once, or nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from billing.imports.samples import sample_workbook
from billing.models import FirstRunImport, InvoiceSeries, OpenBalance
from billing.operations.confirm_first_run import confirm_first_run
from billing.operations.import_first_run import import_first_run
from billing.operations.show_first_run import show_first_run
from billing.operations.start_first_run import Sent, start_first_run
from ground import clock, faults
from ground.models import Job
from licenses.models import BillingContact, Contract, Customer, Instance, ProvisionedCount
from tests.cast import House
from tests.faults.month import drain
from tests.faults.test_fault_points import in_a_child, short_leases

__all__ = ["short_leases"]

POINTS = ("first_run.before_shown", "first_run.before_marked", "first_run.before_commit", "first_run.after_commit")
MODELS = (Customer, Contract, Instance, ProvisionedCount, BillingContact, OpenBalance, InvoiceSeries)
# What the sample workbook brings in.
BROUGHT_IN = [2, 2, 3, 2, 2, 2, 2]


def rows() -> list[int]:
    return [model.objects.count() for model in MODELS]


def started(house: House, folder: Path) -> FirstRunImport:
    path = folder / "first-run.xlsx"
    path.write_bytes(sample_workbook().read())
    return start_first_run(actor=house.finance.actor, files=[Sent(name=path.name, path=path)], now=clock.now())


def confirmed(house: House, row: FirstRunImport) -> FirstRunImport:
    return confirm_first_run(actor=house.finance.actor, first_run=row, now=clock.now())


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_leaves_all_or_nothing_and_is_taken_up_again(
    committed_house: House, short_leases: None, tmp_path: Path, figure: Callable[[str], None], point: str
) -> None:
    before = rows()
    row = started(committed_house, tmp_path)

    def work() -> None:
        drain()
        confirmed(committed_house, FirstRunImport.objects.get(pk=row.pk))
        drain()

    def work_and_die() -> None:
        faults.disarm()
        faults.arm(point, action="kill")
        work()

    assert in_a_child(work_and_die) != 0, f"{point} was not reached"
    assert rows() in (before, [there + more for there, more in zip(before, BROUGHT_IN, strict=True)])
    assert in_a_child(work) == 0, f"not taken up again after {point}"
    assert FirstRunImport.objects.get(pk=row.pk).state == "imported"
    assert rows() == [there + more for there, more in zip(before, BROUGHT_IN, strict=True)]
    figure(f"fault point {point}: 1 kill, all or nothing, once")


def test_four_workers_at_once_import_once(committed_house: House, tmp_path: Path) -> None:
    before = rows()
    row = started(committed_house, tmp_path)

    def at_once(step: Callable[[], object]) -> None:
        def work(_: int) -> None:
            try:
                step()
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))

    at_once(lambda: show_first_run(import_id=row.pk, now=clock.now()))
    shown = FirstRunImport.objects.get(pk=row.pk)
    assert shown.state == "shown"
    at_once(lambda: confirmed(committed_house, shown))
    at_once(lambda: import_first_run(import_id=row.pk, now=clock.now()))
    assert FirstRunImport.objects.get(pk=row.pk).state == "imported"
    assert rows() == [there + more for there, more in zip(before, BROUGHT_IN, strict=True)]
    assert Job.objects.filter(kind="billing.import_first_run").count() == 1
