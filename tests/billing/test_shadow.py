"""A contract that is not live yet is counted, rated and drafted beside the old bill, and never billed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection

from billing.models import Invoice
from billing.operations.discard_draft import ReasonMissing
from billing.operations.set_go_live import GoLiveRefused, OldBillRefused, set_go_live
from billing.queries import invoice_detail, work_today
from billing.shadow import ShadowNotBilled
from ground.actor import NotAllowed
from licenses.models import Contract
from licenses.operations.record_provisioned_count import record_provisioned_count
from tests.billing.story import APRIL, MARCH, Story, at, people

PRICE = Decimal("12.50")


def shadow(story: Story, live_from: date | None = APRIL.start, seats: int | None = 40) -> Contract:
    return set_go_live(
        actor=story.finance,
        contract=story.contract,
        live_from=live_from,
        old_seat_price=PRICE,
        old_seats=seats,
        reason="The first months are compared with the seats.",
        now=at(3, 1),
    )


def march(story: Story) -> Invoice:
    story.deliver(people(10), MARCH, now=at(4, 3))
    invoice = story.close(MARCH, now=at(4, 3)).invoice
    assert invoice is not None
    return invoice


def test_a_draft_stands_beside_the_old_seats(plain_story: Story) -> None:
    shadow(plain_story)
    invoice = march(plain_story)
    seen = invoice_detail(actor=plain_story.finance, public_id=invoice.public_id, today=date(2026, 4, 3)).shadow
    assert seen is not None
    assert seen.old is not None
    assert (seen.net_amount, seen.old.amount, seen.difference) == (Decimal(290), Decimal(500), Decimal(-210))


def test_without_entered_seats_the_provisioned_accounts_are_the_seats(plain_story: Story) -> None:
    shadow(plain_story, seats=None)
    invoice = march(plain_story)
    seen = invoice_detail(actor=plain_story.finance, public_id=invoice.public_id, today=date(2026, 4, 3)).shadow
    assert seen is not None
    assert (seen.old, seen.why_none) == (None, "The old bill is not known: the number of seats is missing.")
    record_provisioned_count(
        actor=plain_story.manager,
        contract=plain_story.contract,
        users=30,
        date=date(2026, 3, 31),
        source="directory",
        now=at(4, 1),
    )
    seen = invoice_detail(actor=plain_story.finance, public_id=invoice.public_id, today=date(2026, 4, 3)).shadow
    assert seen is not None
    assert seen.old is not None
    assert (seen.old.seats, seen.old.seats_source, seen.difference) == (30, "provisioned on 31 Mar 2026", Decimal(-85))


def test_it_is_never_finalized_and_waits_for_nobody(plain_story: Story) -> None:
    shadow(plain_story)
    invoice = march(plain_story)
    closing = plain_story.close(MARCH, now=at(4, 3))
    with pytest.raises(ShadowNotBilled, match="before contract K-2026-009 went live on 01 Apr 2026"):
        plain_story.finalize(closing, now=at(4, 3))
    with pytest.raises(ShadowNotBilled, match="goes live on 01 Apr 2026"):
        plain_story.finalize(closing, now=at(3, 31))
    assert [item.kind for item in work_today(actor=plain_story.finance) if item.subject == invoice] == []


def test_from_the_go_live_day_on_it_is_billed(plain_story: Story) -> None:
    shadow(plain_story)
    march(plain_story)
    plain_story.deliver(people(11), APRIL, now=at(5, 3))
    final = plain_story.bill(APRIL, now=at(5, 3))
    assert (final.state, final.net_amount) == ("finalized", Decimal(319))
    with pytest.raises(GoLiveRefused, match="bills days before"):
        shadow(plain_story, live_from=date(2026, 6, 1))


def test_the_database_alone_refuses_it(plain_story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow(plain_story)
    march(plain_story)
    monkeypatch.setattr("billing.operations.finalize_invoice.require_live", lambda *, invoice, today: None)
    with pytest.raises(DatabaseError, match="only a comparison"):
        plain_story.finalize(plain_story.close(MARCH, now=at(4, 3)), now=at(4, 3))


def test_the_day_begins_a_period_and_finance_gives_a_reason(plain_story: Story) -> None:
    with pytest.raises(GoLiveRefused, match="begins on 01 Apr 2026"):
        shadow(plain_story, live_from=date(2026, 4, 15))
    with pytest.raises(GoLiveRefused, match="has no version"):
        shadow(plain_story, live_from=date(2028, 1, 1))
    for more, refusal in (
        ({"reason": " "}, ReasonMissing),
        ({"old_seat_price": Decimal("1.005")}, OldBillRefused),
        ({"old_seat_price": None}, OldBillRefused),
        ({"actor": plain_story.manager}, NotAllowed),
    ):
        said: dict[str, Any] = {
            "actor": plain_story.finance,
            "contract": plain_story.contract,
            "live_from": APRIL.start,
            "old_seat_price": PRICE,
            "old_seats": 4,
            "reason": "compared first",
            "now": at(3, 1),
        }
        with pytest.raises(refusal):
            set_go_live(**(said | more))


def test_every_change_of_the_day_is_on_record(plain_story: Story) -> None:
    shadow(plain_story)
    shadow(plain_story, live_from=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.live_from, c.metadata->>'reason' FROM licenses_contracthistory h JOIN pghistory_context c"
            " ON c.id = h.pgh_context_id WHERE h.id = %s AND c.metadata->>'verb' = 'set_go_live' ORDER BY h.pgh_id",
            [plain_story.contract.pk],
        )
        rows = cursor.fetchall()
    reason = "The first months are compared with the seats."
    assert rows == [(APRIL.start, reason), (None, reason)]
