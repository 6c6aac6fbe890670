"""Coverage: every day that an instance owes is reported, late or missing; missing is never zero."""

from datetime import UTC, date, datetime, timedelta

from licenses.models import Instance
from licenses.operations.register_instance import register_instance
from licenses.queries import terms_at
from rollcall.period import Period
from tests.cast import BUILDER, House
from tests.usage.sending import NOW, SEPTEMBER, Act, confirm, csv_of, days, receive, run_jobs, send, september
from usage.models import UsageReport
from usage.operations.count_period import count_period
from usage.queries import DayState, coverage, reports_waiting


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


def test_a_report_after_the_count_makes_its_days_late(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]), september(1, 15))
    terms = terms_at(contract=house.contract_a, day=SEPTEMBER.start)
    count_period(contract=house.contract_a, metric_name="active", terms=terms, period=SEPTEMBER, now=NOW)
    send(house.instance_a, days(["bob"], [16]), september(16, 30), now=NOW + timedelta(days=1))
    assert states(house) == {"Berlin-1": "R" * 15 + "L" * 15}


def test_a_report_that_was_not_confirmed_waits_for_its_month(house: House) -> None:
    receive(house.instance_a, days(["ada"], [5]))
    run_jobs()
    report = UsageReport.objects.get()
    august = Period(date(2026, 8, 1), date(2026, 9, 1))
    june = Period(date(2026, 6, 1), date(2026, 7, 1))
    assert reports_waiting(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin") == [report]
    assert reports_waiting(contract=house.contract_a, period=june, zone="Europe/Berlin") == []
    assert reports_waiting(contract=house.contract_a, period=august, zone="Europe/Berlin") == []
    assert states(house) == {"Berlin-1": "M" * 30}


def test_days_are_those_of_the_contracts_zone(house: House) -> None:
    content = csv_of([Act(user="bea", at="2026-03-08T12:00:00Z")])
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    send(Instance.objects.get(pk=house.instance_b.pk), content, march)
    covered = coverage(contract=house.contract_b, period=march)
    assert covered.zone == "America/New_York"
    assert [day.state for day in covered.instances[0].days] == [DayState.REPORTED] * 31
