"""A contract that bills reported counts, from the licence file of a GitLab to the invoice and what follows it."""

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.invariants import CHECKS
from billing.models import TrueUp
from licenses.models import Instance, ProvisionedCount
from licenses.queries import provisioned_at
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, Story, at, lines_of, per_user, story_of, terms_json
from tests.cast import House
from usage.models import ActiveUserCount, DailyReportedCount, EvidenceFile, UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.make_missing_evidence import make_missing_evidence
from usage.operations.read_report import read_report
from usage.operations.receive_report import receive_report
from usage.operations.sniff_report import sniff_report
from usage.operations.withdraw_report import withdraw_report
from usage.queries import coverage, reported_days

SEATS = {"seats": {"kind": "reported_users", "calculation": "max"}}
TEN_EUROS = {"seats": {"metric": "seats", "price": {"model": "per_user", "unit_price": "10.00"}}}


@pytest.fixture
def gitlab(committed_house: House) -> Story:
    """EUR 10.00 for each user of the highest daily count; missing days are held."""
    return story_of(committed_house, terms=terms_json(metrics=SEATS, charges=TEN_EUROS, gap_rule={"rule": "hold"}))


def licence_file(counts: dict[date, int]) -> bytes:
    """What GitLab exports: six lines about the licence, an empty one, and a number a day."""
    lines = [
        "License Key,abc",
        "Email,licensing@aurel.example",
        "License Start Date,2026-01-01",
        "License End Date,2026-12-31",
        "Company,Aurel Maschinenbau GmbH",
        "Generated At,2026-04-01 06:00:00",
        '"",""',
        "Date,Billable User Count",
        *(f"{day} 03:00:00,{users}" for day, users in sorted(counts.items())),
    ]
    return ("\n".join(lines) + "\n").encode()


def month(period: Period = MARCH, **other: int | None) -> dict[date, int]:
    """40 to 46 users a day, 55 on the 12th; `d17=None` leaves the 17th out, `d3=50` says 50 on the 3rd."""
    counts = {day: 40 + day.day % 7 for day in period.each_day()} | {period.start.replace(day=12): 55}
    for name, users in other.items():
        day = period.start.replace(day=int(name[1:]))
        del counts[day]
        if users is not None:
            counts[day] = users
    return counts


def send(
    story: Story,
    content: bytes,
    *,
    covers: Period = MARCH,
    now: datetime,
    made_at: datetime | None = None,
    name: str = "gitlab.csv",
    instance: Instance | None = None,
) -> UsageReport:
    """Send a file, confirm which days it covers, have it read and reviewed."""
    actor = story.house.customer_admin_a.actor
    received = receive_report(
        actor=actor, instance=instance or story.instance, file_name=name, stream=io.BytesIO(content), now=now
    )
    report = sniff_report(report_id=received.report.pk, now=now)
    confirmed = confirm_report(
        actor=actor,
        report=report,
        mapping=None,
        source_timezone="",
        covers=covers,
        generated_at=made_at or now,
        now=now,
    )
    report = read_report(report_id=confirmed.pk, now=now)
    assert report.state == "accepted", (report.state, report.refusal_message, report.questions)
    story.review(report, now=now)
    return report


def test_the_highest_of_31_daily_counts_is_55_and_costs_550_euros(gitlab: Story) -> None:
    report = send(gitlab, licence_file(month()), now=at(4, 1))
    assert (report.kind, report.rows_accepted, EvidenceFile.objects.count()) == ("counts", report.rows_read, 0)

    invoice = gitlab.bill(MARCH, now=at(4, 2), render=True)
    assert lines_of(invoice) == [("usage", "55", "10.00", "550.00")]
    assert invoice.lines.get().words == "Reported users: maximum of 31 daily counts, 55 on 12 Mar 2026"

    says = invoice.snapshot
    assert says is not None
    assert (says["counts"]["reported"], says["counts"]["active"]) == (55, None)
    assert (says["counts"]["billable"], says["counts"]["billed"]) == (55, 55)
    assert [(entry["file_name"], entry["grade"]) for entry in says["evidence"]] == [("gitlab.csv", "upload")]
    daily = says["attachments"]["USAGE.json"]["periods"][0]["quantities"]["seats"]["daily_users"]
    assert (len(daily), daily["2026-03-12"]) == (31, 55)

    count = ActiveUserCount.objects.get()
    assert (count.active_users, count.reported_users, count.users, count.verdicts_key) == (None, 55, 55, "")
    row = DailyReportedCount.objects.get(day=date(2026, 3, 12))
    assert (row.users, row.file, row.line) == (55, "gitlab.csv", 20)
    assert [found for check in CHECKS for found in check().findings] == []


def test_a_missing_day_holds_the_month_and_is_not_a_zero(gitlab: Story) -> None:
    send(gitlab, licence_file(month(d17=None)), now=at(4, 1))
    closing = gitlab.close(MARCH, now=at(4, 2))
    assert (closing.state, closing.held_code) == ("held", "days_missing")
    assert "17 Mar 2026" in closing.held_words
    days = coverage(contract=gitlab.contract, period=MARCH)
    assert days.missing == {"Hamburg-9": [date(2026, 3, 17)]}


def test_the_missing_day_arrives_and_the_month_goes_on(gitlab: Story) -> None:
    send(gitlab, licence_file(month(d17=None)), now=at(4, 1))
    gitlab.close(MARCH, now=at(4, 2))
    day = Period(date(2026, 3, 17), date(2026, 3, 18))
    send(gitlab, licence_file({day.start: 70}), covers=day, now=at(4, 3), name="17 March.csv")
    assert gitlab.row(MARCH).state == "drafted"
    assert lines_of(gitlab.row(MARCH).invoice) == [("usage", "70", "10.00", "700.00")]


@pytest.mark.parametrize(
    ("case", "calculation", "rule", "users"),
    [
        ("known days are billed: 30 of them, at least 40", {"calculation": "min"}, "bill_known", "40"),
        ("the contract reads the missing day as zero", {"calculation": "min"}, "zero", "0"),
        ("the highest day does not care", {"calculation": "max"}, "zero", "55"),
        ("the last known day", {"calculation": "last"}, "bill_known", "43"),
        (
            "the average of the days reported",
            {"calculation": "average", "average_over": "days_reported", "rounding": "half_up"},
            "bill_known",
            "43",
        ),
    ],
)
def test_what_a_missing_day_does_is_what_the_contract_says(
    case: str, calculation: dict[str, str], rule: str, users: str, committed_house: House
) -> None:
    terms = terms_json(
        metrics={"seats": {"kind": "reported_users"} | calculation}, charges=TEN_EUROS, gap_rule={"rule": rule}
    )
    story = story_of(committed_house, terms=terms)
    send(story, licence_file(month(d17=None)), now=at(4, 1))
    invoice = story.bill(MARCH, now=at(4, 2))
    assert lines_of(invoice) == [("usage", users, "10.00", f"{int(users) * 10}.00")], case
    assert invoice.snapshot is not None
    assert invoice.snapshot["counts"]["billed"] == int(users)
    assert [found for check in CHECKS for found in check().findings] == []


def test_a_silent_instance_is_zero_only_where_the_contract_says_so(committed_house: House) -> None:
    zero = terms_json(metrics=SEATS, charges=TEN_EUROS, gap_rule={"rule": "zero"})
    story = story_of(committed_house, terms=zero)
    Instance.objects.create(
        customer=story.house.customer_a, contract=story.contract, name="Kiel-2", reports_from=date(2026, 3, 1)
    )
    send(story, licence_file(month()), now=at(4, 1))
    assert lines_of(story.close(MARCH, now=at(4, 2)).invoice) == [("usage", "55", "10.00", "550.00")]
    assert reported_days(contract=story.contract, period=MARCH, zone="Europe/Berlin").missing.keys() == {"Kiel-2"}


def test_a_month_without_any_count_is_held_and_never_billed_at_zero(gitlab: Story) -> None:
    closing = gitlab.close(MARCH, now=at(4, 2))
    assert (closing.state, closing.held_code) == ("held", "no_reports")
    assert "never zero" in closing.held_words


def test_of_two_files_for_one_day_the_one_made_later_is_valid_whichever_arrives_first(gitlab: Story) -> None:
    newer = licence_file(month(d12=54))
    send(gitlab, newer, now=at(4, 1), made_at=at(4, 1, 8), name="newer.csv")
    send(gitlab, licence_file(month()), now=at(4, 2), made_at=at(4, 1, 7), name="older.csv")
    assert lines_of(gitlab.close(MARCH, now=at(4, 3)).invoice) == [("usage", "54", "10.00", "540.00")]


def test_two_instances_are_added_day_by_day(gitlab: Story) -> None:
    second = Instance.objects.create(
        customer=gitlab.house.customer_a, contract=gitlab.contract, name="Kiel-2", reports_from=date(2026, 3, 1)
    )
    send(gitlab, licence_file(month()), now=at(4, 1))
    assert gitlab.close(MARCH, now=at(4, 2)).held_code in ("days_missing", "no_reports")
    # 55 + 10 on the 12th, 46 + 30 on the 13th: the highest day of both together is the 13th.
    send(gitlab, licence_file(month() | dict.fromkeys(MARCH.each_day(), 10) | {date(2026, 3, 13): 30}), now=at(4, 2),
         name="kiel.csv", instance=second)  # fmt: skip
    assert lines_of(gitlab.close(MARCH, now=at(4, 3)).invoice) == [("usage", "76", "10.00", "760.00")]
    assert "76 on 13 Mar 2026" in gitlab.row(MARCH).rated.lines[0]["words"]


def test_a_corrected_file_after_the_invoice_is_a_true_up_in_numbers_without_names(gitlab: Story) -> None:
    send(gitlab, licence_file(month()), now=at(4, 1))
    gitlab.bill(MARCH, now=at(4, 2))
    send(gitlab, licence_file(month(d12=60)), now=at(4, 5), name="corrected.csv")
    true_up = TrueUp.objects.get()
    assert (true_up.difference_amount, true_up.new_users, true_up.gone_users) == (Decimal("50.00"), 0, 0)
    assert "55 reported users then, 60 now." in true_up.words
    gitlab.accept(true_up, now=at(4, 6))
    send(gitlab, licence_file(month(APRIL)), covers=APRIL, now=at(5, 1), name="april.csv")
    invoice = gitlab.bill(APRIL, now=at(5, 2))
    assert [line[3] for line in lines_of(invoice)] == ["550.00", "50.00"]
    assert [found for check in CHECKS for found in check().findings] == []


def test_daily_counts_never_stand_for_activity(committed_house: House) -> None:
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00"), gap_rule={"rule": "bill_known"}))
    send(story, licence_file(month()), now=at(4, 1))
    closing = story.close(MARCH, now=at(4, 2))
    assert (closing.state, closing.held_code) == ("held", "no_reports")
    assert closing.held_words.startswith("No activity is reported for 1 to 31 Mar 2026")
    assert "gitlab.csv" in closing.held_words
    assert len(coverage(contract=story.contract, period=MARCH).missing_days) == 31


def test_daily_counts_take_no_day_from_a_file_of_activity(committed_house: House) -> None:
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00")))
    story.deliver(["ada", "bob"], MARCH, now=at(4, 1))
    send(story, licence_file(month()), now=at(4, 2))
    assert lines_of(story.close(MARCH, now=at(4, 3)).invoice) == [("usage", "2", "29.00", "58.00")]


def members(number: int) -> bytes:
    """A member list of Slack: accounts that exist, of whom nobody knows whether they did anything."""
    head = "username,email,status,billing-active,has-2fa,has-sso,userid,fullname,displayname,expiration-timestamp"
    rows = (f"u{n},u{n}@aurel.example,Member,1,0,0,U{n:05},U {n},u{n}," for n in range(number))
    return ("\n".join([head, *rows]) + "\n").encode()


LAST_OF_MARCH = Period(date(2026, 3, 31), date(2026, 4, 1))


def listed(story: Story, number: int, made_at: datetime, **more: Any) -> UsageReport:
    return send(
        story,
        members(number),
        covers=LAST_OF_MARCH,
        now=at(4, 2),
        made_at=made_at,
        name=f"members {number}.csv",
        **more,
    )


def test_a_list_of_members_is_a_dated_number_of_accounts_and_nothing_else(committed_house: House) -> None:
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00")))
    report = listed(story, 120, at(4, 1))
    assert (report.kind, EvidenceFile.objects.count(), DailyReportedCount.objects.count()) == ("snapshot", 0, 0)
    found = provisioned_at(contract=story.contract, day=date(2026, 3, 31))
    assert found is not None
    assert (found.users, found.date) == (120, date(2026, 3, 31))
    assert found.source == f"slack_members, report {report.public_id}"
    closing = story.close(MARCH, now=at(4, 3))
    assert closing.held_words.startswith("No activity is reported")

    story.deliver(["ada", "bob"], MARCH, now=at(4, 4))
    invoice = story.bill(MARCH, now=at(4, 5), render=True)
    assert invoice.snapshot is not None
    assert invoice.snapshot["counts"]["provisioned"]["users"] == 120
    assert invoice.snapshot["counts"]["active"] == 2


@pytest.mark.parametrize("order", ["older first", "newer first"])
def test_of_two_lists_of_one_day_the_one_made_later_is_valid(order: str, committed_house: House) -> None:
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00")))
    lists = [(100, at(4, 1, 6)), (110, at(4, 1, 7))]
    for number, made_at in lists if order == "older first" else reversed(lists):
        listed(story, number, made_at)
    found = provisioned_at(contract=story.contract, day=date(2026, 4, 30))
    assert found is not None
    assert found.users == 110


def test_lists_of_two_instances_are_added_and_a_withdrawn_one_counts_no_more(committed_house: House) -> None:
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00")))
    second = Instance.objects.create(
        customer=story.house.customer_a, contract=story.contract, name="Kiel-2", reports_from=date(2026, 3, 1)
    )
    listed(story, 100, at(4, 1))
    other = listed(story, 30, at(4, 1), instance=second)
    found = provisioned_at(contract=story.contract, day=date(2026, 3, 31))
    assert found is not None
    assert (found.users, found.source) == (130, "user lists of 2 instances")
    withdraw_report(
        actor=story.house.customer_admin_a.actor, report=other, reason="The test system's.", closed=[], now=at(4, 2)
    )
    make_missing_evidence(instance=second)
    make_missing_evidence(instance=second)
    found = provisioned_at(contract=story.contract, day=date(2026, 3, 31))
    assert found is not None
    assert (found.users, ProvisionedCount.objects.count()) == (100, 3)


def test_a_running_month_shows_what_was_reported_so_far(gitlab: Story) -> None:
    half = Period(MARCH.start, MARCH.start + timedelta(days=15))
    send(gitlab, licence_file(dict.fromkeys(half.each_day(), 40)), covers=half, now=at(3, 16))
    row = gitlab.row(MARCH)
    assert row.state == "open"
    assert row.count is not None
    assert (row.count.users, row.count.is_reported) == (40, True)


def test_a_report_says_what_it_changed(gitlab: Story) -> None:
    first = send(gitlab, licence_file(month()), now=at(4, 1))
    second = send(gitlab, licence_file(month(d12=60)), now=at(4, 2), name="corrected.csv")
    march = {"metric": "seats", "start": "2026-03-01", "end": "2026-04-01"}
    assert first.effects == [march | {"before": None, "after": 55}]
    assert second.effects == [march | {"before": 55, "after": 60}]
