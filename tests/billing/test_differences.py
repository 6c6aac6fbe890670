"""The reconciliation desk's list: what does not agree, with users and money, and how it leaves the list."""

import hashlib
import io
from datetime import date

import pytest
from django.db import DatabaseError, connection

from billing.differences.registry import KINDS
from billing.looking_jobs import ask_to_look
from billing.models import BillingPeriod, Difference, DifferenceEvent
from billing.operations.discard_draft import ReasonMissing
from billing.operations.explain_difference import explain_difference
from billing.operations.look_for_differences import Looked, look_for_differences
from billing.operations.release_period import release_period
from billing.queries.differences import differences_for
from billing.repairs import REPAIRS
from ground import clock
from ground.actor import NotAllowed
from ground.operations.run_job import run_job
from licenses.models import Instance
from rollcall.period import Period
from tests.billing.story import APRIL, MAY, Story, at, export, lines_of, people
from usage.models import UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.read_report import read_report
from usage.operations.receive_report import receive_report
from usage.operations.record_reported_count import record_reported_count
from usage.operations.sniff_report import sniff_report
from usage.operations.waive_rows import waive_rows

Code = Difference.Code


@pytest.fixture
def april(plain_story: Story) -> Story:
    """EUR 29.00 per user, and an instance that owes reports from April on."""
    Instance.objects.update(reports_from=APRIL.start)
    return plain_story


def look(story: Story, *, month: int = 5, day: int = 3) -> Looked:
    return look_for_differences(actor=story.manager, contract=story.contract, now=at(month, day))


def found(code: str) -> list[tuple[str, int | None, str | None]]:
    """The open differences of a kind: what they say, users, money."""
    rows = Difference.objects.filter(code=code, state=Difference.State.OPEN).order_by("pk")
    return [(row.words, row.users, None if row.amount is None else f"{row.amount:.2f} {row.currency}") for row in rows]


def claim(story: Story, users: int, *, instance: Instance | None = None, day: int = 1) -> None:
    record_reported_count(
        actor=story.manager,
        contract=story.contract,
        period=APRIL,
        users=users,
        source="the console",
        now=at(5, day),
        instance=instance,
    )


def second_instance(story: Story) -> Instance:
    return Instance.objects.create(
        customer=story.house.customer_a, contract=story.contract, name="Hamburg-10", reports_from=APRIL.start
    )


def test_1412_reported_against_1371_counted_are_41_users_and_their_money(april: Story) -> None:
    april.deliver(people(1371), APRIL, now=at(5, 1))
    claim(april, 1412)

    assert look(april) == Looked(new=1)

    assert found(Code.REPORTED_AGAINST_COUNTED) == [
        ("1,412 reported, 1,371 counted: 41 users fewer than the reports and not explained.", -41, "1189.00 EUR")
    ]
    assert look(april, day=4) == Looked()
    (row,) = Difference.objects.all()
    assert [event.verb for event in row.entries.all()] == ["found"]


def test_people_on_two_instances_explain_what_their_claims_are_too_many(april: Story) -> None:
    """803 and 609 are claimed; 186 people are on both, so 1,226 count once, and nothing stays unexplained."""
    other = second_instance(april)
    april.deliver(people(803), APRIL, now=at(5, 1))
    april.deliver(people(609, first=803 - 186 + 1), APRIL, now=at(5, 1), instance=other)
    claim(april, 803, instance=april.instance)
    claim(april, 609, instance=other)

    look(april)

    assert found(Code.REPORTED_AGAINST_COUNTED) == []
    assert found(Code.INSTANCE_AGAINST_INSTANCE) == [
        (
            "186 people on Hamburg-10 and Hamburg-9 at the same time, 30.5 % of the smaller one: counted once, as the "
            "contract says.",
            -186,
            "5394.00 EUR",
        )
    ]


def test_people_who_always_work_on_both_instances_are_asked_about_once(april: Story) -> None:
    """20 of 40 in April, 21 of 40 in May, 36 of 40 in June: asked in April, and again when the share moves."""
    other, june = second_instance(april), Period(date(2026, 6, 1), date(2026, 7, 1))
    for period, month, shared in ((APRIL, 5, 20), (MAY, 6, 21), (june, 7, 36)):
        april.deliver(people(100), period, now=at(month, 1))
        april.deliver(people(40, first=100 - shared + 1), period, now=at(month, 1), instance=other)
        april.close(period, now=at(month, 2))
        look(april, month=month)

    asked = [words.partition(" at the same time")[0] for words, _, _ in found(Code.INSTANCE_AGAINST_INSTANCE)]
    assert asked == ["20 people on Hamburg-10 and Hamburg-9", "36 people on Hamburg-10 and Hamburg-9"]


def test_what_vanishes_says_what_made_it_vanish(april: Story) -> None:
    april.deliver(people(250), Period(APRIL.start, date(2026, 4, 21)), now=at(5, 1))
    april.close(APRIL, now=at(5, 3))
    look(april)
    assert {row.code for row in Difference.objects.filter(state="open")} == {"held", "days_missing"}

    april.deliver(people(10, first=251), Period(date(2026, 4, 21), APRIL.end), now=at(5, 4))
    assert look(april, day=5) == Looked(gone=2)

    row = Difference.objects.get(code=Code.HELD)
    assert (row.state, row.closed_by) == ("gone", "Amir Manders")
    assert row.reason == (
        "The period is not held any more. Since it was found: 2026-04-21.csv of Hamburg-9 was read (4 May 2026)."
    )
    assert DifferenceEvent.objects.filter(difference=row).values_list("verb", flat=True)[1] == "gone"


def test_a_silent_instance_is_missed_with_the_people_it_had(april: Story) -> None:
    """Hamburg-10 reported 40 people of its own in April, and nothing in May: 40 of 100 are not seen, 29.00 each."""
    other = second_instance(april)
    april.deliver(people(60), APRIL, now=at(5, 1))
    april.deliver(people(40, first=61), APRIL, now=at(5, 1), instance=other)
    april.bill(APRIL, now=at(5, 2))
    april.deliver(people(60), MAY, now=at(6, 1))
    april.close(MAY, now=at(6, 2))

    look(april, month=6, day=3)

    assert found(Code.DAYS_MISSING) == [
        (
            "Hamburg-10 is silent: 1 to 31 May 2026 (31 days). At most 40 people of the period before not seen now.",
            -40,
            "1160.00 EUR",
        )
    ]
    assert found(Code.HELD) == [
        ("Held: Days without a report, Hamburg-10: 1 to 31 May 2026 (31 days).", 60, "1740.00 EUR")
    ]


def test_a_release_with_a_reason_takes_both_off_the_list(april: Story) -> None:
    second_instance(april)
    april.deliver(people(60), APRIL, now=at(5, 1))
    april.close(APRIL, now=at(5, 2))
    look(april)
    release_period(
        actor=april.manager,
        contract=april.contract,
        period=APRIL,
        reason="Hamburg-10 goes live in May.",
        now=at(5, 4),
        today=date(2026, 5, 4),
    )

    look(april, day=5)

    gone = {row.code: row.reason for row in Difference.objects.filter(state="gone")}
    assert set(gone) == {Code.HELD, Code.DAYS_MISSING}
    for reason in gone.values():
        assert reason.endswith("Amir Manders released the period: Hamburg-10 goes live in May (4 May 2026).")


def test_quarantined_rows_say_how_many_people_they_name_at_most(april: Story) -> None:
    send_with_bad_lines(april, good=40, bad=3)

    look(april)

    assert found(Code.QUARANTINED_SHARE) == [
        ("3 rows are in no count, 7 % of april.csv: at most 3 people of Hamburg-9.", -3, "87.00 EUR")
    ]
    row = Difference.objects.get(code=Code.QUARANTINED_SHARE)
    assert [line["line"] for line in row.facts["lines"]] == [42, 43, 44]

    waive_rows(
        actor=april.manager,
        report=UsageReport.objects.get(file_name="april.csv"),
        reason="The footer of the export.",
        now=at(5, 4),
    )
    look(april, day=5)

    row.refresh_from_db()
    assert row.state == "gone"
    assert row.reason.endswith("3 rows of april.csv were waived by Amir Manders (4 May 2026).")


def test_a_day_that_stands_out_costs_what_its_own_people_cost(april: Story) -> None:
    """120 people on 14 April alone, where a day has four: without it 120 users fewer, 3,480.00."""
    every_day = list(APRIL.each_day())
    april.deliver(people(120), APRIL, now=at(5, 1), days=every_day)
    april.deliver(
        people(120, first=500), APRIL, now=at(5, 1), days=[date(2026, 4, 14)], instance=second_instance(april)
    )

    look(april)

    assert found(Code.SPIKE) == [
        (
            "124 users on 14 Apr 2026, where a middle day has 4: 124 people were active on that day alone.",
            124,
            "3596.00 EUR",
        )
    ]


def test_a_user_that_stands_out_is_asked_about(april: Story) -> None:
    """A service account with 1,200 logins among people with one each: is it a person, for 29.00?"""
    lines = ["user_id,occurred_at,action,event_id"]
    lines += [f"{user},2026-04-{1 + n % 30:02}T12:00:00+02:00,login,a-{n}" for n, user in enumerate(people(30))]
    lines += [f"backup,2026-04-{1 + n % 30:02}T{n % 24:02}:00:00+02:00,login,b-{n}" for n in range(1200)]
    send_text(april, "\n".join(lines) + "\n")

    look(april)

    assert found(Code.SPIKE) == [
        (
            "One user has 1,200 actions on 30 days, where a middle user has 1. Is it a person?",
            1,
            "29.00 EUR",
        )
    ]


def test_a_month_against_the_trend_of_the_last_three(plain_story: Story) -> None:
    """100, 110 and 120 in the first quarter, 200 in April: 90 more than usual, 2,610.00."""
    for month, users in ((1, 100), (2, 110), (3, 120)):
        plain_story.bill(deliver_month(plain_story, month, users), now=at(month + 1, 2))
    deliver_month(plain_story, 4, 200)

    look(plain_story)

    assert found(Code.MONTH_AGAINST_TREND) == [
        ("200 users, 81.8 % more than the 110 that the three periods before had on average.", 90, "2610.00 EUR")
    ]


def test_names_and_pseudonyms_in_one_period_are_held(april: Story) -> None:
    """20 names and 8 pseudonyms: at most 8 people stand twice, 232.00; a person's word lets the period go."""
    pseudonyms = [hashlib.sha256(user.encode()).hexdigest() for user in people(8)]
    april.deliver(people(20), APRIL, now=at(5, 1))
    april.deliver(pseudonyms, APRIL, now=at(5, 1), instance=second_instance(april))

    closing = april.close(APRIL, now=at(5, 2))
    look(april)

    assert (closing.state, closing.held_code) == ("held", "mixed_namespaces")
    assert "20 names and 8 pseudonyms" in closing.held_words
    assert found(Code.MIXED_NAMESPACES) == [
        (
            "20 names and 8 pseudonyms in one period: nobody can tell whether they are the same people, so at most 8 "
            "are counted twice.",
            8,
            "232.00 EUR",
        )
    ]
    released = release_period(
        actor=april.manager,
        contract=april.contract,
        period=APRIL,
        reason="The second instance serves another company.",
        now=at(5, 4),
        today=date(2026, 5, 4),
    )
    assert (released.state, lines_of(released.invoice)) == ("drafted", [("usage", "28", "29.00", "812.00")])


def test_a_word_for_the_same_numbers_stands_and_other_numbers_ask_again(april: Story) -> None:
    april.deliver(people(100), APRIL, now=at(5, 1))
    claim(april, 110)
    look(april)
    row = Difference.objects.get()
    explain_difference(actor=april.manager, difference=row, reason="Ten deleted accounts.", now=at(5, 3))

    assert look(april, day=4) == Looked()
    claim(april, 125, day=5)
    assert look(april, day=5) == Looked(again=1)

    row.refresh_from_db()
    assert (row.state, row.users, row.reason) == ("open", -25, "")
    assert [entry.verb for entry in row.entries.order_by("pk")] == ["found", "explained", "found_again"]
    with pytest.raises(ReasonMissing):
        explain_difference(actor=april.manager, difference=row, reason=" ", now=at(5, 6))


def test_only_the_vendors_people_decide_and_the_row_is_never_deleted(april: Story) -> None:
    april.deliver(people(100), APRIL, now=at(5, 1))
    claim(april, 110)
    look(april)
    row = Difference.objects.get()

    with pytest.raises(NotAllowed):
        explain_difference(
            actor=april.house.customer_admin_a.actor, difference=row, reason="We are right.", now=at(5, 3)
        )
    with pytest.raises(NotAllowed):
        differences_for(actor=april.house.customer_admin_a.actor)
    with pytest.raises(DatabaseError, match="never deleted"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_difference WHERE id = %s", [row.pk])
    with pytest.raises(DatabaseError, match="permission denied"):
        DifferenceEvent.objects.update(reason="never happened")


def test_three_reasons_to_look_are_one_look(april: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at(5, 3))
    april.deliver(people(100), APRIL, now=at(5, 1))
    claim(april, 110)
    jobs = {ask_to_look(contract=april.contract).pk for _ in range(3)}

    assert len(jobs) == 1
    (done,) = [run_job(pk) for pk in jobs]
    assert done is not None
    assert (done.state, done.result) == ("succeeded", {"new": 1, "changed": 0, "again": 0, "gone": 0})
    assert ask_to_look(contract=april.contract).pk not in jobs


def send_text(story: Story, text: str, *, name: str = "april.csv") -> UsageReport:
    """Send a file of April, read and reviewed."""
    actor = story.house.customer_admin_a.actor
    received = receive_report(
        actor=actor, instance=story.instance, file_name=name, stream=io.BytesIO(text.encode()), now=at(5, 1)
    )
    report = sniff_report(report_id=received.report.pk, now=at(5, 1))
    confirm_report(
        actor=actor,
        report=report,
        mapping=None,
        source_timezone="",
        covers=APRIL,
        generated_at=at(5, 1),
        now=at(5, 1),
    )
    report = read_report(report_id=report.pk, now=at(5, 1))
    story.review(report, now=at(5, 1))
    return report


def send_with_bad_lines(story: Story, *, good: int, bad: int) -> UsageReport:
    """A file whose last lines have no time that anybody can read."""
    text = export(people(good), list(APRIL.each_day())).decode()
    text += "".join(f"lost{n}@aurel.example,yesterday,login,x-{n}\n" for n in range(bad))
    report = send_text(story, text)
    assert report.rows_quarantined == bad
    return report


def deliver_month(story: Story, month: int, users: int) -> Period:
    """Deliver a whole month and return it."""
    period = Period(date(2026, month, 1), date(2026, month + 1, 1))
    story.deliver(people(users), period, now=at(month + 1, 1))
    return period


def test_every_reason_to_hold_has_a_repair_and_every_code_a_file() -> None:
    assert set(REPAIRS) == set(BillingPeriod.HeldCode)
    assert set(KINDS) == set(Difference.Code.values)
