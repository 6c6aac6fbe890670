"""The reader of clean files: it says what the plain reader says, and leaves alone what is not for it."""

import builtins
import importlib
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as arrow
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rollcall.formats.times import ISO, reader_of, reading_of
from rollcall.intake import fast
from rollcall.intake.clean import clean_reader, moments, names, read, sums
from rollcall.intake.clean.split import NotClean
from rollcall.intake.request import Bounds
from tests.rollcall.intake import test_readers_agree as agree
from tests.rollcall.intake.readings import reading
from tests.rollcall.intake.test_fast_ways import spoiled

GOOD_USERS = [*agree.USERS[:9], "back\\slash", "null", "=1+1", "#NAME", "\u202eevil", "007"]
LABELS = ["login", "Login", " login", "report.open", "", "a\\tb", "caf\u00e9", "cafe\u0301", "l\u00f6", "(null)"]
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 1))  # noqa: DTZ001 - a clock as written
ZONES = ["Z", "+02:00", "-05:30", "+14:00", "-12:00"]


@pytest.fixture
def taken(monkeypatch):
    """Let the tests see what the reader of clean files made of each file: evidence, or None."""
    found = []

    def read_clean(*asked, **more):
        found.append(read.read_clean(*asked, **more))
        return found[-1]

    monkeypatch.setattr(fast, "clean_reader", lambda: type("Seen", (), {"read_clean": staticmethod(read_clean)}))
    return found


def _clocks(fractions, ends):
    return st.builds(
        lambda at, fraction, by, end: f"{at:%Y-%m-%d}{by}{at:%H:%M:%S}{fraction}{end}",
        INSTANTS,
        st.sampled_from(fractions),
        st.sampled_from("T "),
        st.sampled_from(ends),
    )


def _rows(times):
    return st.lists(
        st.fixed_dictionaries(
            {
                "user_id": st.sampled_from(GOOD_USERS),
                "occurred_at": times,
                "action": st.sampled_from(LABELS),
                "quantity": st.sampled_from(["", "1", "007", "0", "2", "999999999999999"]),
                "instance_id": st.sampled_from(agree.INSTANCES[:4]),
                "note": st.sampled_from(["", "x", "\u00e9", "NaN"]),
            }
        ),
        min_size=1,
        max_size=40,
    )


@settings(max_examples=agree.WELL_WRITTEN, deadline=None, suppress_health_check=list(HealthCheck))
@given(_rows(_clocks(["", "", ".5", ".123456"], ZONES)), agree.COLUMNS, agree.LAYOUT, agree.ASKED)
def test_a_clean_file_is_read_as_the_plain_reader_reads_it(taken, rows, columns, layout, asked):
    for number, row in enumerate(rows):
        row["event_id"] = f"e{number}"
    taken.clear()
    plainly = layout | {"quoting": 0, "delimiter": "|"}
    result = agree.assert_agree(agree.written(rows, columns, plainly), **asked | {"contract_to": None})
    assume(result.rows.read == result.rows.accepted and result.outcome == "accepted")
    [found] = taken
    assert found is not None
    assert found.evidence_rows == result.evidence_rows


@settings(max_examples=agree.WELL_WRITTEN, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    _rows(_clocks(["", ".25"], [""])),
    st.sampled_from(["Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe", "America/Los_Angeles"]),
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland"]),
)
def test_clocks_without_a_zone_mean_what_they_mean_to_the_plain_reader(taken, rows, zone, bill_zone):
    taken.clear()
    columns = ["user_id", "occurred_at", "action", "quantity"]
    data = agree.written(
        rows,
        columns,
        {"delimiter": ",", "quoting": 0, "line_end": "\n", "last_end": True, "mark": False, "encoding": "utf-8"},
    )
    result = agree.assert_agree(data, timezone=bill_zone, source_timezone=zone)
    assume(result.rows.read == result.rows.accepted)
    assert taken[0] is not None


def _reading(zone=None):
    return reading_of(format=ISO, date_order=None, source_timezone=zone, timezone="Europe/Berlin")


def _of(texts, zone=None):
    source = type("Source", (), {"has_local_times": zone is not None, "reading": _reading(zone)})
    found = moments.instants_of(arrow.chunked_array([texts]), source)
    moments.refuse_outside(found, Bounds())
    return found.tolist()


@pytest.mark.parametrize(
    ("time", "zone"),
    [("2026-10-13T13:59:07+02:00", None), ("2024-02-29 20:00:00.5Z", None), ("2026-12-31 23:59:59", "Europe/Berlin")],
)
def test_arrow_takes_no_time_that_the_plain_reader_refuses_and_means_the_same(time, zone):
    plain = reader_of(_reading(zone))
    passed = 0
    for text in spoiled(time, telling=((2, " 049-+:TZ."),)):
        try:
            [found] = _of([text], zone)
        except NotClean:
            continue
        passed += 1
        assert found == plain(text), text
    assert passed > 100


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "Africa/Cairo", "Asia/Kolkata", "America/Sao_Paulo", "Antarctica/Troll"]
)
def test_the_clock_of_the_bill_is_that_of_its_zone_over_years(zone):
    table = reading_of(format=ISO, date_order=None, source_timezone=None, timezone=zone).bill_zone
    first = datetime(1995, 1, 1, tzinfo=UTC)
    instants = [int((first + timedelta(hours=number)).timestamp()) * 1_000_000 for number in range(0, 260_000, 5)]
    found = moments.local_minutes(np.array(instants), table).tolist()
    assert found == [table.local(instant) // 60_000_000 for instant in instants]


GOOD = "ann,2026-06-01T10:00:00Z,login,1\n"
HEADER = "user,time,action,quantity\n"


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("there is no row", ""),
        ("a row is bad", GOOD + "bob,now,login,1\n"),
        ("a user is empty", GOOD + ",2026-06-01T10:00:00Z,login,1\n"),
        ("a row is short", GOOD + "bob,2026-06-01T10:00:00Z\n"),
        ("a row is long", GOOD + "bob,2026-06-01T10:00:00Z,login,1,\n"),
        ("a quote stands far behind", GOOD * 60_000 + '"bob",2026-06-01T10:00:00Z,login,1\n'),
        ("a byte far behind is no text", GOOD.encode() * 60_000 + b"b\xf6b,2026-06-01T10:00:00Z,login,1\n"),
        ("a line ends otherwise", GOOD * 60_000 + "bob,2026-06-01T10:00:00Z,login,1\r\n"),
        ("a quantity has a fraction", GOOD + "bob,2026-06-01T10:00:00Z,login,1.5\n"),
        ("a sum might leave 64 bits", GOOD + "bob,2026-06-01T10:00:00Z,login,999999999999999\n" * 9_300),
        ("a quantity is negative", GOOD + "bob,2026-06-01T10:00:00Z,login,-1\n"),
        ("an action is too long", GOOD + f"bob,2026-06-01T10:00:00Z,{'x' * 600},1\n"),
        ("a minute has no second", GOOD + "bob,2026-06-01T10:00Z,login,1\n"),
        ("the header stands twice", GOOD + HEADER + GOOD),
    ],
    ids=lambda told: told if isinstance(told, str) and len(told) < 60 else "",
)
def test_what_is_not_clean_is_left_to_the_others_whole(taken, why, text):
    data = HEADER.encode() + (text.encode() if isinstance(text, str) else text)
    agree.assert_agree(data)
    assert taken == [None], why


@pytest.mark.parametrize(
    "text",
    [
        HEADER + GOOD * 3 + "\n",
        HEADER.replace("\n", "\r\n") + GOOD.replace("\n", "\r\n") * 3,
        "\ufeff" + HEADER + GOOD.removesuffix("\n"),
        "# usage of June\n\n" + HEADER + GOOD + "\n\n" + GOOD,
    ],
    ids=["a blank line at the end", "lines of Windows", "a mark and an open end", "blank lines before and between"],
)
def test_a_clean_file_may_look_like_this(taken, text):
    result = agree.assert_agree(text.encode())
    assert taken[0] is not None
    assert result.outcome == "accepted"


def test_rows_are_alike_as_they_are_written_not_as_they_are_meant(tmp_path, taken):
    same = ["ann,2026-06-01T10:00:00Z,login,1"] * 3
    meant = [
        "ann,2026-06-01T10:00:00+00:00,login,1",
        "ann,2026-06-01 10:00:00Z,login,1",
        "ANN,2026-06-01T10:00:00Z,login,01",
    ]
    result = agree.assert_agree((HEADER + "\n".join([*same, *meant]) + "\n").encode())
    assert taken[0].equal == 2
    assert result.rows.accepted == 6


@pytest.mark.parametrize(("last", "is_clean"), [("11:59:59.999999", True), ("12:00:00", False)])
def test_an_owned_span_ends_before_its_end(taken, last, is_clean):
    text = HEADER + GOOD + f"bob,2026-06-15T{last}Z,login,1\n"
    spans = (("2026-06-01T10:00:00Z", "2026-06-15T12:00:00Z"),)
    assert agree.assert_agree(text.encode(), spans=spans).rows.not_owned == (not is_clean)
    assert (taken[0] is not None) == is_clean


@pytest.mark.parametrize(
    ("bound", "is_clean"),
    [
        ({"contract_from": "2026-06-01T10:00:00Z"}, True),
        ({"contract_from": "2026-06-01T10:00:01Z"}, False),
        ({"contract_to": "2026-06-01T10:00:01Z"}, True),
        ({"contract_to": "2026-06-01T10:00:00Z"}, False),
        ({"now": "2026-06-01T10:00:00Z"}, True),
        ({"now": "2026-06-01T09:59:59Z"}, False),
    ],
    ids=str,
)
def test_a_bound_is_the_same_for_both(taken, bound, is_clean):
    other = "bob,2026-06-01T10:00:00Z,view,\n"
    agree.assert_agree((HEADER + GOOD + other).encode(), **bound)
    assert (taken[0] is not None) == is_clean


def test_a_month_of_users_who_were_never_there_before_is_told(taken):
    rows = [f"{month}-{number},2026-{month:02d}-10T10:00:00Z,login,1\n" for month in (4, 5, 7) for number in range(6)]
    result = agree.assert_agree((HEADER + "".join(rows)).encode())
    assert [month[1:] for month in taken[0].months] == [(6, 0), (6, 0), (6, 0)]
    assert [remark.message[:7] for remark in result.remarks if remark.code == "users.all_new"] == ["2026-05"]


def test_event_ids_stand_once_or_another_reader_tells_which_counts(tmp_path, taken):
    rows = [f"e{number},ann,2026-06-01T10:00:0{number % 10}Z,login\n" for number in range(30)]
    header = "event_id,user_id,occurred_at,action\n"
    assert agree.assert_agree((header + "".join(rows)).encode()).rows.duplicate == 0
    assert agree.assert_agree((header + "".join(rows) + rows[4]).encode()).rows.duplicate == 1
    assert (
        agree.assert_agree((header + "".join(rows) + ",bob,2026-06-01T10:00:00Z,login\n").encode()).rows.accepted == 31
    )
    assert [found is not None for found in taken] == [True, False, False]


@pytest.mark.parametrize(
    ("room", "what", "value"),
    [(sums, "_BITS", 10), (sums, "_MOST_ALIKE", 1), (names, "_MOST_USERS", 0), (names, "_MOST_QUANTITIES", 0)],
)
def test_what_does_not_fit_is_left_to_the_others(taken, monkeypatch, room, what, value):
    monkeypatch.setattr(room, what, value)
    agree.assert_agree((HEADER + GOOD * 3).encode())
    assert taken == [None]


@pytest.mark.parametrize(("what", "value"), [("_MOST_ROWS", 2), ("KEPT_BYTES", 60)])
def test_a_large_file_is_left_to_the_reader_that_keeps_no_row(taken, monkeypatch, what, value):
    monkeypatch.setattr(read, what, value)
    agree.assert_agree((HEADER + GOOD * 3).encode())
    assert taken == [None]


def test_a_file_is_read_without_the_libraries_too(tmp_path, monkeypatch):
    text = HEADER + GOOD * 3
    quickly = reading(tmp_path, text)
    for name in [name for name in sys.modules if name.startswith("rollcall.intake.clean.")]:
        monkeypatch.delitem(sys.modules, name)
    there = builtins.__import__

    def missing(name, *asked, **more):
        if name.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return there(name, *asked, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    clean_reader.cache_clear()
    try:
        assert clean_reader() is None
        assert reading(tmp_path, text) == quickly
    finally:
        clean_reader.cache_clear()
    monkeypatch.setattr(builtins, "__import__", there)
    assert importlib.import_module("rollcall.intake.clean.read") is clean_reader()
    clean_reader.cache_clear()
