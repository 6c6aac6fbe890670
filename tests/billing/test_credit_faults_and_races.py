"""Crediting and closing the accounts, cut off at every named point and asked eight times at once: one effect, no gap."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest

from billing.credit_parts import OfUsers, Whole
from billing.invariants import CHECKS
from billing.models import AccountingClose, Invoice, InvoiceEvent
from billing.operations.close_accounts import AccountsClosed, close_accounts
from billing.operations.credit_invoice import CreditNoteWaits
from billing.operations.finalize_invoice import finalize_invoice
from ground import faults
from ground.faults import InjectedFault
from tests.billing.story import APRIL, MAY, Story, at, people
from tests.billing.test_credit_by_hand import billed, credit, final
from tests.billing.test_races import at_once

Arm = Callable[..., None]
CREDIT = ("credit.after_lock", "credit.before_commit", "credit.after_commit")
FINALIZE = ("finalize.after_lock", "finalize.before_number", "finalize.before_commit", "finalize.after_commit")
CLOSE = ("close_accounts.after_lock", "close_accounts.before_commit", "close_accounts.after_commit")
AT_ONCE = 8


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def failing(arm: Arm, point: str, call: Callable[[], object]) -> None:
    """Let the point fail, and expect that it was reached."""
    arm(point)
    with pytest.raises(InjectedFault):
        call()
    faults.disarm()


def test_crediting_that_fails_anywhere_credits_once(plain_story: Story, armed: Arm) -> None:
    invoice = billed(plain_story, users=12)
    for number, points in enumerate(zip(CREDIT, FINALIZE[:3], strict=True), start=1):

        def draft() -> Invoice:
            return credit(plain_story, invoice, OfUsers(position=1, users=2))

        failing(armed, points[0], draft)
        note = draft()
        assert invoice.credit_notes.count() == number, points
        events = InvoiceEvent.objects.filter(invoice_public_id=note.public_id)
        assert list(events.values_list("verb", flat=True)) == ["drafted"], points
        failing(armed, points[1], partial(final, plain_story, note))
        assert final(plain_story, note).number == f"C-{number:04}"
    failing(armed, CREDIT[0], lambda: credit(plain_story, invoice, Whole()))
    note = credit(plain_story, invoice, Whole())
    failing(armed, FINALIZE[3], lambda: final(plain_story, note))
    assert final(plain_story, note).number == "C-0004"
    assert sum(one.gross_amount for one in invoice.credit_notes.all()) == invoice.gross_amount
    assert findings() == []


def close(story: Story, through: date) -> AccountingClose:
    return close_accounts(
        actor=story.finance,
        legal_entity=story.house.legal_entity,
        through=through,
        now=at(7, 1),
        today=date(2026, 7, 1),
        reason="VAT return of the month.",
    )


def test_closing_that_fails_anywhere_closes_once(plain_story: Story, armed: Arm) -> None:
    for month, point in enumerate(CLOSE, start=4):
        through = date(2026, month, 28)
        failing(armed, point, partial(close, plain_story, through))
        close(plain_story, through)
        assert AccountingClose.objects.count() == month - 3, point


def test_eight_people_credit_the_same_and_one_draft_comes_of_it(plain_story: Story) -> None:
    invoice = billed(plain_story, users=12)

    drafts, errors = at_once([lambda: credit(plain_story, invoice, OfUsers(position=1, users=2))] * AT_ONCE)

    assert (len(drafts), {draft.pk for draft in drafts}, errors) == (AT_ONCE, {drafts[0].pk}, [])
    notes, errors = at_once([lambda: final(plain_story, drafts[0])] * AT_ONCE)
    assert ({note.number for note in notes}, errors) == ({"C-0001"}, [])
    assert findings() == []


def test_eight_people_credit_something_else_and_seven_are_told_to_wait(plain_story: Story) -> None:
    invoice = billed(plain_story, users=12)

    def of_users(users: int) -> Callable[[], Invoice]:
        return lambda: credit(plain_story, invoice, OfUsers(position=1, users=users))

    drafts, errors = at_once([of_users(number + 1) for number in range(AT_ONCE)])

    assert (len(drafts), len(errors)) == (1, AT_ONCE - 1)
    assert {type(error) for error in errors} == {CreditNoteWaits}


def test_a_document_whose_day_is_closed_while_it_is_made_is_refused_in_words(
    plain_story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_story.deliver(people(5), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 2)).invoice
    assert draft is not None

    def closed_meanwhile(point: str) -> None:
        if point == "finalize.before_number":
            _, errors = at_once([partial(close, plain_story, date(2026, 5, 3))])
            assert errors == []

    monkeypatch.setattr("billing.operations.finalize_invoice.fault_point", closed_meanwhile)

    with pytest.raises(AccountsClosed, match="no document is dated 3 May 2026 any more"):
        finalize_invoice(actor=plain_story.finance, invoice=draft, now=at(5, 3), today=date(2026, 5, 3))
    draft.refresh_from_db()
    assert (draft.state, draft.number) == ("draft", None)
    assert findings() == []


def test_a_document_and_a_close_at_once_leave_nothing_dated_into_it(plain_story: Story) -> None:
    for month, period in ((5, APRIL), (6, MAY)):
        plain_story.deliver(people(month), period, now=at(month, 1))
        draft = plain_story.close(period, now=at(month, 2)).invoice
        assert draft is not None

        bill = partial(
            finalize_invoice, actor=plain_story.finance, invoice=draft, now=at(month, 3), today=date(2026, month, 3)
        )
        both: list[Callable[[], object]] = [bill, partial(close, plain_story, date(2026, month, 3))]

        _, errors = at_once(both * (AT_ONCE // 2))

        assert {type(error) for error in errors} <= {AccountsClosed}
        draft.refresh_from_db()
        # Either it was final before the close, or it was refused and waits for a later day.
        assert (draft.state == "finalized") == (not errors)
        assert findings() == []
