"""Deciding a true-up: whole, in part or not at all, by one person or by two, once, with a record that rebuilds it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from billing.invariants import CHECKS
from billing.models import Invoice, TrueUp, TrueUpEvent
from billing.operations.approve_true_up import SamePerson, approve_true_up
from billing.operations.decide_true_up import (
    AdjustmentUnexplained,
    AmountRefused,
    WayRefused,
    decide_true_up,
)
from billing.operations.discard_draft import ReasonMissing
from billing.operations.send_back_true_up import send_back_true_up
from billing.state_moves import MoveRefused
from billing.true_up_policy import last_day_of
from billing.true_up_record import RecordBroken, decision_of, replay
from ground import faults
from ground.actor import Actor
from ground.faults import InjectedFault
from rollcall.rating import TermUsage, rate_term, settle
from rollcall.terms.contract import ContractTerms
from tests.billing.story import APRIL, MAY, Story, amounts_of, at, lines_of, people, per_user, story_of, terms_json
from tests.cast import House

REASON = "The tablets synchronized late."
WHY_LESS = "Half of it was our own outage."


def story_with(house: House, **rule: Any) -> Story:
    """EUR 29.00 per user, and this rule for true-ups."""
    return story_of(house, terms=terms_json(charges=per_user("29.00"), true_up={"ignore_below": "0.00", **rule}))


def late_in_april(story: Story, *, users: int = 100, late: int = 117, now: int = 12) -> TrueUp:
    """April is billed with 100 users; a later export has 117: EUR 493.00 more."""
    story.deliver(people(users), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    story.deliver(people(late), APRIL, now=at(5, now))
    return TrueUp.objects.get(state="proposed")


def decide(story: Story, true_up: TrueUp, *, actor: Actor | None = None, **more: Any) -> TrueUp:
    """The account manager accepts, unless told otherwise."""
    said = {"accept": True, "reason": REASON, "now": at(5, 13)} | more
    return decide_true_up(actor=actor or story.manager, true_up=true_up, **said)


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def test_a_part_is_billed_and_the_rest_stays_waived(committed_house: House) -> None:
    story = story_with(committed_house)
    row = decide(story, late_in_april(story), settled_amount=Decimal("246.50"), adjustment_reason=f" {WHY_LESS} ")

    assert (row.state, row.settled_amount, row.settle) == ("accepted", Decimal("246.50"), "next_invoice")
    assert (row.reason, row.adjustment_reason) == (REASON, WHY_LESS)
    story.deliver(people(120), MAY, now=at(6, 1))
    closing = story.close(MAY, now=at(6, 2))
    assert lines_of(closing.invoice) == [("usage", "120", "29.00", "3480.00"), ("true_up", "1", "246.50", "246.50")]
    assert amounts_of(closing.invoice) == (Decimal("3726.50"), Decimal("708.04"), Decimal("4434.54"))
    words = row.lines.get().words
    assert words.endswith(f"EUR 246.50 of it is settled, EUR 246.50 is waived. Reason: {REASON}")
    assert WHY_LESS not in words
    story.finalize(closing, now=at(6, 2))
    # One more person later: the waived half is not asked for again.
    story.deliver(people(118), APRIL, now=at(6, 3))
    assert TrueUp.objects.get(state="proposed").difference_amount == Decimal("29.00")
    assert findings() == []


@pytest.mark.parametrize(
    ("amount", "said"),
    [("0.00", AmountRefused), ("-1.00", AmountRefused), ("493.01", AmountRefused), ("10.005", AmountRefused)],
)
def test_what_is_settled_lies_between_nothing_and_the_difference(
    committed_house: House, amount: str, said: type[Exception]
) -> None:
    story = story_with(committed_house)
    true_up = late_in_april(story)
    with pytest.raises(said, match=r"between nothing and EUR 493\.00"):
        decide(story, true_up, settled_amount=Decimal(amount), adjustment_reason=WHY_LESS)
    true_up.refresh_from_db()
    assert true_up.state == "proposed"


def test_every_refusal_says_what_to_write(committed_house: House) -> None:
    story = story_with(committed_house)
    true_up = late_in_april(story)

    with pytest.raises(ReasonMissing) as short:
        decide(story, true_up, reason="late")
    assert str(short.value) == (
        "4 characters are not a reason. Name what came late and from where, in at least 20 characters."
    )
    with pytest.raises(AdjustmentUnexplained, match=r"why only EUR 100\.00 of EUR 493\.00 is settled"):
        decide(story, true_up, settled_amount=Decimal("100.00"), adjustment_reason="phone")
    with pytest.raises(WayRefused, match="on the next invoice or on an invoice of its own"):
        decide(story, true_up, settle="credit_note")
    assert [event.verb for event in TrueUpEvent.objects.all()] == ["proposed"]


def test_above_the_limit_a_second_person_approves_before_anything_is_billed(committed_house: House) -> None:
    story = story_with(committed_house, approve_above="400.00")
    row = decide(story, late_in_april(story))
    assert (row.state, row.approve_above, row.takes_two) == ("needs_approval", Decimal("400.00"), True)

    story.deliver(people(120), MAY, now=at(6, 1))
    assert lines_of(story.close(MAY, now=at(6, 2)).invoice) == [("usage", "120", "29.00", "3480.00")]
    with pytest.raises(SamePerson, match="Amir Manders decided this true-up; somebody else approves it"):
        approve_true_up(actor=story.manager, true_up=row, now=at(6, 3))
    with pytest.raises(SamePerson, match="is not a person"):
        approve_true_up(actor=Actor.system("worker"), true_up=row, now=at(6, 3))
    approved = approve_true_up(actor=story.finance, true_up=row, now=at(6, 3))
    again = approve_true_up(actor=story.finance, true_up=row, now=at(6, 4))

    assert (approved.state, approved.approved_by, again.approved_at) == ("accepted", story.finance.name, at(6, 3))
    assert lines_of(story.close(MAY, now=at(6, 4)).invoice)[1] == ("true_up", "1", "493.00", "493.00")
    assert [event.verb for event in row.entries.all()] == ["proposed", "decided", "approved"]
    assert findings() == []


def test_at_the_limit_one_person_decides(committed_house: House) -> None:
    story = story_with(committed_house, approve_above="493.00")
    assert decide(story, late_in_april(story)).state == "accepted"


def test_to_waive_much_takes_two_as_well(committed_house: House) -> None:
    story = story_with(committed_house, approve_above="400.00")
    row = decide(story, late_in_april(story), accept=False)
    assert (row.state, row.settled_amount, row.settle) == ("needs_approval", 0, "")

    row = approve_true_up(actor=story.finance, true_up=row, now=at(5, 14))

    assert (row.state, row.settled_amount) == ("waived", 0)
    assert findings() == []


def test_what_is_sent_back_is_decided_anew(committed_house: House) -> None:
    story = story_with(committed_house, approve_above="400.00", settle="own_invoice")
    row = decide(story, late_in_april(story))
    with pytest.raises(MoveRefused, match="to approve already"):
        decide(story, row, accept=False)
    with pytest.raises(SamePerson):
        send_back_true_up(actor=story.manager, true_up=row, reason="I would like to think again.", now=at(5, 14))

    back = send_back_true_up(actor=story.finance, true_up=row, reason="Half of it was our own fault.", now=at(5, 14))
    assert (back.state, back.settled_amount, back.reason, back.decided_by) == ("proposed", None, "", "")
    half = decide(story, back, settled_amount=Decimal("246.50"), adjustment_reason=WHY_LESS)
    approve_true_up(actor=story.finance, true_up=half, now=at(5, 15))

    draft = Invoice.objects.get(state="draft")
    assert lines_of(draft) == [("true_up", "1", "246.50", "246.50")]
    assert [event.verb for event in row.entries.all()] == ["proposed", "decided", "sent_back", "decided", "approved"]
    assert findings() == []


def test_newer_facts_take_the_place_of_a_decision_that_is_not_approved(committed_house: House) -> None:
    story = story_with(committed_house, approve_above="400.00")
    row = decide(story, late_in_april(story))

    story.deliver(people(130), APRIL, now=at(5, 20))

    row.refresh_from_db()
    assert (row.state, row.settled_amount, row.decided_by) == ("superseded", None, "")
    newer = TrueUp.objects.get(state="proposed")
    assert (newer.difference_amount, newer.previous_id) == (Decimal("870.00"), None)
    with pytest.raises(MoveRefused):
        approve_true_up(actor=story.finance, true_up=row, now=at(5, 21))
    assert findings() == []


def test_usage_after_the_window_is_not_settled_and_what_waits_may_still_be_decided(committed_house: House) -> None:
    story = story_with(committed_house, window_days=30)
    true_up = late_in_april(story)
    assert str(last_day_of(true_up)) == "2026-05-30"

    # In Berlin the last day ends at 22:00 UTC.
    story.deliver(people(120), APRIL, now=at(5, 30, 21))
    assert TrueUp.objects.get(state="proposed").difference_amount == Decimal("580.00")
    story.deliver(people(150), APRIL, now=at(5, 30, 22))

    waiting = TrueUp.objects.get(state="proposed")
    assert waiting.difference_amount == Decimal("580.00")
    assert decide(story, waiting, now=at(6, 10)).state == "accepted"


def test_the_contract_says_on_which_document_it_settles(committed_house: House) -> None:
    story = story_with(committed_house, settle="credit_note")
    more = decide(story, late_in_april(story))
    assert more.settle == "next_invoice"
    story.deliver(people(110), APRIL, now=at(5, 20))

    less = decide(story, TrueUp.objects.get(state="proposed"), now=at(5, 21))

    assert (less.settle, less.settled_amount) == ("credit_note", Decimal("-203.00"))
    note = Invoice.objects.get(kind="credit_note")
    assert (note.net_amount, note.corrects) == (Decimal("203.00"), story.row(APRIL).invoice)


def test_many_who_approve_and_send_back_at_once_have_one_effect(committed_house: House) -> None:
    story = story_with(committed_house, approve_above="400.00", settle="own_invoice")
    row = decide(story, late_in_april(story))

    def work(number: int) -> str:
        try:
            if number % 2:
                return approve_true_up(actor=story.finance, true_up=row, now=at(5, 14)).state
            return send_back_true_up(
                actor=story.finance, true_up=row, reason="Half of it was our own fault.", now=at(5, 14)
            ).state
        except MoveRefused:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(work, range(8)))

    row.refresh_from_db()
    assert row.state in ("accepted", "proposed")
    assert set(outcomes) == {row.state, "refused"}
    assert Invoice.objects.filter(state="draft").count() == (row.state == "accepted")
    assert row.entries.count() == 3
    assert findings() == []


@pytest.mark.parametrize("point", ["true_up.before_effects", "true_up.before_commit"])
def test_a_decision_that_fails_leaves_nothing_and_is_made_once_when_tried_again(
    committed_house: House, armed: Callable[..., None], point: str
) -> None:
    story = story_with(committed_house, settle="own_invoice")
    true_up = late_in_april(story)

    armed(point)
    with pytest.raises(InjectedFault):
        decide(story, true_up)
    faults.disarm()
    true_up.refresh_from_db()
    assert (true_up.state, Invoice.objects.filter(state="draft").count()) == ("proposed", 0)
    for _ in range(3):
        decide(story, true_up)

    assert lines_of(Invoice.objects.get(state="draft")) == [("true_up", "1", "493.00", "493.00")]
    assert [event.verb for event in true_up.entries.all()] == ["proposed", "decided"]
    assert findings() == []


@pytest.mark.parametrize("point", ["true_up.before_effects", "true_up.before_approved"])
def test_an_approval_that_fails_leaves_the_decision_waiting(
    committed_house: House, armed: Callable[..., None], point: str
) -> None:
    story = story_with(committed_house, settle="own_invoice", approve_above="400.00")
    row = decide(story, late_in_april(story))

    armed(point)
    with pytest.raises(InjectedFault):
        approve_true_up(actor=story.finance, true_up=row, now=at(5, 14))
    faults.disarm()
    row.refresh_from_db()
    assert (row.state, Invoice.objects.filter(state="draft").count()) == ("needs_approval", 0)
    for _ in range(3):
        approve_true_up(actor=story.finance, true_up=row, now=at(5, 14))

    assert Invoice.objects.filter(state="draft").count() == 1
    assert findings() == []


FORGERIES = {
    "above the limit by one person": "UPDATE billing_trueup SET state = 'accepted' WHERE id = %s",
    "approved by who decided it": (
        "UPDATE billing_trueup SET state = 'accepted', approved_by = 'x', approved_at = now(), "
        "approved_by_account = decided_by_account WHERE id = %s"
    ),
    "more than the difference": "UPDATE billing_trueup SET settled_amount = 493.01 WHERE id = %s",
    "against the difference": "UPDATE billing_trueup SET settled_amount = -1 WHERE id = %s",
    "less without a reason": "UPDATE billing_trueup SET settled_amount = 1 WHERE id = %s",
    "a surcharge by credit note": "UPDATE billing_trueup SET settle = 'credit_note' WHERE id = %s",
    "the limit is raised": "UPDATE billing_trueup SET approve_above = 9999 WHERE id = %s",
    "the record is changed": "UPDATE billing_trueupevent SET actor_name = 'x' WHERE true_up_id = %s",
    "the record is shortened": "DELETE FROM billing_trueupevent WHERE true_up_id = %s",
}


def test_the_database_alone_keeps_the_rules_of_deciding(committed_house: House) -> None:
    story = story_with(committed_house, approve_above="400.00")
    row = decide(story, late_in_april(story))
    for name, statement in FORGERIES.items():
        with pytest.raises((IntegrityError, Exception)) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [row.pk])
        assert "billing_" in str(refused.value) or "true_up" in str(refused.value), (name, str(refused.value))


# Laws.

VERBS = ("proposed", "decided", "approved", "sent_back", "superseded")


@given(st.lists(st.sampled_from(VERBS), max_size=8), st.booleans())
def test_a_record_is_replayed_or_refused_and_nothing_follows_what_is_final(verbs: list[str], takes_two: bool) -> None:
    data = {
        "state": "needs_approval" if takes_two else "accepted",
        "settled_amount": "5",
        "settle": "next_invoice",
        "adjustment_reason": "",
    }
    events = [
        TrueUpEvent(verb=verb, actor_name="A", actor_account=1, at=at(5, 1), reason=REASON, data=data) for verb in verbs
    ]
    state = ""
    follows = {
        ("", "proposed"): "proposed",
        ("proposed", "decided"): data["state"],
        ("proposed", "superseded"): "superseded",
        ("needs_approval", "approved"): "accepted",
        ("needs_approval", "sent_back"): "proposed",
        ("needs_approval", "superseded"): "superseded",
    }
    for verb in verbs:
        state = follows.get((state, verb), "broken")
    if state in ("", "broken"):
        with pytest.raises(RecordBroken):
            replay(events)
        return
    decision = replay(events)
    assert decision.state == state
    assert (decision.settled_amount is None) == (state in ("proposed", "superseded"))


TERMS = ContractTerms.from_json(terms_json())


def april(users: int) -> Any:
    usage = {"periods": [{"start": "2026-04-01", "end": "2026-05-01", "quantities": {"active": {"users": users}}}]}
    return rate_term(terms=TERMS, usage=TermUsage.from_json(usage)).of(APRIL)


@given(
    st.integers(0, 900),
    st.lists(st.tuples(st.integers(0, 900), st.sampled_from(["all", "half", "nothing"])), max_size=6),
)
def test_the_bill_with_what_was_settled_and_waived_is_the_bill_of_the_true_data(
    billed: int, later: list[tuple[int, str]]
) -> None:
    """Whatever is decided on the way, nothing is lost: each difference is against what was decided before it."""
    before = april(billed)
    total, waived = before.net_amount, Decimal(0)
    for users, decision in later:
        after = april(users)
        difference = settle(before=before, after=after).difference_amount
        part = {"all": difference, "half": (difference / 2).quantize(Decimal("0.01")), "nothing": Decimal(0)}[decision]
        total, waived, before = total + part, waived + difference - part, after
    assert total + waived == april(later[-1][0] if later else billed).net_amount


@given(st.integers(0, 900), st.lists(st.integers(1, 200), max_size=5), st.randoms(use_true_random=False))
def test_the_order_in_which_late_people_arrive_changes_no_sum(billed: int, late: list[int], order: Any) -> None:
    def settled(arrivals: list[int]) -> Decimal:
        before, total, users = april(billed), Decimal(0), billed
        for more in arrivals:
            users += more
            after = april(users)
            total += settle(before=before, after=after).difference_amount
            before = after
        return total

    shuffled = list(late)
    order.shuffle(shuffled)
    assert settled(late) == settled(shuffled) == settled([sum(late)] if late else [])


def test_each_row_is_what_its_record_says(committed_house: House) -> None:
    """Accepted, cut, sent back, superseded and waived in turn; every row comes out of its own events."""
    story = story_with(committed_house, approve_above="400.00")
    first = decide(story, late_in_april(story))
    send_back_true_up(actor=story.finance, true_up=first, reason="Half of it was our own fault.", now=at(5, 14))
    decide(story, first, settled_amount=Decimal("300.00"), adjustment_reason=WHY_LESS, now=at(5, 15))
    approve_true_up(actor=story.finance, true_up=first, now=at(5, 16))
    story.deliver(people(120), APRIL, now=at(5, 20))
    story.deliver(people(125), APRIL, now=at(5, 21))
    decide(story, TrueUp.objects.get(state="proposed"), accept=False, now=at(5, 22))

    rows = TrueUp.objects.order_by("pk")
    assert [row.state for row in rows] == ["accepted", "superseded", "waived"]
    for row in rows:
        assert replay(row.entries.order_by("pk")) == decision_of(row)
