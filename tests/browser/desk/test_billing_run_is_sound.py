"""The billing run in light, in dark and at 390 px: a month of many contracts, a dry run, runs that go on and that ended."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from billing.models import BillingRun
from ground.operations import run_job
from tests.billing.runs.fleet import fleet, started
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.portal.conftest import Played

CONTRACTS = 53


@pytest.fixture(scope="module")
def runs(played: Played) -> dict[str, BillingRun]:
    """April with more contracts than one page holds: some drafted, three finalized, one run that waits for a worker."""
    finance = played.house.finance.actor
    contracts = fleet(played.house, [f"{100 + number}.50" for number in range(CONTRACTS)])
    fleet(played.house, ["70.00"], currency="USD", prefix="K-USD")
    drafted = by_a_worker(started(finance, "draft", only=[*contracts[:40], played.story.contract]))
    final = by_a_worker(started(finance, "finalize", only=contracts[:3]))
    return {"drafted": drafted, "finalized": final, "waiting": started(finance, "draft", only=contracts[40:])}


def by_a_worker(run: BillingRun) -> BillingRun:
    finished = run_job(run.job_id)
    assert finished is not None
    assert finished.state == "succeeded", finished.error
    return run


@pytest.mark.parametrize("look", LOOKS)
def test_the_billing_run_is_sound(visit: Callable[..., Visit], runs: dict[str, BillingRun], look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("finance@vendor.example")
    pages = {f"run-{name}": f"/admin/close/runs/{run.public_id}/" for name, run in runs.items()}
    pages["month"] = "/admin/close/?month=2026-04"
    pages["month-found"] = "/admin/close/?month=2026-04&view=drafted&find=K-RUN-0&sort=amount&page=1"
    pages["month-empty"] = "/admin/close/?month=2026-04&find=nobody"

    for name, address in pages.items():
        window.go(address)
        window.picture(f"desk-{name}-{look}")
        window.assert_sound(but=FRAME)
        # It asks how far the run is every few seconds; what it still waits for when it is left says nothing.
        window.page.evaluate("document.getElementById('going')?.remove()")


@pytest.mark.parametrize("look", LOOKS)
def test_a_dry_run_is_sound_and_nothing_happens_before_it_is_confirmed(
    visit: Callable[..., Visit], runs: dict[str, BillingRun], look: str
) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("finance@vendor.example")
    before = BillingRun.objects.count()
    window.go("/admin/close/?month=2026-04&view=drafted")

    window.page.get_by_role("button", name="Finalize all").click()

    expect(window.page.get_by_role("heading", name="Dry run: finalize 37 contracts")).to_be_visible()
    window.picture(f"desk-dry-run-{look}")
    window.assert_sound(but=FRAME)
    assert BillingRun.objects.count() == before
