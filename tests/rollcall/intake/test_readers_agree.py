"""The fast reader says what the plain reader says: the same rows, digest, names, findings and words."""

import csv
import io
import os
import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rollcall.intake.readings import HEADER, assert_sound, evidence_of, names_of, reading

USERS = [
    "ann", "ann ", "ANN", "bob@corp.example", "zo\u00eb", "zoe\u0308", "\u200bann", "Stra\u00dfe", "strasse", "", " ", '""',
    "7.12345E+11", '="007"', "007", "7", "#N/A", "x" * 513, "semi;colon", "tab\there", "com,ma", 'quo"te', "new\nline",
    "=1+1", "null", "\u202eevil", "back\\slash",
]  # fmt: skip
TIMES = [
    "2026-06-01T00:00:00Z", "2026-06-01T00:00:00+02:00", "2026-06-30T23:59:59.999999999Z", "2026-06-15 12:00:00Z",
    "2026-06-15T12:00:00-05:00", "2026-06-15T12:00:00+0530", "2026-06-15T12:00Z", "2026-06-15T12:00:00", "2026-06-15",
    "2026-03-29T02:30:00+01:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-06-31T00:00:00Z",
    "2026-06-30T24:00:00Z", "2026-06-30T23:59:60Z", "2026-06-15T12:00:00+15:00", "2026-06-15T12:00:00 UTC", "", "now",
    "1970-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2026-08-01T00:00:00Z", "infinity",
    "2026-06-15T12:00:00.1Z", "2026-06-15T12:00:00,1Z", " 2026-06-15T12:00:00Z", "2026-06-15T12:00:00z",
    "2026-06-15T12:00:00Europe/Berlin", "\u0662026-06-15T12:00:00Z", "2026-06-15T12:00:00+14:00", "0001-01-01T00:00:00Z",
]  # fmt: skip
GOOD_TIMES = TIMES[:5]
ACTIONS = [
    "login",
    "Login",
    " login",
    "report.open",
    "",
    "a\tb",
    "a\\tb",
    "caf\u00e9",
    "cafe\u0301",
    "l\u00f6",
    '"',
    "x" * 600,
]
QUANTITIES = [
    "",
    "1",
    "007",
    "2.50",
    "2.5",
    "0",
    "-1",
    "1e3",
    "1_000",
    "0x10",
    "+5",
    " 5",
    "999999999999999",
    "0.000001",
    "1.6789012",
]
INSTANCES = ["", "eu-1", "EU-1", "eu-1 ", "us;2"]
IDS = st.one_of(st.integers(0, 10**6).map(lambda number: f"e{number}"), st.sampled_from(["", "dup", "dup ", "E1"]))

# Generated files that are compared; many more in `make campaign`.
CAMPAIGN = bool(os.environ.get("ROLLCALL_CAMPAIGN"))
WELL_WRITTEN, BROKEN = (2_500, 2_500) if CAMPAIGN else (120, 150)

mostly = st.integers(0, 9)


def _often(good, every):
    return mostly.flatmap(lambda number: st.sampled_from(every if number == 0 else good))


ROWS = st.fixed_dictionaries(
    {
        "user_id": _often(USERS[:6], USERS),
        "occurred_at": _often(GOOD_TIMES, TIMES),
        "action": _often(ACTIONS[:4], ACTIONS),
        "quantity": _often(QUANTITIES[:4], QUANTITIES),
        "instance_id": st.sampled_from(INSTANCES),
        "event_id": IDS,
        "note": st.sampled_from(["", "x", 'say "hi"', "two\nlines", "a,b"]),
    }
)
COLUMNS = st.permutations(["user_id", "occurred_at", "action", "quantity", "instance_id", "event_id", "note"]).flatmap(
    lambda order: st.sets(st.sampled_from(["action", "quantity", "instance_id", "event_id", "note"])).map(
        lambda left_out: [name for name in order if name not in left_out]
    )
)
LAYOUT = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ",", ";", "\t", "|"]),
        "line_end": st.sampled_from(["\n", "\n", "\r\n"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        "mark": st.booleans(),
        "encoding": st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16"]),
        "last_end": st.booleans(),
    }
)
ASKED = st.fixed_dictionaries(
    {
        "timezone": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Los_Angeles"]),
        "source_timezone": st.sampled_from([None, None, "Europe/Berlin", "Africa/Cairo"]),
        "contract_from": st.sampled_from([None, "2026-01-01"]),
        "contract_to": st.sampled_from([None, "2027-01-01"]),
        "now": st.sampled_from([None, "2026-07-02T00:00:00Z"]),
        "instance": st.sampled_from(["", "main"]),
        "spans": st.sampled_from(
            [
                None,
                None,
                (("2026-06-01T00:00:00Z", "2026-06-15T12:00:00Z"), ("2026-06-20T00:00:00Z", "2026-07-01T00:00:00Z")),
            ]
        ),
    }
)


def written(rows, columns, layout):
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer, delimiter=layout["delimiter"], lineterminator=layout["line_end"], quoting=layout["quoting"]
    )
    writer.writerow(columns)
    for row in rows:
        writer.writerow([row[name] for name in columns])
    text = buffer.getvalue()
    if not layout["last_end"]:
        text = text.removesuffix(layout["line_end"])
    mark = b"\xef\xbb\xbf" if layout["mark"] and layout["encoding"] == "utf-8" else b""
    return mark + text.encode(layout["encoding"])


def assert_agree(data: bytes, **asked):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = reading(folder, data, engine="plain", **asked)
        fast = reading(folder, data, engine="columnar", **asked)
        assert fast.to_json() | {"engine": ""} == plain.to_json() | {"engine": ""}
        assert (folder / "columnar" / "findings.csv").read_bytes() == (folder / "plain" / "findings.csv").read_bytes()
        if plain.evidence_file:
            assert_sound(folder, plain, "plain")
            assert evidence_of(folder, "columnar") == evidence_of(folder, "plain")
            assert names_of(folder, "columnar") == names_of(folder, "plain")
        return fast


@settings(max_examples=WELL_WRITTEN, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROWS, max_size=25), COLUMNS, LAYOUT, ASKED)
def test_both_readers_agree_on_well_written_files(rows, columns, layout, asked):
    assert_agree(written(rows, columns, layout), **asked)


BREAKS = st.sampled_from(
    [b"\n", b"\n\n", b"\r", b"\x00", b'"', b'""', b",", b",,,,", b"\xff", b"\xed\xa0\x80", b"\x1a", b"\n\r\n", b" ", b"\xe2\x80\xa8",
     b"user_id,occurred_at,action\n", b"# a comment\n", b"\n,,\n", b'"a\nb"', b"\x00" * 20]
)  # fmt: skip


@settings(max_examples=BROKEN, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(ROWS, min_size=1, max_size=12),
    st.lists(st.tuples(st.floats(0, 1), BREAKS), min_size=1, max_size=3),
    LAYOUT,
)
def test_both_readers_agree_on_broken_files(rows, breaks, layout):
    data = written(rows, ["user_id", "occurred_at", "action"], layout | {"encoding": "utf-8"})
    for where, inserted in breaks:
        place = int(where * len(data))
        data = data[:place] + inserted + data[place:]
    assert_agree(data, timezone="Europe/Berlin")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(315_532_800, 4_102_444_799), min_size=1, max_size=30),
    st.sampled_from([("", 1), ("000", 1), ("000000", 1), ("000000000", 1)]),
    st.sampled_from(["UTC", "Europe/Berlin", "Africa/Cairo", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu"]),
)
def test_both_readers_agree_on_every_instant_in_every_zone(seconds, unit, zone):
    rows = "".join(f"u{number % 3},{second}{unit[0]}\n" for number, second in enumerate(seconds) if second >= 10**9)
    result = assert_agree(("user,time\n" + rows).encode(), timezone=zone)
    if rows:
        assert (result.outcome, result.engine) == ("accepted", "columnar")


LOCAL_TIMES = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31))  # noqa: DTZ001


@settings(max_examples=60, deadline=None)
@given(
    st.lists(LOCAL_TIMES, min_size=1, max_size=10),
    st.lists(
        st.sampled_from(
            ["2026-03-29 01:59:59", "2026-03-29 02:00:00", "2026-03-29 02:59:59", "2026-03-29 03:00:00", "2026-10-25 02:00:00",
             "2026-10-25 02:59:59", "2026-10-25 03:00:00", "2026-04-24 00:30:00", "2026-04-24 01:00:00", "2026-10-29 23:30:00"]
        ),
        max_size=6,
    ),
    st.sampled_from(["Europe/Berlin", "Africa/Cairo", "America/Los_Angeles", "Australia/Lord_Howe"]),
    st.sampled_from(["UTC", "Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe"]),
)  # fmt: skip
def test_both_readers_agree_on_times_without_a_zone(drawn, edges, source_zone, zone):
    times = [moment.strftime("%Y-%m-%d %H:%M:%S") for moment in drawn] + edges
    rows = "".join(f"u{number % 3},{time}\n" for number, time in enumerate(times))
    assert_agree(("user,time\n" + rows).encode(), timezone=zone, source_timezone=source_zone)


@pytest.mark.parametrize(
    "spoiled", [b"ann,2026-06-31T00:00:00Z,login\n", b"ann,2026-06-01T10:00:00Z\n", b",2026-06-01T10:00:00Z,login\n"]
)
def test_one_bad_row_among_good_ones_leaves_the_fast_readers_evidence(spoiled):
    rows = b"".join(b"u%d,2026-06-%02dT10:00:00Z,login\n" % (number % 7, number % 28 + 1) for number in range(500))
    result = assert_agree(b"user,time,action\n" + rows + spoiled + rows)
    assert (result.outcome, result.engine, result.rows.accepted) == ("quarantined", "columnar", 1000)
    assert [finding.line for finding in result.findings] == [502]


def test_repeated_and_conflicting_ids_leave_the_fast_readers_evidence():
    rows = [f"e{number},u{number % 7},2026-06-{number % 28 + 1:02d}T10:00:00Z,login,1.5\n" for number in range(400)]
    again = [rows[5], rows[9].replace("u2", "U2"), rows[20].replace("login", "view"), rows[30].replace("u2", "new")]
    text = "event_id,user,time,action,quantity\n" + "".join([*rows, *again, ",u1,2026-06-01T10:00:00Z,login,2\n"])
    result = assert_agree(text.encode(), timezone="Asia/Kolkata")
    assert (result.engine, result.rows.accepted, result.rows.duplicate) == ("columnar", 401, 2)
    assert [(finding.line, finding.code) for finding in result.findings] == [
        (404, "event_id.conflict"),
        (405, "event_id.conflict"),
    ]


@pytest.mark.parametrize(
    ("behind", "engine"),
    [
        (b'"ann",2026-06-01T10:00:00Z,"log, in"\n', "columnar"),
        (b'ann,2026-06-01T10:00:00Z,lo"gin\n', "plain"),
        (b"a\x02nn,2026-06-01T10:00:00Z,login\n", "columnar"),
        (b"u1,2026-06-02T10:00:00Z,login\r\n", "plain"),
        (b"a\x00nn,2026-06-01T10:00:00Z,login\n", "plain"),
        (b"a\xffnn,2026-06-01T10:00:00Z,login\n", "plain"),
        (b"u1,2026-06-02T10:00:00Z,login", "columnar"),
    ],
)
def test_what_stands_far_behind_the_beginning_is_seen_while_the_file_is_read(behind, engine):
    rows = b"".join(b"u%d,2026-06-%02dT10:00:00Z,login\n" % (number % 7, number % 28 + 1) for number in range(40_000))
    result = assert_agree(b"user,time,action\n" + rows + behind)
    assert result.engine == engine


@pytest.mark.parametrize(("last", "kept_apart"), [("login,", 1), ("login,,", 1), ("", 0)])
def test_a_last_line_without_an_end_has_the_columns_that_it_has(tmp_path, last, kept_apart):
    text = f"{HEADER}e0,ann,2026-06-01T00:00:00Z,login\ne1,bob,2026-06-02T00:00:00Z,{last}"
    plain, fast = (reading(tmp_path, text, engine=engine) for engine in ("plain", "columnar"))
    assert fast.to_json() | {"engine": ""} == plain.to_json() | {"engine": ""}
    assert plain.rows.quarantined == kept_apart


ROW, QUOTED = "ann,2026-06-01T00:00:00Z,login", '"ann","2026-06-01T00:00:00Z","log,in"'


@pytest.mark.parametrize("surplus", [",", ",,", ',""', ',,""', '"",'])
@pytest.mark.parametrize("row", [ROW, QUOTED])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_empty_column_too_many_keeps_its_line_apart_wherever_it_stands(surplus, row, end):
    """DuckDB overlooks empty columns at the end of a line."""
    for lines in ([row + surplus, row], [row, row + surplus, row], [row, row + surplus]):
        for last in (end, ""):
            text = end.join(["user,time,action", *lines]) + last
            result = assert_agree(text.encode())
            assert (result.rows.accepted, result.rows.quarantined) == (len(lines) - 1, 1), text


def test_a_last_column_that_is_empty_is_no_column_too_many():
    for quoted in (False, True):
        action = '"log,in"' if quoted else "login"
        rows = f"ann,2026-06-01T00:00:00Z,{action},\nbob,2026-06-02T00:00:00Z,{action},x\n" * 50
        result = assert_agree(("user,time,action,note\n" + rows).encode())
        assert (result.engine, result.rows.accepted) == ("columnar", 100)


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_character_that_no_program_writes_tells_two_rows_apart(end):
    rows = end.join([ROW, ROW + "\x02"]) if end else f"{ROW}\n{ROW}\x02"
    result = assert_agree(f"user,time,action{end or chr(10)}{rows}{end}".encode())
    assert (result.rows.accepted, [remark.code for remark in result.remarks]) == (2, [])


@pytest.mark.parametrize(
    "spaced", ['"ann","2026-06-01T00:00:00Z","login" ', '"ann" ,"2026-06-01T00:00:00Z","login"',
               '"ann",  "2026-06-01T00:00:00Z","login"', ' "ann","2026-06-01T00:00:00Z","login"']
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_space_beside_a_quoted_field_is_seen_by_both_readers(spaced, end):
    """DuckDB takes the space away, as if the quotes stood at the edges of their field."""
    for lines in ([spaced], [QUOTED, spaced], [QUOTED, spaced, QUOTED]):
        for last in (end, ""):
            assert_agree((end.join(['"user","time","action"', *lines]) + last).encode())
