"""Everything at once: eight hands on one thing, one effect, and no error that a person would see."""

import threading
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from django.db import connection, transaction

from billing.closing import close_locked
from billing.gathering import gather
from billing.models import BillingPeriod, Invoice, InvoiceDocument, InvoiceEvent, InvoiceLine, InvoiceSeries, TrueUp
from billing.operations.decide_true_up import decide_true_up
from billing.operations.finalize_invoice import DraftOutdated, finalize_invoice
from billing.operations.open_periods import open_periods
from billing.operations.render_document import render_document
from billing.state_moves import MoveRefused
from licenses.models import Instance
from licenses.operations.add_contract_version import add_contract_version
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, lines_of, people, per_user, terms_json
from tests.cast import sign_contract

T = TypeVar("T")
THREADS = 8


def at_once(calls: Sequence[Callable[[], T]]) -> tuple[list[T], list[BaseException]]:
    """Run all calls at the same moment, each in a thread with a connection of its own."""
    barrier = threading.Barrier(len(calls))
    results: list[T] = []
    errors: list[BaseException] = []

    def run(call: Callable[[], T]) -> None:
        try:
            barrier.wait()
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - handed to the test, which asserts on it
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results, errors


def test_eight_closes_of_one_period_make_one_draft(plain_story: Story) -> None:
    plain_story.deliver(people(25), APRIL, now=at(5, 1))

    results, errors = at_once([lambda: plain_story.close(APRIL, now=at(5, 3))] * THREADS)

    assert errors == []
    assert [result.state for result in results] == ["drafted"] * THREADS
    assert sum(result.changed for result in results) == 1
    assert Invoice.objects.count() == 1
    assert InvoiceLine.objects.count() == 1
    assert InvoiceEvent.objects.count() == 1


def test_eight_finalizations_of_one_draft_use_one_number(plain_story: Story) -> None:
    plain_story.deliver(people(25), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None

    def finalize() -> Invoice:
        return finalize_invoice(actor=plain_story.finance, invoice=draft, now=at(5, 3), today=date(2026, 5, 3))

    results, errors = at_once([finalize] * THREADS)

    assert errors == []
    assert {invoice.number for invoice in results} == {"R-0001"}
    assert InvoiceSeries.objects.get().next_number == 2
    assert InvoiceEvent.objects.filter(verb="finalized").count() == 1


def test_eight_contracts_finalized_at_once_have_numbers_without_a_gap(plain_story: Story) -> None:
    drafts = []
    for number in range(THREADS):
        contract = sign_contract(
            plain_story.house.customer_a, f"K-{number}", terms_json(charges=per_user("29.00")), Period(*YEAR)
        )
        instance = Instance.objects.create(
            customer=plain_story.house.customer_a, contract=contract, name="One", reports_from=date(2026, 1, 1)
        )
        own = Story(house=plain_story.house, contract=contract, instance=instance)
        own.deliver(people(number + 1), APRIL, now=at(5, 1))
        drafts.append(own.close(APRIL, now=at(5, 3)).invoice)

    def finalizing(draft: Invoice) -> Callable[[], Invoice]:
        return lambda: finalize_invoice(actor=plain_story.finance, invoice=draft, now=at(5, 3), today=date(2026, 5, 3))

    results, errors = at_once([finalizing(draft) for draft in drafts if draft is not None])

    assert errors == []
    assert sorted(invoice.sequence or 0 for invoice in results) == list(range(1, THREADS + 1))
    chain = Invoice.objects.order_by("sequence").values_list("previous_digest", "chain_digest")
    assert [previous for previous, _ in chain] == ["", *[digest for _, digest in chain][:-1]]


def test_an_accept_and_a_waive_at_once_are_one_decision(plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    plain_story.deliver(people(14), APRIL, now=at(5, 12))
    true_up = TrueUp.objects.get()

    def deciding(accept: bool) -> Callable[[], TrueUp]:
        return lambda: decide_true_up(
            actor=plain_story.manager,
            true_up=true_up,
            accept=accept,
            reason="Decided by several at once.",
            now=at(5, 13),
        )

    results, errors = at_once([deciding(number % 2 == 0) for number in range(THREADS)])

    true_up.refresh_from_db()
    assert len(results) == len(errors) == THREADS // 2
    assert {type(error) for error in errors} == {MoveRefused}
    assert {decided.state for decided in results} == {true_up.state}


def test_two_months_closed_at_once_settle_one_true_up_once(plain_story: Story) -> None:
    plain_story.deliver(people(10), MARCH, now=at(4, 1))
    plain_story.bill(MARCH, now=at(4, 3))
    plain_story.deliver(people(14), MARCH, now=at(4, 12))
    plain_story.accept(TrueUp.objects.get(), now=at(4, 13))
    plain_story.deliver(people(11), APRIL, now=at(6, 1))
    plain_story.deliver(people(12), MAY, now=at(6, 1))

    calls = [lambda period=period: plain_story.close(period, now=at(6, 2)) for period in (APRIL, MAY)] * 4
    results, errors = at_once(calls)

    assert errors == []
    assert {result.state for result in results} == {"drafted"}
    assert InvoiceLine.objects.filter(kind="true_up").count() == 1


def test_eight_reviews_of_one_late_report_propose_once(plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    report = plain_story.deliver(people(14), APRIL, now=at(5, 12), review=False)

    results, errors = at_once([lambda: plain_story.review(report, now=at(5, 12))] * THREADS)

    assert errors == []
    assert {result.proposed for result in results} == {(TrueUp.objects.get().public_id,)}


def test_eight_workers_rendering_one_invoice_store_one_original(plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    invoice = plain_story.bill(APRIL, now=at(5, 3))

    results, errors = at_once([lambda: render_document(invoice_id=invoice.pk, now=at(5, 3))] * 4)

    assert errors == []
    assert len({document.pk for documents in results for document in documents}) == 3
    assert InvoiceDocument.objects.count() == 3


def test_a_close_and_a_finalization_at_once_leave_one_state(plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 2)).invoice
    assert draft is not None
    plain_story.deliver(people(14), APRIL, now=at(5, 3), review=False)

    def finalize() -> str:
        return finalize_invoice(actor=plain_story.finance, invoice=draft, now=at(5, 3), today=date(2026, 5, 3)).state

    results, errors = at_once([finalize, *[lambda: plain_story.close(APRIL, now=at(5, 3)).state] * 5])

    # The draft of ten is not finalized any more once fourteen are known: finance is asked to look again.
    assert {type(error) for error in errors} <= {DraftOutdated}
    assert set(results) <= {"drafted", "invoiced", "finalized"}
    if errors:
        plain_story.bill(APRIL, now=at(5, 3))
    invoice = Invoice.objects.get()
    row = plain_story.row(APRIL)
    assert (invoice.state, row.state) == ("finalized", "invoiced")
    # Whichever came first, the invoice bills exactly the newest count.
    assert lines_of(invoice) == [("usage", "14", "29.00", "406.00")]


def test_an_amendment_while_closing_leaves_one_version_on_the_bill(plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    amended = terms_json(charges=per_user("31.00"))

    def amend() -> str:
        version = add_contract_version(
            actor=plain_story.finance,
            contract=plain_story.contract,
            terms=amended,
            active=Period(date(2026, 4, 1), date(2027, 1, 1)),
            agreed_at=at(4, 1),
        )
        return f"version {version.number}"

    results, errors = at_once([amend, *[lambda: plain_story.close(APRIL, now=at(5, 3)).state] * 5])

    assert errors == []
    assert set(results) == {"drafted", "version 2"}
    row = BillingPeriod.objects.get(contract=plain_story.contract, period=(APRIL.start, APRIL.end))
    price = {1: "29.00", 2: "31.00"}[row.rated.version.number]
    assert lines_of(row.invoice) == [("usage", "10", price, f"{10 * int(price[:2])}.00")]


YEAR = (date(2026, 1, 1), date(2027, 1, 1))


def test_a_report_that_came_in_while_counting_is_counted_before_anything_is_written(plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    today = date(2026, 5, 3)
    open_periods(actor=plain_story.finance, contract=plain_story.contract, today=today)
    facts = gather(contract=plain_story.contract, period=APRIL, now=at(5, 3), today=today)
    plain_story.deliver(people(14), APRIL, now=at(5, 3), review=False)
    assert facts is not None

    with transaction.atomic():
        stale = close_locked(
            actor=plain_story.finance,
            contract=plain_story.contract,
            period=APRIL,
            facts=facts,
            now=at(5, 3),
            today=today,
        )

    assert stale is None
    assert lines_of(plain_story.close(APRIL, now=at(5, 3)).invoice) == [("usage", "14", "29.00", "406.00")]
