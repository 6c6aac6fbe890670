"""Coverage: every day that an instance owes is reported, late or missing; missing is never zero."""

from datetime import UTC, date, datetime

from licenses.models import Instance
from licenses.operations.register_instance import register_instance
from rollcall.period import Period
from tests.cast import BUILDER, House, sign_contract, terms_json
from tests.usage.sending import SEPTEMBER, Act, confirm, csv_of, days, receive, run_jobs, send, september
from usage.models import UsageReport
from usage.queries import DayState, coverage, reports_waiting

AUGUST = Period(date(2026, 8, 1), date(2026, 9, 1))


def states(house: House, period: Period = SEPTEMBER) -> dict[str, str]:
    """One letter per day and instance: R reported, L late, M missing."""
    return {
        one.instance.name: "".join(day.state.value[0].upper() for day in one.days)
        for one in coverage(contract=house.contract_a, period=period).instances
    }


def test_days_without_a_report_are_missing(house: House) -> None:
    send(house.instance_a, days(["ada"], [1, 20]), september(1, 20))
    assert states(house) == {"Berlin-1": "R" * 20 + "M" * 10}
    covered = coverage(contract=house.contract_a, period=SEPTEMBER)
    assert not covered.is_complete
    assert covered.missing == {"Berlin-1": [date(2026, 9, day) for day in range(21, 31)]}
    assert covered.missing_days == covered.missing["Berlin-1"]


def test_a_quiet_day_inside_a_report_is_reported(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]))
    covered = coverage(contract=house.contract_a, period=SEPTEMBER)
    assert covered.is_complete
    assert {day.grade for day in covered.instances[0].days} == {"upload"}
    assert covered.instances[0].days[4].reports == (UsageReport.objects.get(),)


def test_an_instance_owes_from_its_first_to_its_last_day(house: House) -> None:
    register_instance(
        actor=BUILDER,
        contract=house.contract_a,
        name="Berlin-2",
        reports_from=date(2026, 9, 10),
        reports_until=date(2026, 9, 13),
    )
    assert states(house) == {"Berlin-1": "M" * 30, "Berlin-2": "MMM"}


def test_a_day_that_is_covered_in_part_is_missing(house: House) -> None:
    report = receive(house.instance_a, days(["ada"], [1])).report
    run_jobs()
    confirm(report, now=datetime(2026, 9, 30, 18, tzinfo=UTC))
    run_jobs()
    assert states(house) == {"Berlin-1": "R" * 29 + "M"}


def test_a_day_that_is_first_reported_after_it_was_due_is_late(house: House) -> None:
    """September is due by the end of 3 October in Berlin."""
    send(house.instance_a, days(["ada"], [1]), september(1, 15), now=datetime(2026, 10, 3, 21, 59, tzinfo=UTC))
    send(house.instance_a, days(["bob"], [16]), september(16, 30), now=datetime(2026, 10, 3, 22, tzinfo=UTC))
    assert states(house) == {"Berlin-1": "R" * 15 + "L" * 15}


def test_a_correction_does_not_make_late_what_was_there_in_time(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]), september(1, 30))
    later = datetime(2026, 10, 20, 9, tzinfo=UTC)
    send(house.instance_a, days(["ada", "bob"], [1]), september(1, 30), generated_at=later, now=later)
    assert states(house) == {"Berlin-1": "R" * 30}


def test_a_day_of_the_span_without_rows_is_reported_and_quiet(house: House) -> None:
    send(house.instance_a, days(["ada"], [1, 4]), september(1, 5))
    found = coverage(contract=house.contract_a, period=SEPTEMBER).instances[0].days
    assert [day.is_quiet for day in found[:6]] == [False, True, True, False, True, False]
    assert (found[4].state, found[5].state) == (DayState.REPORTED, DayState.MISSING)


def test_a_report_that_was_not_confirmed_waits_for_its_month(house: House) -> None:
    receive(house.instance_a, days(["ada"], [5]))
    run_jobs()
    report = UsageReport.objects.get()
    june = Period(date(2026, 6, 1), date(2026, 7, 1))
    assert reports_waiting(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin") == [report]
    assert reports_waiting(contract=house.contract_a, period=june, zone="Europe/Berlin") == []
    assert reports_waiting(contract=house.contract_a, period=AUGUST, zone="Europe/Berlin") == []
    assert states(house) == {"Berlin-1": "M" * 30}


def test_a_waiting_file_with_rows_on_the_first_leaves_the_month_before_alone(house: House) -> None:
    """1 September 00:30 in Berlin, written with its offset: nothing of it can be August's."""
    receive(house.instance_a, csv_of([Act(user="ada", at="2026-09-01T00:30:00+02:00")]))
    run_jobs()
    (report,) = reports_waiting(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin")
    assert reports_waiting(contract=house.contract_a, period=AUGUST, zone="Europe/Berlin") == []
    assert report.state == "needs_confirmation"


def test_a_waiting_file_without_a_zone_may_be_of_the_month_before(house: House) -> None:
    """1 September 08:00 somewhere: in Auckland that is 31 August in Berlin, and nobody has said where."""
    receive(house.instance_a, csv_of([Act(user="ada", at="2026-09-01T08:00:00")]))
    run_jobs()
    assert len(reports_waiting(contract=house.contract_a, period=AUGUST, zone="Europe/Berlin")) == 1
    assert len(reports_waiting(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin")) == 1


def test_days_are_those_of_the_contracts_zone(house: House) -> None:
    content = csv_of([Act(user="bea", at="2026-03-08T12:00:00Z")])
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    send(Instance.objects.get(pk=house.instance_b.pk), content, march, now=datetime(2026, 4, 2, 9, tzinfo=UTC))
    covered = coverage(contract=house.contract_b, period=march)
    assert covered.zone == "America/New_York"
    assert [day.state for day in covered.instances[0].days] == [DayState.REPORTED] * 31


def test_a_day_without_rows_is_missing_where_the_export_lists_the_idle_too(house: House) -> None:
    """Slack writes one file a day with every member in it: no rows on the 2nd means that its file was left out."""
    contract = sign_contract(house.customer_a, "K-7", terms_json(timezone="UTC"))
    slack = register_instance(actor=BUILDER, contract=contract, name="Slack", reports_from=date(2026, 9, 1))
    member = '{{"date": "2026-09-{:02}", "user_id": "U1", "is_active": {}, "is_billable_seat": true}}'
    lines = [member.format(1, "true"), member.format(3, "false"), member.format(4, "true")]
    send(slack, "\n".join(lines).encode(), september(1, 4))
    (covered,) = coverage(contract=contract, period=SEPTEMBER).instances
    assert [day.state for day in covered.days[:4]] == [
        DayState.REPORTED,
        DayState.MISSING,
        DayState.REPORTED,
        DayState.REPORTED,
    ]
