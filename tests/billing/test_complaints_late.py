"""Zones, edges and late data on real invoices, as users of other systems complained: one story for each complaint."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.closing_jobs import ask_to_close
from billing.models import BillingPeriod, Invoice, InvoiceDocument, TrueUp
from billing.operations.discard_draft import discard_draft
from billing.operations.open_periods import open_periods
from billing.operations.review_report import review_instance
from ground import clock
from ground.models import Job
from ground.operations.run_job import run_job
from rollcall.period import BillingCycle, Period, civil_day
from tests.billing.story import APRIL, MARCH, MAY, Story, amounts_of, at, lines_of, people, per_user, story_of
from tests.cast import House, sign_contract, terms_json
from usage.models import ActiveUserCount, Finding, UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.read_report import read_report
from usage.operations.receive_report import receive_report
from usage.operations.sniff_report import sniff_report
from usage.operations.withdraw_report import withdraw_report

WEST, EAST = "America/Los_Angeles", "Pacific/Auckland"
HOUR = timedelta(hours=1)


def story_in(house: House, zone: str, **changes: object) -> Story:
    """A contract of EUR 29.00 per user in a zone."""
    return story_of(house, terms=terms_json(**({"charges": per_user("29.00"), "timezone": zone} | changes)))


def send_acts(story: Story, acts: dict[str, datetime], covers: Period) -> UsageReport:
    """Send an export in which each of these people did something at this instant."""
    lines = ["user_id,occurred_at,action", *(f"{who},{when.isoformat()},login" for who, when in acts.items())]
    now, actor = datetime(2026, 6, 1, 9, tzinfo=UTC), story.house.customer_admin_a.actor
    received = receive_report(
        actor=actor,
        instance=story.instance,
        file_name="acts.csv",
        stream=io.BytesIO(("\n".join(lines) + "\n").encode()),
        now=now,
    )
    report = sniff_report(report_id=received.report.pk, now=now)
    confirm_report(
        actor=actor, report=report, mapping=None, source_timezone="", covers=covers, generated_at=now, now=now
    )
    report = read_report(report_id=report.pk, now=now)
    assert report.is_counted, (report.state, report.refusal_message, report.questions)
    story.review(report, now=now)
    return report


def close_every_hour(story: Story, period: Period, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Ask for the close, as a schedule does, in each hour around its end; return the hours that wrote something."""
    hours = [at(4, 30, 0) + hour * HOUR for hour in range(36)]
    wrote = []
    for hour in hours:
        monkeypatch.setattr(clock, "now", lambda hour=hour: hour)
        today = civil_day(hour, story.row(period).zone)
        open_periods(actor=story.finance, contract=story.contract, today=today)
        job = run_job(ask_to_close(contract=story.contract, period=period, asked_by="the schedule").pk)
        assert job is not None
        if job.state == Job.State.SUCCEEDED and (job.result or {}).get("changed"):
            wrote.append(hour)
    return wrote


@pytest.mark.parametrize(
    ("zone", "is_over_at"),
    [("UTC", at(5, 1, 0)), (WEST, at(5, 1, 7)), (EAST, at(4, 30, 12)), ("Asia/Tokyo", at(4, 30, 15))],
)
def test_zones_ahead_of_utc_got_two_invoices(
    committed_house: House, monkeypatch: pytest.MonkeyPatch, zone: str, is_over_at: datetime
) -> None:
    """getlago/lago-api#879, killbill/killbill#1856: one draft, in the hour in which April is over there."""
    story = story_in(committed_house, zone, gap_rule={"rule": "bill_known"})
    story.deliver(people(10), Period(APRIL.start, date(2026, 4, 29)), now=at(4, 29, 23))

    wrote = close_every_hour(story, APRIL, monkeypatch)

    assert wrote == [is_over_at]
    invoice = Invoice.objects.get()
    assert lines_of(invoice) == [("usage", "10", "29.00", "290.00")]
    assert BillingPeriod.objects.filter(contract=story.contract, period__contains=date(2026, 4, 30)).count() == 1


@pytest.mark.parametrize(("zone", "ends_at"), [("UTC", at(4, 16, 0)), (WEST, at(4, 16, 7)), (EAST, at(4, 15, 12))])
def test_cancelling_behaved_differently_by_zone(committed_house: House, zone: str, ends_at: datetime) -> None:
    """killbill/killbill#1918, #1981: the contract ends with the 15th there; its last day is billed, the 16th is not."""
    term = Period(date(2026, 4, 1), date(2026, 4, 16))
    terms = terms_json(charges=per_user("29.00"), timezone=zone, term={"start": "2026-04-01", "end": "2026-04-16"})
    house = committed_house
    story = Story(house=house, contract=sign_contract(house.customer_a, "K-15", terms, term), instance=house.instance_a)
    story.instance.contract = story.contract
    story.instance.save()
    report = send_acts(story, {"last": ends_at - HOUR, "after": ends_at, "first": ends_at - 10 * 24 * HOUR}, term)

    closing = story.close(term, now=at(4, 17))

    # The line of the 16th is put aside, and named.
    assert list(Finding.objects.filter(report=report).values_list("line", "code")) == [(3, "time.outside_contract")]
    assert (story.row(term).ends_at, BillingPeriod.objects.filter(contract=story.contract).count()) == (ends_at, 1)
    assert lines_of(closing.invoice) == [("usage", "2", "29.00", "58.00")]


def test_30_april_at_22_o_clock_was_billed_in_may(committed_house: House) -> None:
    """iexg/IEX-API#922: in Los Angeles it was April, so it is on April's invoice and on no other."""
    story = story_in(committed_house, WEST)
    both = Period(APRIL.start, MAY.end)
    send_acts(story, {"anna": datetime(2026, 5, 1, 5, tzinfo=UTC), "bert": at(5, 5)}, both)

    april, may = story.close(APRIL, now=at(6, 2)), story.close(MAY, now=at(6, 2))

    assert [lines_of(closing.invoice) for closing in (april, may)] == [[("usage", "1", "29.00", "29.00")]] * 2
    assert story.count(APRIL).daily == {"2026-04-30": 1}
    assert story.count(MAY).daily == {"2026-05-05": 1}


@pytest.mark.parametrize("zone", ["UTC", WEST, EAST])
def test_the_shortfall_was_wrong_with_a_zone(committed_house: House, zone: str) -> None:
    """getlago/lago-api#1246: 320 of 400 users are 80 of shortfall, wherever the days begin."""
    charges = terms_json()["charges"]
    story = story_in(committed_house, zone, charges=charges)
    story.deliver(people(320), APRIL, now=at(5, 2))

    invoice = story.close(APRIL, now=at(5, 2)).invoice

    assert lines_of(invoice) == [("usage", "320", "29.00", "9280.00"), ("floor", "80", "29.00", "2320.00")]
    assert amounts_of(invoice)[0] == Decimal("11600.00")


def test_an_anniversary_on_30_january_was_billed_with_wrong_bounds(committed_house: House) -> None:
    """getlago/lago-api#1840: the invoice of February ends on the 27th, the next begins on the 28th."""
    term = Period(date(2026, 1, 30), date(2027, 1, 30))
    terms = terms_json(
        charges=per_user("29.00"),
        cycle={"unit": "month", "anchor": "2026-01-30"},
        term={"start": "2026-01-30", "end": "2027-01-30"},
    )
    contract = sign_contract(committed_house.customer_a, "K-30", terms, term)
    story = Story(house=committed_house, contract=contract, instance=committed_house.instance_a)
    open_periods(actor=story.finance, contract=contract, today=date(2026, 3, 30))

    rows = BillingPeriod.objects.filter(contract=contract).order_by("period")

    assert [row.span.words() for row in rows] == [
        "30 Jan to 27 Feb 2026",
        "28 Feb to 29 Mar 2026",
        "30 Mar to 29 Apr 2026",
    ]
    assert [(row.starts_at, row.ends_at) for row in rows][1] == (at(2, 27, 23), at(3, 29, 22))


def test_a_term_of_two_years_lost_its_second(committed_house: House) -> None:
    """Flagsmith/flagsmith#6099: the fourteenth month is billed like the second, each with its own people."""
    term = Period(date(2025, 3, 1), date(2027, 3, 1))
    terms = terms_json(charges=per_user("29.00"), term={"start": "2025-03-01", "end": "2027-03-01"})
    terms["cycle"] = {"unit": "month", "anchor": "2025-03-01"}
    contract = sign_contract(committed_house.customer_a, "K-24", terms, term)
    story = Story(house=committed_house, contract=contract, instance=committed_house.instance_a)
    story.instance.contract = contract
    story.instance.save()
    story.deliver(people(7), APRIL, now=at(5, 1))

    closing = story.close(APRIL, now=at(5, 2))

    rows = BillingPeriod.objects.filter(contract=contract).order_by("period")
    assert [row.span for row in rows] == list(BillingCycle("month", term.start).periods(term))[:15]
    assert lines_of(closing.invoice) == [("usage", "7", "29.00", "203.00")]


def test_wrong_usage_could_not_be_replaced_before_the_invoice(plain_story: Story) -> None:
    """getlago/lago#122: the customer checks the pending invoice, replaces what is wrong, and then it is approved."""
    plain_story.deliver(people(120), APRIL, now=at(5, 1))
    pending = plain_story.close(APRIL, now=at(5, 2)).invoice
    assert lines_of(pending) == [("usage", "120", "29.00", "3480.00")]

    plain_story.deliver(people(100), APRIL, now=at(5, 3))

    again = plain_story.close(APRIL, now=at(5, 4))
    assert again.invoice == pending
    assert not again.changed
    approved = plain_story.finalize(again, now=at(5, 4))
    assert lines_of(approved) == [("usage", "100", "29.00", "2900.00")]
    assert TrueUp.objects.count() == 0


def test_a_draft_froze_its_usage(plain_story: Story) -> None:
    """authgear/authgear-server#2168: a draft follows; after it is final, a person decides what the next cycle takes."""
    first_half, second_half = (Period(date(2026, 4, 1), date(2026, 4, 16)), Period(date(2026, 4, 16), date(2026, 5, 1)))
    plain_story.deliver(people(40), first_half, now=at(5, 1))
    assert plain_story.close(APRIL, now=at(5, 1)).state == "held"
    plain_story.deliver(people(50, first=41), second_half, now=at(5, 2))
    invoice = plain_story.bill(APRIL, now=at(5, 3))
    assert lines_of(invoice) == [("usage", "90", "29.00", "2610.00")]
    plain_story.deliver(people(60, first=41), second_half, now=at(5, 12))
    plain_story.deliver(people(5), MAY, now=at(6, 1))

    undecided = lines_of(plain_story.close(MAY, now=at(6, 1)).invoice)
    plain_story.accept(TrueUp.objects.get(), now=at(6, 2))
    decided = lines_of(plain_story.close(MAY, now=at(6, 2)).invoice)

    assert undecided == [("usage", "5", "29.00", "145.00")]
    assert decided == [*undecided, ("true_up", "1", "290.00", "290.00")]
    assert lines_of(invoice) == [("usage", "90", "29.00", "2610.00")]


def test_nobody_could_tell_whether_an_event_after_the_cut_off_counts(plain_story: Story) -> None:
    """openmeterio/openmeter#4215, #4179, #2834: before the invoice it counts; after it, beside the count that stays."""
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    billed = plain_story.count(APRIL)
    digest = billed.digest

    plain_story.deliver(people(117), APRIL, now=at(5, 12))

    true_up = TrueUp.objects.get()
    assert (plain_story.row(APRIL).count_id, true_up.before_count_id) == (billed.pk, billed.pk)
    assert ActiveUserCount.objects.get(pk=billed.pk).digest == digest
    assert (true_up.before_count.active_users, true_up.after_count.active_users) == (100, 117)


def test_late_usage_older_than_two_periods_was_ignored_in_silence(plain_story: Story) -> None:
    """killbill/killbill-docs#118: four months are billed; in June ten more people of January arrive."""
    january = Period(date(2026, 1, 1), date(2026, 2, 1))
    for period, month in ((january, 2), (MARCH, 4), (APRIL, 5), (MAY, 6)):
        plain_story.deliver(people(20), period, now=at(month, 1))
        plain_story.bill(period, now=at(month, 2))

    plain_story.deliver(people(30), january, now=at(6, 20))

    true_up = TrueUp.objects.get()
    assert (true_up.state, true_up.billing_period.span, true_up.new_users) == ("proposed", january, 10)
    plain_story.accept(true_up, now=at(6, 21))
    june = Period(date(2026, 6, 1), date(2026, 7, 1))
    plain_story.deliver(people(20), june, now=at(7, 1))
    assert lines_of(plain_story.close(june, now=at(7, 2)).invoice) == [
        ("usage", "20", "29.00", "580.00"),
        ("true_up", "1", "290.00", "290.00"),
    ]


def test_deleting_recent_usage_stopped_the_invoices(plain_story: Story) -> None:
    """killbill/killbill-docs#118: what was taken back is missing and held, in words; a new file bills it."""
    report = plain_story.deliver(people(10), APRIL, now=at(5, 1))
    plain_story.close(APRIL, now=at(5, 2))
    withdraw_report(actor=plain_story.manager, report=report, reason="Another product.", closed=[], now=at(5, 3))
    review_instance(instance_id=plain_story.instance.pk, now=at(5, 3))

    row = plain_story.row(APRIL)
    assert (row.state, row.held_code, Invoice.objects.count()) == ("held", "no_reports", 0)
    assert "1 to 30 Apr 2026" in row.held_words

    plain_story.deliver(people(12), APRIL, now=at(5, 4))
    assert lines_of(plain_story.row(APRIL).invoice) == [("usage", "12", "29.00", "348.00")]


def test_a_regenerated_invoice_had_no_fees_and_no_error(story: Story) -> None:
    """getlago/lago-api#3992, #5330, #5646, #6174: made again from the facts, it says the same, and prints."""
    story.deliver(people(320), APRIL, now=at(5, 1))
    first = story.close(APRIL, now=at(5, 2)).invoice
    assert first is not None
    before = (lines_of(first), amounts_of(first))

    discard_draft(actor=story.finance, invoice=first, reason="Wrong purchase order.", now=at(5, 3))
    again = story.close(APRIL, now=at(5, 4))

    assert again.invoice is not None
    assert again.invoice.pk != first.pk
    assert (lines_of(again.invoice), amounts_of(again.invoice)) == before
    assert before[0] == [("usage", "320", "29.00", "9280.00"), ("floor", "80", "29.00", "2320.00")]
    invoice = story.finalize(again, now=at(5, 4), render=True)
    assert InvoiceDocument.objects.filter(invoice=invoice, kind="pdf").count() == 1
