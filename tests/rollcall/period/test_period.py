"""Periods and days: half-open, in words, and as instants in zones that misbehave."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.period import (
    TZDATA_VERSION,
    EmptyPeriod,
    Period,
    UnknownZone,
    civil_day,
    day_start,
    zone,
    zone_names,
)

SEPTEMBER = Period(date(2026, 9, 1), date(2026, 10, 1))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_period_ends_before_its_end():
    assert SEPTEMBER.days == 30
    assert SEPTEMBER.last_day == date(2026, 9, 30)
    assert SEPTEMBER.contains(date(2026, 9, 1))
    assert SEPTEMBER.contains(date(2026, 9, 30))
    assert not SEPTEMBER.contains(date(2026, 10, 1))
    assert not SEPTEMBER.contains(date(2026, 8, 31))
    days = list(SEPTEMBER.each_day())
    assert (days[0], days[-1], len(days)) == (date(2026, 9, 1), date(2026, 9, 30), 30)


@pytest.mark.parametrize("end", [date(2026, 9, 1), date(2026, 8, 31)])
def test_a_period_without_a_day_is_refused(end):
    with pytest.raises(EmptyPeriod, match="holds no day"):
        Period(date(2026, 9, 1), end)


def test_periods_that_touch_share_no_day():
    october = Period(date(2026, 10, 1), date(2026, 11, 1))
    autumn = Period(date(2026, 9, 23), date(2026, 12, 21))
    assert not SEPTEMBER.overlaps(october)
    assert not october.overlaps(SEPTEMBER)
    assert SEPTEMBER.intersection(october) is None
    assert SEPTEMBER.overlaps(autumn)
    assert autumn.overlaps(SEPTEMBER)
    assert SEPTEMBER.intersection(autumn) == Period(date(2026, 9, 23), date(2026, 10, 1))
    assert autumn.contains(october)
    assert not autumn.contains(SEPTEMBER)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-09-01", "2026-10-01", "1 to 30 Sep 2026"),
        ("2026-09-15", "2026-10-15", "15 Sep to 14 Oct 2026"),
        ("2026-12-15", "2027-01-15", "15 Dec 2026 to 14 Jan 2027"),
        ("2026-09-30", "2026-10-01", "30 Sep 2026"),
        ("2026-09-01", "2027-09-02", "1 Sep 2026 to 1 Sep 2027"),
    ],
)
def test_periods_in_words(start, end, words):
    period = Period(date.fromisoformat(start), date.fromisoformat(end))
    assert period.words() == words
    assert period.words("Europe/Berlin") == f"{words} (Europe/Berlin)"


@pytest.mark.parametrize(
    ("case", "zone_name", "day", "starts"),
    [
        ("an ordinary day", "UTC", "2026-09-01", "2026-09-01T00:00"),
        ("summer in Berlin", "Europe/Berlin", "2026-09-01", "2026-08-31T22:00"),
        ("the day of the change is not the hour of the change", "Europe/Berlin", "2026-10-25", "2026-10-24T22:00"),
        ("half an hour in Kolkata", "Asia/Kolkata", "2026-09-01", "2026-08-31T18:30"),
        (
            "Cairo has no midnight on 28 Apr 2023: the day begins at 01:00",
            "Africa/Cairo",
            "2023-04-28",
            "2023-04-27T22:00",
        ),
        ("Santiago has no midnight on 8 Sep 2024", "America/Santiago", "2024-09-08", "2024-09-08T04:00"),
        ("Beirut has no midnight on 31 Mar 2024", "Asia/Beirut", "2024-03-31", "2024-03-30T22:00"),
        (
            "Havana has two midnights on 3 Nov 2024: the day begins at the first",
            "America/Havana",
            "2024-11-03",
            "2024-11-03T04:00",
        ),
        ("Apia skipped 30 Dec 2011: it begins where the 31st begins", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),
        ("the 31st", "Pacific/Apia", "2011-12-31", "2011-12-30T10:00"),
        ("St. John's put back its clock from 00:01 to 23:01", "America/St_Johns", "2005-10-30", "2005-10-30T02:30"),
        ("Toronto once jumped from 23:30 to 00:30", "America/Toronto", "1919-03-31", "1919-03-31T04:30"),
        ("Lord Howe changes by half an hour", "Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00"),
    ],
)
def test_where_days_begin(case, zone_name, day, starts):
    assert day_start(date.fromisoformat(day), zone_name) == utc(starts), case


def test_a_period_is_a_span_of_instants():
    assert SEPTEMBER.instants("Europe/Berlin") == (utc("2026-08-31T22:00"), utc("2026-09-30T22:00"))
    october = Period(date(2026, 10, 1), date(2026, 11, 1))
    starts, ends = october.instants("Europe/Berlin")
    assert ends - starts == timedelta(days=31, hours=1), "the clock goes back on 25 October"
    assert october.days == 31, "which makes no day more"


@pytest.mark.parametrize(
    ("case", "instant", "zone_name", "day"),
    [
        ("the last minute of September in Berlin", "2026-09-30T21:59:59", "Europe/Berlin", "2026-09-30"),
        ("the first of October", "2026-09-30T22:00", "Europe/Berlin", "2026-10-01"),
        ("the jump in Cairo", "2023-04-27T21:59:59", "Africa/Cairo", "2023-04-27"),
        ("the first instant after it", "2023-04-27T22:00", "Africa/Cairo", "2023-04-28"),
        ("the last instant before the skipped day", "2011-12-30T09:59:59", "Pacific/Apia", "2011-12-29"),
        ("the first after it", "2011-12-30T10:00", "Pacific/Apia", "2011-12-31"),
        (
            "a day that has begun does not end when the clock goes back over midnight",
            "2005-10-30T02:45",
            "America/St_Johns",
            "2005-10-30",
        ),
    ],
)
def test_the_day_of_an_instant(case, instant, zone_name, day):
    assert civil_day(utc(instant), zone_name) == date.fromisoformat(day), case


def test_a_naive_time_has_no_day():
    with pytest.raises(ValueError, match="needs a zone"):
        civil_day(datetime(2026, 9, 1), "UTC")  # noqa: DTZ001 - the refusal is the point


@pytest.mark.parametrize(
    "name", ["", "Berlin", "europe/berlin", "../../etc/passwd", "Europe/../Europe/Berlin", "Factory", "localtime"]
)
def test_what_is_no_zone(name):
    with pytest.raises(UnknownZone, match="no time zone"):
        zone(name)


def test_zones_come_from_the_bundled_data_and_its_version_is_known():
    assert len(zone_names()) > 500
    assert TZDATA_VERSION[:4].isdigit()
    assert TZDATA_VERSION[4:].isalpha()
    assert zone("Europe/Berlin").key == "Europe/Berlin"


zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "Africa/Cairo", "Pacific/Apia", "America/Havana", "America/St_Johns", "Asia/Kolkata",
     "Pacific/Auckland", "America/Los_Angeles", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran"]
)  # fmt: skip
days = st.dates(date(1990, 1, 1), date(2037, 12, 31))


@given(day=days, zone_name=zones)
def test_every_instant_belongs_to_exactly_one_day(day, zone_name):
    begins, ends = day_start(day, zone_name), day_start(day + timedelta(days=1), zone_name)
    assert begins <= ends
    if begins < ends:
        assert civil_day(begins, zone_name) == day
        assert civil_day(ends - timedelta(microseconds=1), zone_name) == day
    else:
        assert (zone_name, day) == ("Pacific/Apia", date(2011, 12, 30)), "only one of these zones skipped a day"


@given(day=days, zone_name=zones)
def test_a_day_begins_when_the_calendar_first_shows_it(day, zone_name):
    begins = day_start(day, zone_name)
    clock = zone(zone_name)
    assert begins.astimezone(clock).date() >= day
    assert (begins - timedelta(microseconds=1)).astimezone(clock).date() < day
