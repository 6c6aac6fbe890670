"""Finance and the account manager adjust a draft, and compare a contract before it is billed, through the desk."""

from collections.abc import Callable
from decimal import Decimal

from billing.models import Adjustment, ApprovalLimit, Invoice
from licenses.models import Contract
from tests.billing.story import APRIL, Story, at, lines_of, people
from tests.cast import Person
from tests.desk.browser import Browser

Desk = Callable[[Person], Browser]
REASON = "Two days of the outage in April are not charged."


def drafted(story: Story) -> Invoice:
    story.deliver(people(10), APRIL, now=at(5, 1))
    draft = story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None
    return draft


def test_one_adjusts_and_another_approves(plain_story: Story, desk: Desk) -> None:
    draft = drafted(plain_story)
    ApprovalLimit.objects.create(legal_entity=plain_story.house.legal_entity, currency="EUR", amount=Decimal(50))
    address = f"/admin/invoices/{draft.public_id}/adjust/"
    manager = desk(plain_story.house.account_manager).open(address)
    assert "Nothing was added by hand." in manager.page
    manager.send("/adjust/", direction="credit", amount="58", reason="goodwill")
    assert "8 characters are not a reason." in manager.page
    manager.send("/adjust/", direction="credit", amount="5,8 0", reason=REASON)
    assert "Write the amount with digits and a point" in manager.page
    manager.send("/adjust/", direction="credit", amount="58.00", reason=REASON)
    assert "Another person approves it before the draft is finalized." in manager.page
    assert "Somebody else approves it." in manager.page
    assert not manager.has_form("/adjust/approve/")
    finance = desk(plain_story.house.finance).open("/admin/")
    assert "an adjustment on it waits for a second person" in finance.page
    finance.open(f"/admin/invoices/{draft.public_id}/")
    assert "waits for a second person" in finance.page
    finance.finalize()
    assert "waits for the approval of a second person" in finance.page
    finance.open("/admin/close/?month=2026-04&view=person")
    assert "adjusted by EUR −58.00, which waits for a second person" in finance.page
    finance.open(address).send("/adjust/approve/")
    assert "Approved." in finance.page
    finance.open("/admin/close/?month=2026-04")
    assert "adjusted by EUR −58.00" in finance.page
    assert "waits for a second person" not in finance.page
    finance.open(f"/admin/invoices/{draft.public_id}/").finalize()
    assert "Finalized as R-0001." in finance.page
    assert lines_of(draft) == [("usage", "10", "29.00", "290.00"), ("adjustment", "-1", "58.00", "-58.00")]
    assert REASON in finance.open(f"/admin/invoices/{draft.public_id}/explain/").page


def test_an_adjustment_is_taken_back(plain_story: Story, desk: Desk) -> None:
    draft = drafted(plain_story)
    address = f"/admin/invoices/{draft.public_id}/adjust/"
    finance = desk(plain_story.house.finance).open(address)
    finance.send("/adjust/", direction="surcharge", amount="12.50", reason=REASON)
    finance.send("/adjust/withdraw/", withdraw_reason="typed on the wrong draft")
    assert "Withdrawn." in finance.page
    assert "typed on the wrong draft" in finance.page
    assert Adjustment.objects.get().state == "withdrawn"
    assert lines_of(draft) == [("usage", "10", "29.00", "290.00")]


def test_a_contract_is_compared_before_it_is_billed(plain_story: Story, desk: Desk) -> None:
    contract = plain_story.contract
    finance = desk(plain_story.house.finance).open(f"/admin/contracts/{contract.public_id}/go-live/")
    finance.send(
        "/go-live/set/", live_from="2026-05-15", old_seat_price="12.50", old_seats="40", reason="compared first"
    )
    assert "is not the first day of a billing period. The period of that day begins on 01 May 2026." in finance.page
    finance.send(
        "/go-live/set/", live_from="2026-05-01", old_seat_price="12.50", old_seats="40", reason="compared first"
    )
    assert "Billed from 1 May 2026 on." in finance.page
    assert Contract.objects.get(pk=contract.pk).old_seats == 40
    draft = drafted(plain_story)
    finance.open(f"/admin/invoices/{draft.public_id}/")
    for words in ("A comparison, not a bill.", "40 seats at", "500.00", "290.00", "−210.00"):
        assert words in finance.page, words
    assert not finance.leads_to("/finalize/")
