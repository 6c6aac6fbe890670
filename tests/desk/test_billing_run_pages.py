"""The pages of a bulk step: what it would do, what moved meanwhile, how far it is, and what became of each contract."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection

from billing.models import BillingPeriod, BillingRun, Invoice
from billing.operations.discard_draft import discard_draft
from billing.operations.open_series import open_series
from ground.models import Job
from licenses.models import Contract
from licenses.ranges import range_of
from tests.billing.runs.fleet import carried_out, done, fleet, started
from tests.billing.story import APRIL, at
from tests.cast import House, Person
from tests.desk.browser import Browser
from tests.desk.test_month_at_the_desk import do_the_jobs

Desk = Callable[[Person], Browser]
MONTH = "/admin/close/?month=2026-04"


def test_the_drafts_of_a_view_are_finalized_after_their_dry_run(committed_house: House, desk: Desk) -> None:
    contracts = fleet(committed_house, ["100.00", "200.00", "300.00"])
    done(committed_house.finance.actor, "draft", only=contracts)
    do_the_jobs()
    finance = desk(committed_house.finance).open(f"{MONTH}&view=drafted&find=K-RUN")
    assert "Dry run: 3 drafts get their numbers for good." in finance.page

    page = finance.client.post("/admin/close/dry-run/", csrf(finance) | {"do": "finalize", "find": "K-RUN"})
    finance._show("/admin/close/dry-run/", page)
    assert "3 drafts get their numbers for good: 600.00 EUR before tax." in finance.page
    assert not BillingRun.objects.filter(kind="finalize").exists()
    assert "R-0001" not in finance.page, "the series is opened with its first document"
    finance.send("/close/runs/")
    assert "Finalize : 3 contracts" in finance.page.replace("Finalize:", "Finalize :")
    assert "0 of 3 contracts" in finance.page
    do_the_jobs()

    finance.open(finance.address)
    assert "Finalized R-0001 to R-0003." in finance.page
    assert "600.00 EUR before tax" in finance.page
    home = finance.download(f"{finance.address}?as=csv").decode()
    assert home.count("finalized as R-000") == 3


def csrf(browser: Browser) -> dict[str, str]:
    """The fields that every form of the month's page has."""
    form = browser.forms["/admin/close/dry-run/"]
    return {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"][0], "month": "2026-04"}


def test_what_moved_between_the_dry_run_and_the_start_is_shown_first(committed_house: House, desk: Desk) -> None:
    contracts = fleet(committed_house, ["100.00", "200.00"])
    done(committed_house.finance.actor, "draft", only=contracts)
    finance_actor = committed_house.finance.actor
    open_series(actor=finance_actor, legal_entity=committed_house.legal_entity, first_number=41)
    ids = list(Invoice.objects.order_by("pk").values_list("public_id", flat=True))
    finance = desk(committed_house.finance).open(MONTH).send("/close/finalize/", invoice=ids)
    discard_draft(
        actor=committed_house.finance.actor, invoice=Invoice.objects.earliest("pk"), reason="Wrong.", now=at(5, 3)
    )

    finance.send("/close/runs/")

    assert finance.status == 409
    assert "Something changed since you looked." in finance.page
    assert "1 draft gets its number for good: 200.00 EUR before tax." in finance.page
    assert "R-0041, if nobody else finalizes meanwhile." in finance.page
    assert not BillingRun.objects.filter(kind="finalize").exists()
    finance.send("/close/runs/")
    assert BillingRun.objects.get(kind="finalize").items.count() == 1


def test_a_start_that_is_sent_twice_is_one_run(committed_house: House, desk: Desk) -> None:
    fleet(committed_house, ["100.00"])
    finance = desk(committed_house.finance).open(MONTH)
    answer = finance.client.post("/admin/close/dry-run/", csrf(finance) | {"do": "draft", "find": "K-RUN"})
    finance._show("/admin/close/dry-run/", answer)
    fields = {name: values[0] for name, values in finance.forms["/admin/close/runs/"].items()}

    places = [finance.client.post("/admin/close/runs/", fields)["Location"] for _ in range(2)]

    assert places[0] == places[1]
    assert Job.objects.filter(kind="billing.run").count() == 1


def test_a_run_is_stopped_on_its_page_and_says_what_is_left(committed_house: House, desk: Desk) -> None:
    contracts = fleet(committed_house, ["100.00", "200.00"])
    run = started(committed_house.finance.actor, "draft", only=contracts)
    finance = desk(committed_house.finance).open(f"/admin/close/runs/{run.public_id}/")

    finance.send("/stop/")
    assert "Stopping after the contract that is being done." in finance.page
    do_the_jobs()

    finance.open(finance.address)
    assert "Stopped by Fiona Nance." in finance.page
    assert "not reached" in finance.page
    assert not Invoice.objects.exists()


def test_the_part_that_tells_how_far_runs_are_ends_by_loading_the_page_again(
    committed_house: House, desk: Desk
) -> None:
    run = started(committed_house.finance.actor, "draft", only=fleet(committed_house, ["100.00"]))
    finance = desk(committed_house.finance)
    addresses = ("/admin/close/going/?month=2026-04", f"/admin/close/runs/{run.public_id}/?going=1")

    for address in addresses:
        answer = finance.client.get(address)
        assert "0 of 1 contract" in answer.content.decode()
        assert "HX-Refresh" not in answer
    do_the_jobs()
    for address in addresses:
        assert finance.client.get(address)["HX-Refresh"] == "true"


def test_an_account_manager_counts_and_drafts_and_does_not_finalize_or_send(committed_house: House, desk: Desk) -> None:
    fleet(committed_house, ["100.00"])
    manager = desk(committed_house.account_manager).open(MONTH)
    assert "Finalize all" not in manager.page
    for do, status in (("count", 200), ("draft", 200), ("finalize", 403), ("send", 403)):
        assert manager.client.post("/admin/close/dry-run/", csrf(manager) | {"do": do}).status_code == status, do


@pytest.fixture
def many(committed_house: House) -> Callable[[int], None]:
    """Make the month larger: contracts whose April is open, without going through their agreement."""

    def make(number: int) -> None:
        there = Contract.objects.count()
        new = Contract.objects.bulk_create(
            Contract(customer=committed_house.customer_a, number=f"K-MANY-{there + n:05}", product_name="Atlas")
            for n in range(number)
        )
        starts_at, ends_at = APRIL.instants("Europe/Berlin")
        BillingPeriod.objects.bulk_create(
            BillingPeriod(
                customer=committed_house.customer_a, contract=contract, charge_key="seats", period=range_of(APRIL),
                zone="Europe/Berlin", starts_at=starts_at, ends_at=ends_at,
            )
            for contract in new
        )  # fmt: skip

    return make


@contextmanager
def statements() -> Iterator[list[float]]:
    """The seconds that each statement of the block took."""
    taken: list[float] = []

    def timed(execute: Callable[..., object], *arguments: object) -> object:
        begun = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            taken.append(time.perf_counter() - begun)

    with connection.execute_wrapper(timed):
        yield taken


def test_a_month_of_a_thousand_contracts_takes_as_many_queries_as_one_of_ten(
    committed_house: House, desk: Desk, many: Callable[[int], None], figure: Callable[[str], None]
) -> None:
    finance = desk(committed_house.finance)
    many(10)
    finance.open(MONTH)
    with statements() as few:
        finance.open(MONTH)
    many(990)
    with statements() as lots:
        finance.open(MONTH)

    assert len(lots) == len(few) > 0
    assert "1 to 50 of 1,000 in this view" in finance.page
    assert finance.open(f"{MONTH}&find=k-many-00017").page.count("K-MANY-00017 of") == 1
    assert date(2026, 4, 1) == APRIL.start
    figure(f"close page of 1,000 contracts: {len(lots)} queries, {sum(lots):.2f} s in them")


def test_a_run_that_ended_stands_with_its_outcomes_on_the_page_of_its_month(committed_house: House, desk: Desk) -> None:
    run = started(committed_house.finance.actor, "draft", only=fleet(committed_house, ["100.00"]))
    do_the_jobs()
    carried_out(run)

    page = desk(committed_house.finance).open(MONTH).page

    assert "The last 1 step of this month" in page
    assert "1 done" in page
