"""A Nextcloud log whose times were configured: what the file settles is read, what it does not is asked."""

import json

import pytest

from tests.rollcall.intake.readings import reading


def log(*times):
    return "".join(
        json.dumps(
            {
                "reqId": f"r{number}",
                "level": 1,
                "time": time,
                "remoteAddr": "192.0.2.1",
                "user": "anna",
                "app": "admin_audit",
                "message": 'Login successful: "anna"',
            }
        )
        + "\n"
        for number, time in enumerate(times)
    )


@pytest.mark.parametrize(
    ("times", "days"),
    [
        (("2026-06-30T23:30:00+02:00",), ("2026-06-30",)),
        (("2026-07-01T00:30:00+02:00",), ("2026-06-30",)),
        (("2026-06-30T21:30:00Z", "2026-07-01T00:30:00-02:00"), ("2026-06-30", "2026-07-01")),
        (("1782858600",), ("2026-06-30",)),
    ],
)
def test_times_with_a_zone_are_read(tmp_path, times, days):
    result = reading(tmp_path, log(*times), names=("audit.log",))
    assert (result.outcome, result.format, result.days) == ("accepted", "nextcloud_audit", days), result.message


@pytest.mark.parametrize("time", ["July 1, 2026 00:30:00", "2026-07-01 00:30:00", "31/07/2026 00:30:00"])
def test_times_without_a_zone_are_asked_for_and_read_in_the_zone_named(tmp_path, time):
    result = reading(tmp_path, log(time), names=("audit.log",))
    assert [question.code for question in result.questions] == ["zone.missing"]
    result = reading(tmp_path, log(time), names=("audit.log",), source_timezone="Europe/Berlin")
    before = {"31/07/2026 00:30:00": "2026-07-30"}.get(time, "2026-06-30")
    assert (result.outcome, result.days) == ("accepted", (before,)), result.message


def test_the_order_of_day_and_month_is_asked_for_where_no_date_settles_it(tmp_path):
    result = reading(tmp_path, log("01/07/2026 12:00:00"), names=("audit.log",), source_timezone="Europe/Berlin")
    assert [question.code for question in result.questions] == ["date_order.unknown"]
