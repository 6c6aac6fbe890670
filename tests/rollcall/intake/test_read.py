"""Reading a report: duplicates, bounds, ownership, limits, closed months, and the sums that evidence holds."""

import gzip
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.limits import LimitRefused, Limits
from rollcall.intake.request import ReadRequest, RequestRefused
from rollcall.rows import EvidenceRow
from rollcall.terms.identity import user_ref
from tests.rollcall.intake.readings import HEADER, assert_sound, evidence_of, lines_of, names_of, reading

ENGINES = pytest.mark.parametrize("engine", ["plain", "columnar"])
SALT = bytes.fromhex("5a" * 32)


def event(number, user="ann", at="2026-06-10T08:00:00Z", action="login"):
    return f"e{number},{user},{at},{action}\n"


@ENGINES
def test_rows_of_one_user_instance_action_and_day_add_up(tmp_path, engine):
    text = (
        "time,user,action,instance_id,quantity\n"
        "2026-06-10T08:00:30Z,Ann,login,eu,2.50\n"
        "2026-06-10T21:59:59Z,ann ,login,eu,1.25\n"
        "2026-06-10T22:00:00Z,ann,login,eu,\n"
        "2026-06-10T09:00:00Z,ann,login,us,7\n"
        "2026-06-10T09:00:00Z,ann,view,,0\n"
    )
    result = reading(tmp_path, text, engine=engine, timezone="Europe/Berlin", instance="main")
    ann = user_ref(SALT, "ann")
    first, second = date(2026, 6, 10), date(2026, 6, 11)
    assert evidence_of(tmp_path, engine) == [
        EvidenceRow(ann, "eu", "login", first, 2, Decimal("3.75"), 600, 1439),
        EvidenceRow(ann, "eu", "login", second, 1, None, 0, 0),
        EvidenceRow(ann, "main", "view", first, 1, Decimal(0), 660, 660),
        EvidenceRow(ann, "us", "login", first, 1, Decimal(7), 660, 660),
    ]
    assert names_of(tmp_path, engine) == [{"user_ref": ann, "user_key": "ann", "raw": "Ann"}]
    assert (result.first_at, result.last_at) == ("2026-06-10T08:00:00Z", "2026-06-10T22:00:00Z")
    assert_sound(tmp_path, result, engine)


@ENGINES
def test_a_repeated_event_counts_once(tmp_path, engine):
    text = HEADER + event(1) + event(2) + event(1) + event(1, at="2026-06-10T10:00:00+02:00", user="ANN")
    result = reading(tmp_path, text, engine=engine)
    assert (result.outcome, result.rows.accepted, result.rows.duplicate) == ("accepted", 2, 2)
    assert_sound(tmp_path, result, engine)


@ENGINES
def test_the_same_id_with_other_content_is_a_finding(tmp_path, engine):
    text = HEADER + event(1) + event(2) + event(1, user="bob")
    result = reading(tmp_path, text, engine=engine)
    assert (result.outcome, result.rows.accepted, lines_of(result)) == ("quarantined", 2, [(4, "event_id.conflict")])
    assert result.findings[0].message == "The event id 'e1' occurs on line 2 with other content."


@ENGINES
def test_equal_rows_without_an_id_are_reported_and_kept(tmp_path, engine):
    row = "ann,2026-06-10T08:00:00Z,login\n"
    result = reading(tmp_path, "user,time,action\n" + row * 3, engine=engine)
    assert (result.rows.accepted, result.rows.duplicate) == (3, 0)
    assert [remark.message for remark in result.remarks] == [
        "2 rows without an event id repeat another row; all are kept."
    ]


def test_events_of_several_files_are_told_apart_by_their_ids(tmp_path):
    first = HEADER + event(1) + event(2)
    second = HEADER + event(2) + event(3) + event(1, user="bob")
    result = reading(tmp_path, first, second)
    assert (result.rows.accepted, result.rows.duplicate) == (3, 1)
    assert [(finding.file, finding.line) for finding in result.findings] == [("part1.csv", 4)]
    assert "line 2 of part0.csv" in result.findings[0].message


def test_a_file_that_repeats_a_part_of_another_is_a_question(tmp_path):
    whole = HEADER + event(1) + event(2) + event(3)
    result = reading(tmp_path, whole, HEADER + event(1) + event(3))
    assert (result.outcome, [question.code for question in result.questions]) == ("needs_answer", ["file.replaces"])
    assert result.questions[0].choices == ("replaces", "adds")
    assert "part1.csv repeats part0.csv without 1 of its rows" in result.message


@pytest.mark.parametrize(("answer", "rows", "users"), [("replaces", (2, 2), 1), ("adds", (5, 3), 2)])
def test_a_file_that_repeats_a_part_of_another_replaces_it_or_adds_to_it(tmp_path, answer, rows, users):
    whole = HEADER + event(1) + event(2, user="bob") + event(3)
    result = reading(tmp_path, whole, HEADER + event(1) + event(3), repeated_files=answer)
    assert (result.outcome, (result.rows.read, result.rows.accepted), result.users) == ("accepted", rows, users)
    assert_sound(tmp_path, result)
    said = ["part0.csv does not count: another file of the report replaces it."] if answer == "replaces" else []
    assert [remark.message for remark in result.remarks if remark.code == "file.replaces"] == said


def test_the_same_file_twice_changes_nothing(tmp_path):
    text = HEADER + event(1) + event(2)
    once, twice = reading(tmp_path, text), reading(tmp_path, text, text)
    assert (twice.rows.accepted, twice.rows.duplicate, twice.digest) == (2, 2, once.digest)


def test_a_refusal_of_several_files_names_the_file(tmp_path):
    result = reading(tmp_path, HEADER + event(1), b"", names=("june.csv", "july.csv"))
    assert (result.outcome, result.message[:9]) == ("rejected", "july.csv:")


@ENGINES
def test_order_of_rows_and_packing_do_not_change_the_digest(tmp_path, engine):
    rows = [event(number, user=f"u{number % 7}", at=f"2026-06-{number % 30 + 1:02d}T08:00:00Z") for number in range(99)]
    forward = reading(tmp_path, HEADER + "".join(rows), engine=engine)
    backward = reading(tmp_path, HEADER + "".join(reversed(rows)), engine=engine)
    packed = reading(tmp_path, gzip.compress((HEADER + "".join(rows)).encode()), engine=engine)
    assert forward.digest == backward.digest == packed.digest


@ENGINES
def test_rows_of_another_report_leave_no_evidence(tmp_path, engine):
    rows = "".join(event(day, user=f"u{day}", at=f"2026-06-{day:02d}T00:00:00Z") for day in range(1, 31))
    spans = (("2026-06-05T00:00:00Z", "2026-06-10T00:00:00Z"), ("2026-06-20T00:00:00Z", "2026-07-01T00:00:00Z"))
    result = reading(tmp_path, HEADER + rows + ",,2026-06-01T00:00:00Z,login\n", engine=engine, spans=spans)
    assert (result.rows.accepted, result.rows.not_owned, result.rows.quarantined) == (16, 14, 1)
    assert result.days[0] == "2026-06-05"
    assert len(names_of(tmp_path, engine)) == 16
    assert_sound(tmp_path, result, engine)
    nothing = reading(tmp_path, HEADER + rows, engine=engine, spans=())
    assert (nothing.outcome, nothing.rows.not_owned, nothing.evidence_rows) == ("accepted", 30, 0)
    assert_sound(tmp_path, nothing, engine)


def test_late_rows_of_a_closed_month_are_a_question(tmp_path):
    text = HEADER + event(1, at="2026-05-31T22:30:00Z") + event(2, at="2026-05-31T21:59:59Z") + event(3)
    result = reading(tmp_path, text, closed=("2026-05",), timezone="Europe/Berlin")
    assert (result.outcome, result.questions[0].code) == ("needs_answer", "period.closed")
    assert result.message.startswith("1 row belongs to 2026-05, which is closed.")
    assert reading(tmp_path, text, closed=("2026-04",), timezone="Europe/Berlin").outcome == "accepted"


@ENGINES
def test_bounds_are_half_open_and_in_the_zone_of_the_bill(tmp_path, engine):
    text = HEADER + "".join(
        event(number, at=at)
        for number, at in enumerate(
            ["2025-12-31T22:59:59Z", "2025-12-31T23:00:00Z", "2026-12-31T22:59:59Z", "2026-12-31T23:00:00Z"]
        )
    )
    asked = {"contract_from": "2026-01-01", "contract_to": "2027-01-01", "timezone": "Europe/Berlin"}
    result = reading(tmp_path, text, engine=engine, **asked)
    assert lines_of(result) == [(2, "time.outside_contract"), (5, "time.outside_contract")]
    exact = reading(tmp_path, text, engine=engine, now="2026-12-31T22:59:59Z")
    assert lines_of(exact) == [(5, "time.future")]


@ENGINES
def test_a_file_of_mostly_bad_rows_is_refused_whole(tmp_path, engine):
    good = [event(number) for number in range(100)]
    bad = [event(number, user="") for number in range(100, 201)]
    few = reading(tmp_path, HEADER + "".join(good[:1] + bad[:99]), engine=engine)
    assert (few.outcome, few.rows.quarantined) == ("quarantined", 99)
    many = reading(tmp_path, HEADER + "".join(good + bad), engine=engine)
    assert (many.outcome, many.code, many.evidence_file) == ("rejected", "rows.too_many_quarantined", None)
    assert "101 of 201 rows" in many.message
    assert "line 102" in many.message
    assert not (tmp_path / engine / "evidence.parquet").exists()
    allowed = reading(tmp_path, HEADER + "".join(good + bad), engine=engine, limits=Limits(quarantined_percent=60))
    assert allowed.outcome == "quarantined"


@ENGINES
def test_all_findings_are_in_the_file_and_the_first_in_the_answer(tmp_path, engine):
    text = (
        HEADER
        + event(0)
        + "".join(event(number, user="=cmd") + event(number + 5000, user="") for number in range(1, 50))
    )
    result = reading(tmp_path, text, engine=engine, limits=replace(Limits(), findings=10, quarantined_percent=99))
    assert (len(result.findings), result.finding_counts) == (10, {"user.empty": 49})
    written = (tmp_path / engine / "findings.csv").read_text().splitlines()
    assert len(written) == 50
    assert written[1].startswith('"part0.csv","4","user_id","user.empty"')


def test_findings_are_safe_to_open_in_a_spreadsheet(tmp_path):
    reading(tmp_path, "user,time\nann,=HYPERLINK(1)\nann,2026-06-10T08:00:00Z\n")
    written = (tmp_path / "columnar" / "findings.csv").read_text()
    assert '"\'=HYPERLINK(1)"' in written


def test_a_limit_of_rows_and_columns_refuses(tmp_path):
    text = HEADER + "".join(event(number) for number in range(20))
    assert reading(tmp_path, text, engine="plain", limits=Limits(rows=19)).code == "size.rows"
    assert reading(tmp_path, text, limits=Limits(rows=19)).code == "size.rows"
    assert reading(tmp_path, text, limits=Limits(columns=3)).code == "size.columns"


@pytest.mark.parametrize(
    "spoiled",
    [
        'e1,"ann,2026-06-10T08:00:00Z,login\n' + event(2) + event(3),
        'e1,"ann,2026-06-10T08:00:00Z,login\n' + event(2) + 'e3,"bob",2026-06-10T08:00:00Z,login\n',
        'e1,ann,2026-06-10T08:00:00Z,"login\n' + event(2) + 'e3,bob,2026-06-10T08:00:00Z,login"\n',
    ],
    ids=["never closed", "closed by the next quote", "closed at the end of a field"],
)
@ENGINES
def test_a_quote_never_swallows_rows(tmp_path, engine, spoiled):
    result = reading(tmp_path, HEADER + event(0) + spoiled, engine=engine)
    assert (result.outcome, result.code) == ("rejected", "row.quote")
    assert "line 3" in result.message


@ENGINES
def test_a_note_over_several_lines_is_one_row(tmp_path, engine):
    text = 'user,time,note\nann,2026-06-10T08:00:00Z,"one\ntwo ""2026""\r\nthree"\n,2026-06-10T08:00:00Z,x\n'
    result = reading(tmp_path, text, engine=engine)
    assert (result.rows.accepted, lines_of(result)) == (1, [(5, "user.empty")])


@ENGINES
def test_another_encoding_is_read_when_a_person_named_it(tmp_path, engine):
    text = HEADER + event(1, user="m\xfcller") + event(2, user="M\xdcLLER") + event(3, user="m\u20acller")
    asked = {"delimiter": ",", "columns": {"user": "user_id", "at": "occurred_at", "event_id": "event_id"}}
    mapping = ColumnMapping.from_json(asked | {"encoding": "cp1252"})
    result = reading(tmp_path, text.encode("cp1252"), engine=engine, mapping=mapping)
    assert (result.outcome, result.users) == ("accepted", 2)
    assert {name["user_key"] for name in names_of(tmp_path, engine)} == {"m\xfcller", "m\u20acller"}


def test_placeholders_for_nobody_are_pointed_out(tmp_path):
    result = reading(tmp_path, HEADER + event(1, user="NULL") + event(2, user="anonymous") + event(3))
    assert [remark.code for remark in result.remarks] == ["user.placeholder"]
    assert "anonymous, null" in result.remarks[0].message
    assert result.users == 3


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"files": ()}, "files"),
        ({"engine": "turbo"}, "engine"),
        ({"salt_hex": "xyz"}, "salt_hex"),
    ],
)
def test_a_request_without_meaning_is_refused(change, named):
    whole = {"files": ("a",), "filenames": ("a",), "out_dir": "x"}
    with pytest.raises(RequestRefused, match=named):
        ReadRequest(**(whole | change))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"contract_from": "June"}, "contract_from"),
        ({"now": "2026-07-01T00:00:00"}, "zone"),
        ({"spans": (("2026-07-01T00:00:00Z", "2026-06-01T00:00:00Z"),)}, "span"),
        ({"closed": ("June",)}, "closed"),
    ],
)
def test_bounds_without_meaning_are_refused(change, named):
    request = ReadRequest(**({"files": ("a",), "filenames": ("a",), "out_dir": "x"} | change))
    with pytest.raises(RequestRefused, match=named):
        request.bounds()


def test_unknown_keys_are_refused():
    with pytest.raises(RequestRefused, match="file"):
        ReadRequest.from_json({"file": "x"})
    with pytest.raises(LimitRefused, match="speed"):
        Limits.from_json({"speed": 1})
    with pytest.raises(LimitRefused, match="rows"):
        Limits.from_json({"rows": "many"})
