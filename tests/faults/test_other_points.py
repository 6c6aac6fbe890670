"""What fails beside the month itself, at every point: tried again, the effect is one and whole, and no mail is doubled."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.mail import EmailMessage

from billing.causes import Cause
from billing.invariants import CHECKS
from billing.models import Difference, Notice, RunningEstimate, TrueUp
from billing.operations.ask_customer import ask_customer
from billing.operations.look_for_differences import look_for_differences
from billing.operations.open_periods import open_periods
from billing.operations.send_back_true_up import send_back_true_up
from billing.operations.set_go_live import set_go_live
from billing.operations.settle_term import settle_term
from billing.operations.watch_contract import watch_contract
from ground import faults
from ground.actor import Actor
from ground.faults import InjectedFault
from ground.models import Job
from ground.operations import run_job
from licenses.models import Contract
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, days_before, people, per_user, story_of, terms_json
from tests.cast import House
from usage.operations.remind_of_reports import remind_of_reports

Arm = Callable[..., None]
WORKER = Actor.system("worker")
TIMES = 3


def failing(arm: Arm, point: str, call: Callable[[], object], *, visit: int = 1) -> None:
    """Let the point fail at this visit, and expect that it was reached."""
    arm(point, visit=visit)
    with pytest.raises(InjectedFault):
        call()
    faults.disarm()


def failing_job(arm: Arm, point: str, kind: str) -> None:
    """Run the one job of a kind, failing at the point again and again, and at last to its end."""
    [job] = Job.objects.filter(kind=kind)
    for _ in range(TIMES):
        arm(point)
        ran = run_job(job.pk)
        assert ran is not None
        assert (ran.state, "InjectedFault" in ran.error) == (Job.State.QUEUED, True), point
        faults.disarm()
        # The pause after a failure is over.
        Job.objects.filter(pk=job.pk).update(run_after=None)
    ran = run_job(job.pk)
    assert ran is not None
    assert ran.state == Job.State.SUCCEEDED, ran.error


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def test_a_go_live_day_that_fails_is_not_set_and_then_set_once(plain_story: Story, armed: Arm) -> None:
    def live() -> Contract:
        return set_go_live(
            actor=plain_story.finance,
            contract=plain_story.contract,
            live_from=APRIL.start,
            old_seat_price=Decimal("12.50"),
            old_seats=40,
            reason="The first months are compared with the seats.",
            now=at(3, 1),
        )

    for _ in range(TIMES):
        failing(armed, "go_live.before_commit", live)
    assert Contract.objects.get(pk=plain_story.contract.pk).live_from is None
    assert live().live_from == APRIL.start


def test_a_watch_and_its_mail_that_fail_tell_once(
    committed_house: House, armed: Arm, mailoutbox: list[EmailMessage]
) -> None:
    floor = {"minimum_users": 20, "per": "cycle", "shortfall_priced_by": "tiers"}
    story = story_of(committed_house, terms=terms_json(charges=per_user("10.00", floor=floor)))
    june = Period(date(2026, 6, 1), date(2026, 7, 1))
    open_periods(actor=WORKER, contract=story.contract, today=date(2026, 6, 7))
    story.deliver(people(10), Period(june.start, date(2026, 6, 7)), now=at(6, 7))

    def watch() -> list[Notice]:
        return watch_contract(actor=WORKER, contract=story.contract, now=at(6, 7), today=date(2026, 6, 7))

    for _ in range(TIMES):
        failing(armed, "watch.before_commit", watch)
    assert (Notice.objects.count(), RunningEstimate.objects.count()) == (0, 0)
    assert [(notice.kind, notice.percent) for notice in watch()] == [("floor", 50)]
    assert watch() == []
    failing_job(armed, "notice.before_send", "billing.send_notice")
    assert [mail.subject[:17] for mail in mailoutbox] == ["50 % of the floor"]


def test_a_question_that_fails_to_go_out_goes_out_once(
    plain_story: Story, armed: Arm, mailoutbox: list[EmailMessage]
) -> None:
    plain_story.deliver(people(5), days_before(APRIL, 5), now=at(5, 1))
    open_periods(actor=WORKER, contract=plain_story.contract, today=date(2026, 5, 3))
    look_for_differences(actor=plain_story.manager, contract=plain_story.contract, now=at(5, 3))
    difference = Difference.objects.filter(code="days_missing", period__startswith=APRIL.start).get()
    ask_customer(
        actor=plain_story.finance, difference=difference, subject="April", body="Where are they?", now=at(5, 3)
    )
    failing_job(armed, "ask.before_send", "billing.send_question")
    assert [(mail.subject, mail.body) for mail in mailoutbox] == [("April", "Where are they?")]


def test_a_reminder_that_fails_to_go_out_goes_out_once(
    committed_house: House, armed: Arm, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, now = committed_house, datetime(2026, 10, 2, 9, tzinfo=UTC)
    house.contract_b.instances.update(reports_until=date(2026, 2, 1))
    house.contract_a.instances.update(reports_from=date(2026, 9, 1))
    monkeypatch.setattr("ground.clock.now", lambda: now)
    assert len(remind_of_reports(now=now)) == 1
    failing_job(armed, "remind.before_send", "usage.send_reminder")
    assert [mail.to for mail in mailoutbox] == [["admin@aurel.example"]]


def test_a_term_that_fails_while_it_is_settled_is_settled_once(committed_house: House, armed: Arm) -> None:
    pool = {"credits": [{"name": "start", "amount": "3500.00", "granted": "each_term", "expires": "term"}]}
    terms = terms_json(
        charges=per_user("10.00", **pool),
        term={"start": "2026-03-01", "end": "2027-03-01"},
        cycle={"unit": "month", "anchor": "2026-03-01"},
    )
    story = story_of(committed_house, terms=terms)
    for users, month in ((100, MARCH), (150, APRIL), (120, MAY)):
        now = at(month.end.month, 2)
        story.deliver(people(users), month, now=now)
        story.bill(month, now=now)
    story.deliver(people(120), MARCH, now=at(7, 1))

    def settle() -> object:
        return settle_term(
            contract=story.contract, after=MARCH, cause=Cause(kind="late_usage", key="test"), now=at(7, 2)
        )

    for visit in (1, 2):
        failing(armed, "settle.after_period", settle, visit=visit)
    settle()
    proposed = TrueUp.objects.filter(state="proposed")
    assert [(row.billing_period.span, row.difference_amount) for row in proposed] == [(MAY, Decimal(200))]
    assert findings() == []


def test_a_decision_that_fails_to_be_sent_back_is_sent_back_once(committed_house: House, armed: Arm) -> None:
    rule = {"ignore_below": "0.00", "approve_above": "400.00"}
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00"), true_up=rule))
    story.deliver(people(100), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    story.deliver(people(117), APRIL, now=at(5, 12))
    row = story.accept(TrueUp.objects.get(state="proposed"), now=at(5, 13))
    assert row.state == "needs_approval"

    def send_back() -> TrueUp:
        return send_back_true_up(
            actor=story.finance, true_up=row, reason="Half of it was our own fault.", now=at(5, 14)
        )

    for _ in range(TIMES):
        failing(armed, "true_up.before_sent_back", send_back)
        row.refresh_from_db()
        assert row.state == "needs_approval"
    assert (send_back().state, send_back().state) == ("proposed", "proposed")
    assert [event.verb for event in row.entries.all()] == ["proposed", "decided", "sent_back"]
    assert findings() == []
