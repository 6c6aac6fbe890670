"""Times as exporters write them: what each spelling means, and what is refused with which words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.formats import times
from rollcall.period import zone as zone_named
from rollcall.zones import DAY, EPOCH, SECOND, instant_of, instant_text, span_of_minutes, zone_table


def read(text, *, format="iso8601", order=None, source=None, bill="UTC"):
    reading = times.reading_of(format=format, date_order=order, source_timezone=source, timezone=bill)
    return instant_text(times.reader_of(reading)(text))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-06-30T22:30:00Z", "2026-06-30T22:30:00Z"),
        ("2026-06-30t22:30:00z", "2026-06-30T22:30:00Z"),
        ("2026-06-30 22:30:00 UTC", "2026-06-30T22:30:00Z"),
        ("2026-06-30 22:30 GMT", "2026-06-30T22:30:00Z"),
        ("2026-07-01T00:30:00+02:00", "2026-06-30T22:30:00Z"),
        ("2026-07-01T00:30:00+0200", "2026-06-30T22:30:00Z"),
        ("2026-07-01 00:30:00 +02", "2026-06-30T22:30:00Z"),
        ("2026-06-30T10:30:00-12:00", "2026-06-30T22:30:00Z"),
        ("2026-07-01T12:30:00+14:00", "2026-06-30T22:30:00Z"),
        ("2026-06-30T23:59:59.999999999Z", "2026-06-30T23:59:59.999999Z"),
        ("2026-06-30T23:59:59,5Z", "2026-06-30T23:59:59.500000Z"),
    ],
)
def test_an_instant_with_its_zone(written, meant):
    assert read(written) == meant


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "time.invalid"),
        ("yesterday", "time.invalid"),
        ("2026-06-31T00:00:00Z", "time.invalid"),
        ("2026-02-29T00:00:00Z", "time.invalid"),
        ("2026-06-30T24:00:00Z", "time.invalid"),
        ("2026-06-30T23:59:60Z", "time.invalid"),
        ("2026-06-30T23:60:00Z", "time.invalid"),
        ("2026-06-30T9:00:00Z", "time.invalid"),
        ("26-06-30T09:00:00Z", "time.invalid"),
        ("2026-06-30T22:30:00", "time.no_zone"),
        ("2026-06-30T22:30:00 IST", "time.zone_unknown"),
        ("2026-06-30T22:30:00 Europe/Berlin", "time.zone_unknown"),
        ("2026-06-30T22:30:00+14:01", "time.offset"),
        ("2026-06-30T22:30:00-12:30", "time.offset"),
        ("2026-06-30T22:30:00+51800", "time.offset"),
        ("2026-06-30T22:30:00+05:60", "time.offset"),
        ("1970-01-01T00:00:00Z", "time.implausible"),
        ("2569-06-30T00:00:00Z", "time.implausible"),
        ("\u0662\u0660\u0662\u0666-06-30T00:00:00Z", "time.invalid"),
    ],
)
def test_what_is_no_time_is_refused(written, code):
    with pytest.raises(times.TimeRefused) as refused:
        read(written)
    assert refused.value.code == code
    assert written[:20] in str(refused.value) or not written


@pytest.mark.parametrize(
    ("written", "words"),
    [
        # Some browsers put marks of the reading direction between the parts of a date.
        ("\u200e6/30/2026, 10:30:05 PM", "It holds an invisible character, U+200E; take that out."),
        ("2026-06-30T22:30:00\u200bZ", "It holds an invisible character, U+200B; take that out."),
        ("yesterday", "'yesterday' is not a time such as 2026-06-30T22:30:00Z."),
    ],
)
def test_an_invisible_character_is_named(written, words):
    with pytest.raises(times.TimeRefused) as refused:
        read(written)
    assert str(refused.value).endswith(words)


def test_a_leap_second_lies_in_its_own_minute():
    with pytest.raises(times.TimeRefused) as refused:
        read("2026-06-30T23:59:60Z")
    assert instant_text(refused.value.instant) == "2026-06-30T23:59:59Z"


@pytest.mark.parametrize(
    ("written", "source", "meant"),
    [
        ("2026-06-30 22:30:00", "Europe/Berlin", "2026-06-30T20:30:00Z"),
        ("2026-01-30 22:30:00", "Europe/Berlin", "2026-01-30T21:30:00Z"),
        ("2026-03-29 01:59:59", "Europe/Berlin", "2026-03-29T00:59:59Z"),
        ("2026-03-29 03:00:00", "Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("2026-10-25 02:30:00", "Europe/Berlin", "2026-10-25T00:30:00Z"),
        ("2026-06-30 22:30:00", "Asia/Kolkata", "2026-06-30T17:00:00Z"),
    ],
)
def test_a_time_without_a_zone_is_in_the_zone_that_a_person_named(written, source, meant):
    assert read(written, source=source) == meant


def test_a_time_that_the_clocks_left_out_is_refused():
    with pytest.raises(times.TimeRefused, match="no such local time") as refused:
        read("2026-03-29 02:30:00", source="Europe/Berlin")
    assert refused.value.code == "time.no_such_local_time"


def test_an_hour_that_occurs_twice_matters_only_when_the_days_of_the_bill_differ():
    assert read("2026-10-25 02:30:00", source="Europe/Berlin", bill="Europe/Berlin") == "2026-10-25T00:30:00Z"
    with pytest.raises(times.TimeRefused) as refused:
        read("2026-10-25 02:30:00", source="Europe/Berlin", bill="Atlantic/Cape_Verde")
    assert refused.value.code == "time.ambiguous"


@pytest.mark.parametrize(
    ("written", "order", "meant"),
    [
        ("30.06.2026 22:30", "dmy", "2026-06-30T22:30:00Z"),
        ("6/30/2026 10:30:05 PM", "mdy", "2026-06-30T22:30:05Z"),
        ("06/30/2026, 12:00:00 AM", "mdy", "2026-06-30T00:00:00Z"),
        ("2026/06/30 22:30:00.25", "ymd", "2026-06-30T22:30:00.250000Z"),
        ("30-06-2026 22:30 +02:00", "dmy", "2026-06-30T20:30:00Z"),
        # Browsers and Node part the clock and PM by a narrow blank that does not break.
        ("6/30/2026, 10:30:05\u202fPM", "mdy", "2026-06-30T22:30:05Z"),
        ("30.06.2026\u00a022:30", "dmy", "2026-06-30T22:30:00Z"),
    ],
)
def test_dates_in_the_order_of_their_file(written, order, meant):
    assert read(written, format="ordered", order=order, source="UTC") == meant


@pytest.mark.parametrize(
    ("written", "order"),
    [
        ("30.06.26 22:30", "dmy"),
        ("6/30/2026 13:30 PM", "mdy"),
        ("6/30/2026 0:30 AM", "mdy"),
        ("30.06.2026", "dmy"),
        ("30.06-2026 10:00", "dmy"),
        ("13/13/2026 10:00", "dmy"),
    ],
)
def test_dates_that_say_too_little_are_refused(written, order):
    with pytest.raises(times.TimeRefused) as refused:
        read(written, format="ordered", order=order, source="UTC")
    assert refused.value.code == "time.invalid"


def test_one_day_above_twelve_settles_the_order_of_a_file():
    assert times.date_order(["1.2.2026 10:00", "13.2.2026 10:00"]) == ("dmy", False)
    assert times.date_order(["1/2/2026 10:00", "1/13/2026 10:00"]) == ("mdy", False)
    assert times.date_order(["1/2/2026 10:00", "2/1/2026 10:00"]) == (None, False)
    assert times.date_order(["13/2/2026 10:00", "1/13/2026 10:00"]) == (None, True)
    assert times.date_order(["2026/2/13 10:00"]) == ("ymd", False)


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("1782858600", "epoch_s"),
        ("1782858600.123", "epoch_s"),
        ("1782858600123", "epoch_ms"),
        ("1782858600123456", "epoch_us"),
        ("1782858600123456789", "epoch_ns"),
    ],
)
def test_epochs_by_their_magnitude(written, unit):
    assert times.classify(written) == unit
    assert read(written, format=unit).startswith("2026-06-30T22:30:00")
    for other in set(times.EPOCH_UNITS) - {unit}:
        with pytest.raises(times.TimeRefused, match="digits"):
            read(written, format=other)


def test_an_epoch_is_cut_and_not_rounded():
    assert read("1782863999999999999", format="epoch_ns") == "2026-06-30T23:59:59.999999Z"


def test_a_day_begins_where_its_zone_begins_it():
    assert read("2026-04-24", format="date", source="Africa/Cairo", bill="Africa/Cairo") == "2026-04-23T22:00:00Z"
    assert read("2026-06-30", format="date", source="Asia/Kolkata", bill="Asia/Kolkata") == "2026-06-29T18:30:00Z"
    with pytest.raises(times.TimeRefused):
        read("2026-06-30", format="date")


ZONES = [
    "UTC",
    "Europe/Berlin",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/St_Johns",
]


@given(st.integers(10 * 365 * 86_400, 100 * 365 * 86_400), st.sampled_from(ZONES))
def test_a_zone_table_says_what_the_calendar_says(second, name):
    moment = EPOCH + timedelta(seconds=second)
    table = zone_table(name)
    local = moment.astimezone(zone_named(name)).replace(tzinfo=UTC)
    assert table.local(second * SECOND) == instant_of(local)
    assert second * SECOND in table.instants_of(table.local(second * SECOND))


@pytest.mark.parametrize(
    "name", ["Africa/Casablanca", "Asia/Gaza", "America/Sao_Paulo", "Antarctica/Troll", "Asia/Pyongyang"]
)
def test_no_change_of_the_clocks_is_missed(name):
    zone, table = zone_named(name), zone_table(name)
    for day in range((date(1981, 1, 1) - date(1970, 1, 1)).days, (date(2040, 1, 1) - date(1970, 1, 1)).days):
        offset = (EPOCH + timedelta(days=day)).astimezone(zone).utcoffset()
        assert table.offset_at(day * DAY) == offset // timedelta(microseconds=1)


def test_a_span_of_minutes_holds_both_showings_of_a_minute():
    berlin = zone_table("Europe/Berlin")
    twice = int((datetime(2026, 10, 25, 2, 30, tzinfo=UTC) - EPOCH).total_seconds()) // 60
    assert span_of_minutes(berlin, twice, twice) == ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")
    assert span_of_minutes(berlin, None, None) == (None, None)
