"""The clock is read in one place; only the demo may set it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from ground import clock


def test_now_is_the_real_time_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.fixture
def clock_file(settings: Any, tmp_path: Path) -> Path:
    path = tmp_path / "clock"
    settings.ROLLCALL_DEMO, settings.ROLLCALL_DEMO_CLOCK = True, str(path)
    return path


def test_the_demo_sets_the_clock_and_moves_it(clock_file: Path) -> None:
    clock_file.write_text("2026-10-01T00:30:00+02:00\n")
    assert clock.now() == datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
    clock_file.write_text("2026-11-01T00:00:00+00:00")
    assert clock.now() == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", date(2026, 9, 30)), ("Europe/Berlin", date(2026, 10, 1)), ("America/Los_Angeles", date(2026, 9, 30))],
)
def test_today_is_a_day_of_a_zone(clock_file: Path, zone: str, day: date) -> None:
    clock_file.write_text("2026-09-30T22:30:00+00:00")
    assert clock.today(zone) == day


def test_a_demo_clock_without_a_file_runs_in_real_time(clock_file: Path) -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_an_instant_without_a_zone_is_refused(clock_file: Path) -> None:
    clock_file.write_text("2026-09-30T22:30:00")
    with pytest.raises(ImproperlyConfigured, match="names no zone"):
        clock.now()


def test_outside_the_demo_the_clock_cannot_be_set(settings: Any, clock_file: Path) -> None:
    clock_file.write_text("2026-09-30T22:30:00+00:00")
    settings.ROLLCALL_DEMO = False
    with pytest.raises(ImproperlyConfigured, match="real clock"):
        clock.now()
