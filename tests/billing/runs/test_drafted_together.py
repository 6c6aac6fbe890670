"""Contracts of a run are drafted many in one transaction: the same drafts, and one contract's trouble stays its own."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from billing.closing import Closing, close_locked
from billing.invariants import CHECKS
from billing.models import Invoice, InvoiceEvent, InvoiceLine
from billing.operations import carry_out_run, close_together
from billing.operations.close_period import close_period
from billing.operations.gather_together import PeriodToClose
from ground.copying import FEW
from licenses.models import Contract
from tests.billing.runs.fleet import carried_out, done, fleet, outcomes, started
from tests.billing.story import APRIL, at
from tests.cast import House

Arm = Callable[..., None]
# More than are stored one by one.
AMOUNTS = [f"{number}.00" for number in range(1, FEW + 4)]


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many contracts were closed in each transaction."""
    closed: list[int] = []

    def close(**said: Any) -> dict[PeriodToClose, Closing]:
        closings = close_together.close_together(**said)
        closed.append(len(closings))
        return closings

    monkeypatch.setattr(carry_out_run, "close_together", close)
    return closed


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def said(contract: Contract) -> list[tuple[Any, ...]]:
    """What the draft of a contract says, without its keys."""
    invoice = Invoice.objects.get(contract=contract)
    amounts = (invoice.state, invoice.currency, invoice.period, invoice.net_amount, invoice.tax_amount)
    lines = InvoiceLine.objects.filter(invoice=invoice).values_list("position", "key", "kind", "amount", "words")
    return [amounts, *lines.order_by("position")]


def test_together_they_say_what_each_says_alone(committed_house: House, together: list[int]) -> None:
    finance = committed_house.finance.actor
    several = fleet(committed_house, AMOUNTS)
    alone = fleet(committed_house, AMOUNTS[-2:], prefix="K-ALONE")
    run = done(finance, "draft", only=several)
    for contract in alone:
        close_period(actor=finance, contract=contract, period=APRIL, now=at(5, 3), today=date(2026, 5, 3))

    assert together == [len(AMOUNTS)]
    assert {(outcome, words) for _, outcome, words in outcomes(run)} == {("done", "drafted")}
    assert [said(one) for one in several[-2:]] == [said(one) for one in alone]
    assert InvoiceEvent.objects.filter(verb="drafted").count() == len(AMOUNTS) + len(alone)
    assert findings() == []


@pytest.mark.parametrize(("point", "visit"), [("close.after_draft", 2), ("close.before_commit", 1)])
def test_where_the_whole_fails_each_is_drafted_alone(
    committed_house: House, together: list[int], armed: Arm, point: str, visit: int
) -> None:
    fleet(committed_house, AMOUNTS)
    run = started(committed_house.finance.actor, "draft")
    armed(point, visit=visit)

    carried_out(run)

    assert together == [0]
    assert {outcome for _, outcome, _ in outcomes(run)} == {"done"}
    assert InvoiceEvent.objects.filter(verb="drafted").count() == len(AMOUNTS) == Invoice.objects.count()
    assert findings() == []


def test_one_that_fails_is_left_to_itself(
    committed_house: House, together: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts = fleet(committed_house, AMOUNTS)

    def close(*, contract: Contract, **said: Any) -> Any:
        if contract == contracts[1]:
            raise ValueError("this one is broken")
        return close_locked(contract=contract, **said)

    monkeypatch.setattr("billing.operations.close_together.close_locked", close)

    run = done(committed_house.finance.actor, "draft")

    assert together == [len(AMOUNTS) - 1]
    # Alone it goes the way that is not broken.
    assert {outcome for _, outcome, _ in outcomes(run)} == {"done"}
    assert findings() == []
