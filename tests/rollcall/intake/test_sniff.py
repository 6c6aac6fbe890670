"""What a file is, before it is read: shape, mapping, preview, questions, and the span that it seems to cover."""

import gzip
import json

import pytest

from rollcall.formats.mapping import ColumnMapping, MappingRefused
from rollcall.intake.sniff import sniff
from rollcall.intake.text import ENCODINGS
from tests.rollcall.intake.readings import lines_of, reading

ROWS = [("ann", "2026-06-02T10:00:00Z", "login"), ("bob", "2026-06-29T10:00:00+02:00", "view")]


def sniffed(folder, text, name="usage.csv", **asked):
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return sniff(file, filename=name, **asked)


def csv_of(header, rows=ROWS, delimiter=","):
    return "".join(delimiter.join(row) + "\n" for row in [header, *rows])


def test_a_plain_export_needs_no_question(tmp_path):
    found = sniffed(tmp_path, csv_of(("user_id", "occurred_at", "action")))
    assert (found.outcome, found.kind, found.format, found.questions) == ("ok", "events", "csv", ())
    assert (found.compression, found.encoding, found.delimiter, found.header_line) == ("none", "utf-8", ",", 1)
    assert (found.first_at, found.last_at) == ("2026-06-02T10:00:00Z", "2026-06-29T08:00:00Z")
    assert found.columns[0] == {"name": "user_id", "samples": ["ann", "bob"], "values": ["ann", "bob"]}
    assert found.preview == tuple(ROWS)
    assert found.mapping.to_json()["columns"] == {
        "user": "user_id",
        "at": "occurred_at",
        "action": "action",
        "event_id": None,
        "quantity": None,
        "instance": None,
        "outcome": None,
    }
    assert type(found).from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "header", [("User", "Timestamp", "Event"), (" user-id ", "TIME", "Action"), ("USER ID", "Occurred At", "action")]
)
def test_names_are_recognized_in_any_case_and_with_any_delimiter(tmp_path, header, delimiter):
    found = sniffed(tmp_path, csv_of(header, delimiter=delimiter))
    assert (found.delimiter, found.questions) == (delimiter, ())
    assert [found.mapping.columns[role] for role in ("user", "at", "action")] == [name.strip() for name in header]


def test_lines_before_the_header_are_passed_over(tmp_path):
    text = 'sep=;\n"Report";"June"\n\n# by app 3\n' + csv_of(("id", "user", "time"), [("1", *ROWS[0][:2])], ";")
    found = sniffed(tmp_path, text)
    assert (found.delimiter, found.header_line, found.questions) == (";", 5, ())


def test_a_packed_file_is_unpacked_to_its_end(tmp_path):
    text = csv_of(("user", "time"), [("ann", f"2026-06-{day:02d}T10:00:00Z") for day in range(1, 31)] * 3000)
    found = sniffed(tmp_path, gzip.compress(text.encode()), "usage.csv")
    assert (found.compression, found.plain_size) == ("gzip", len(text))
    assert (found.first_at, found.last_at) == ("2026-06-01T10:00:00Z", "2026-06-30T10:00:00Z")
    damaged = gzip.compress(text.encode())[:-8] + b"\x00" * 8
    assert sniffed(tmp_path, damaged, "damaged.csv").code == "gzip.checksum"
    assert sniffed(tmp_path, gzip.compress(b"x")[:-4], "cut.csv").code == "gzip.incomplete"
    assert sniffed(tmp_path, gzip.compress(text.encode()) + b"junk", "junk.csv").code == "gzip.behind"
    assert sniffed(tmp_path, gzip.compress(gzip.compress(b"x")), "twice.csv").code == "type.nested"


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        (csv_of(("user", "time"), [("ann", "2026-06-02 10:00:00")]), "zone.missing", "2026-06-02 10:00:00"),
        (csv_of(("user", "time"), [("ann", "2026-06-02")]), "zone.missing", "day without a zone"),
        (csv_of(("user", "time"), [("ann", "3/4/2026 10:00 UTC")]), "date_order.unknown", "3/4/2026"),
        (csv_of(("user", "user", "time"), [("ann", "bob", "2026-06-02T10:00:00Z")]), "column.twice", "user twice"),
        (csv_of(("who", "when", "what")), "columns.unknown", "user_id and occurred_at"),
        ("user,time\n", "rows.none", "no rows"),
        ("user,time\n" + "m\xfcller,2026-06-02T10:00:00Z\n" * 9, "encoding.unknown", "line 2"),
        ("u\x00s\x00e\x00r\x00,\x00" * 40, "encoding.unknown", "UTF-16"),
    ],
)
def test_what_only_a_person_can_know_is_asked(tmp_path, text, code, named):
    found = sniffed(tmp_path, text.encode("latin-1"))
    assert (found.outcome, [question.code for question in found.questions]) == ("ok", [code])
    assert named in found.message


def test_an_answer_ends_the_question(tmp_path):
    naive = csv_of(("user", "time"), [("ann", "2026-06-02 10:00:00")])
    found = sniffed(tmp_path, naive, source_timezone="Europe/Berlin")
    assert (found.questions, found.first_at) == ((), "2026-06-02T08:00:00Z")
    assert found.mapping.time.source_timezone == "Europe/Berlin"
    latin = ("user,time\n" + "m\xfcller,2026-06-02T10:00:00Z\n" * 9).encode("latin-1")
    found = sniffed(tmp_path, latin, encoding="cp1252")
    assert (found.questions, found.preview[0][0]) == ((), "m\xfcller")


JAPANESE = (
    "\u9ad8\u6a4b",
    "\u9234\u6728",
    "\u4f50\u85e4",
    "\u7530\u4e2d",
    "\u4f0a\u85e4",
    "\u6e21\u8fba",
    "\u5c71\u672c",
    "\u4e2d\u6751",
)


def named(people):
    return csv_of(("user", "time", "action"), [(person, "2026-06-02T10:00:00Z", "login") for person in people])


def test_every_encoding_that_can_be_read_is_offered(tmp_path):
    found = sniffed(tmp_path, named(JAPANESE).encode("shift_jis"))
    (question,) = found.questions
    assert (question.code, set(question.choices)) == ("encoding.unknown", set(ENCODINGS) - {"utf-8-sig", "utf-16"})
    read = sniffed(tmp_path, named(JAPANESE).encode("shift_jis"), encoding="shift_jis")
    assert (read.questions, [row[0] for row in read.preview]) == ((), list(JAPANESE))
    mapping = ColumnMapping.from_json(read.mapping.to_json())
    assert reading(tmp_path, named(JAPANESE).encode("shift_jis"), mapping=mapping).users == 8


def test_an_encoding_that_nobody_reads_is_told_its_cure(tmp_path):
    found = sniffed(tmp_path, named(JAPANESE).encode("gbk"))
    assert "gbk" not in found.questions[0].choices
    assert found.message == (
        "Which encoding is the file in? Here line 2 is the first that is not UTF-8, and 8 of 9 lines are not. If it is"
        " none of those that can be chosen, save the file as UTF-8 and send it again."
    )


DAYS_APART = "Write both into one column, such as 2026-06-30 10:15:00"


@pytest.mark.parametrize(
    ("text", "codes", "words"),
    [
        # The column with the right name holds half of each time.
        (
            csv_of(("Date", "Time", "User", "Action"), [("2026-06-01", "10:15:00", "ann", "login")]),
            ["time.day_apart"],
            "The column Time holds times of day such as '10:15:00'; the day stands in the column Date.",
        ),
        # German, and without any name that is recognized.
        (
            csv_of(("Datum", "Uhrzeit", "Benutzer", "Aktion"), [("01.06.2026", "10:15", "ann", "login")], ";"),
            ["columns.unknown", "time.day_apart"],
            "The column Uhrzeit holds times of day such as '10:15'; the day stands in the column Datum.",
        ),
        (
            csv_of(("time", "user"), [("10:15:00 PM", "ann")]),
            ["time.day_apart"],
            "The column time holds times of day such as '10:15:00 PM'; no column holds the day.",
        ),
        # How long something took is no time of day that misses its day.
        (csv_of(("user", "time", "took"), [("ann", "2026-06-01T10:00:00Z", "00:10:12")]), [], ""),
    ],
)
def test_a_day_in_another_column_than_its_time_is_pointed_out(tmp_path, text, codes, words):
    result = reading(tmp_path, text)
    assert [question.code for question in result.questions] == codes
    assert words in result.message
    assert not codes or f"{DAYS_APART}, and send the file again." in result.message
    assert [question.code for question in sniffed(tmp_path, text).questions][: len(codes)] == codes


def test_half_a_time_that_a_person_has_chosen_keeps_its_row_apart_with_the_cure(tmp_path):
    text = csv_of(("Date", "Time", "User"), [("01.06.2026", "10:15:00", "ann"), ("02.06.2026", "11:15:00", "bob")])
    for at, what in (("Time", "is a time of day without its day"), ("Date", "is a date without a time of day")):
        time = {"format": "ordered", "date_order": "dmy", "source_timezone": "UTC"}
        mapping = ColumnMapping.from_json({"columns": {"user": "User", "at": at}, "time": time})
        result = reading(tmp_path, text, mapping=mapping)
        assert lines_of(result) == [(2, "time.invalid"), (3, "time.invalid")]
        assert f"{what}. {DAYS_APART}." in result.findings[0].message


@pytest.mark.parametrize("engine", ["plain", "columnar"])
def test_both_readers_take_the_blanks_that_browsers_write_before_am_and_pm(tmp_path, engine):
    rows = [("ann", '"6/1/2026, 10:15:00\u202fPM"', "login"), ("bob", '"6/30/2026, 10:15:00\u00a0PM"', "login")]
    result = reading(tmp_path, csv_of(("user", "time", "action"), rows), engine=engine, source_timezone="UTC")
    assert (result.outcome, result.rows.accepted, result.users) == ("accepted", 2, 2)
    assert (result.first_at, result.last_at) == ("2026-06-01T22:15:00Z", "2026-06-30T22:15:00Z")


def test_dates_in_both_orders_are_refused(tmp_path):
    rows = [("ann", "3/14/2026 10:00 UTC"), ("bob", "14/3/2026 10:00 UTC")]
    assert sniffed(tmp_path, csv_of(("user", "time"), rows)).code == "date_order.mixed"


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("", "file.empty", "empty"),
        (" \n\t\n", "file.empty", "empty"),
        (csv_of(ROWS[0], ROWS[1:]), "header.missing", "user_id and occurred_at"),
        ("user,action\nann,login\n", "column.missing", "occurred_at"),
        ("just words\nand more\n", "table.none", "CSV"),
    ],
)
def test_what_is_no_table_of_usage_is_refused(tmp_path, text, code, named):
    found = sniffed(tmp_path, text)
    assert (found.outcome, found.code) == ("rejected", code)
    assert named in found.message


def test_columns_with_other_names_are_suggested(tmp_path):
    found = sniffed(tmp_path, csv_of(("Nom d'utilisateur", "Date (UTC)", "Aktion")))
    assert dict(found.mapping.columns) | {} == {
        "user": "Nom d'utilisateur",
        "at": "Date (UTC)",
        "action": "Aktion",
        "event_id": None,
        "quantity": None,
        "instance": None,
        "outcome": None,
    }


def test_a_mapping_reads_what_recognition_cannot(tmp_path):
    mapping = ColumnMapping.from_json(
        {
            "delimiter": ";",
            "header_line": 2,
            "columns": {"user": "who", "at": "when", "quantity": "how much"},
            "constants": {"action": "call", "instance": "eu"},
            "time": {"format": "ordered", "date_order": "dmy", "source_timezone": "Europe/Berlin"},
        }
    )
    text = "Report\nwhen;who;how much\n01.06.2026 00:30;Ann;2,5\n01.06.2026 00:30;Ann;2.5\n30.06.2026 23:30;ann;1\n"
    result = reading(tmp_path, text, mapping=mapping, timezone="Europe/Berlin")
    assert lines_of(result) == [(3, "quantity.invalid")]
    assert (result.rows.accepted, result.users, result.days) == (2, 1, ("2026-06-01", "2026-06-30"))
    assert result.actions == {"call": (2, 1)}


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"columns": {"user": "who", "at": "time"}}, "mapping.column"),
        ({"columns": {"user": "user"}}, "mapping.column"),
        ({"columns": {"user": "user", "at": "time"}, "header_line": 9}, "mapping.header"),
        ({"columns": {"user": "user", "at": "time"}, "time": {"source_timezone": "Mars/Base"}}, "zone.unknown"),
    ],
)
def test_a_mapping_that_does_not_fit_the_file_is_refused(tmp_path, mapping, code):
    result = reading(tmp_path, csv_of(("user", "time", "action")), mapping=ColumnMapping.from_json(mapping))
    assert (result.outcome, result.code) == ("rejected", code)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"colums": {}}, "colums"),
        ({"columns": {"email": "x"}}, "columns.email"),
        ({"columns": {"user": 1}}, "columns.user"),
        ({"columns": []}, "columns"),
        ({"delimiter": ", "}, "delimiter"),
        ({"delimiter": '"'}, "delimiter"),
        ({"header_line": 0}, "header_line"),
        ({"header_line": True}, "header_line"),
        ({"time": {"format": "rfc"}}, "time.format"),
        ({"time": {"date_order": "ydm"}}, "time.date_order"),
        ({"time": {"zone": "UTC"}}, "time.zone"),
        ({"constants": {"user": "x"}}, "constants.user"),
    ],
)
def test_a_mapping_is_read_strictly(document, named):
    with pytest.raises(MappingRefused, match=named):
        ColumnMapping.from_json(document)


def test_a_person_says_what_parts_the_columns(tmp_path):
    """Semicolons stand in every user here, and once more than commas do: the text alone decides for them."""
    header = ("who", "when", "what")
    rows = [(f"a;b;c;{number}", "2026-06-02T10:00:00Z", "login") for number in range(3)]
    text = csv_of(header, rows).replace("who,when,what", "who;x;y;z,when,what")
    found = sniffed(tmp_path, text)
    assert found.delimiter == ";"
    said = sniffed(tmp_path, text, delimiter=",")
    assert (said.delimiter, said.mapping.delimiter) == (",", ",")
    assert [column["name"] for column in said.columns] == ["who;x;y;z", "when", "what"]
    assert said.preview == tuple(rows)
    # A mark of a spreadsheet program on the first line gives way to the person, too.
    assert sniffed(tmp_path, "sep=;\n" + text, delimiter=",").delimiter == ","


@pytest.mark.parametrize("packed", [True, False])
def test_a_delimiter_says_nothing_about_what_is_no_table(tmp_path, packed):
    text = '{"user": "ann", "time": "2026-06-02T10:00:00Z", "action": "login"}\n' * 2
    data = gzip.compress(text.encode()) if packed else text
    assert sniffed(tmp_path, data, delimiter=";").format == "json"


def test_the_values_of_a_column_with_few_of_them_are_listed(tmp_path):
    rows = [(f"u{n}", f"2026-06-02T10:00:{n:02}Z", "login", ("ok", " OK", "Denied", "")[n % 4]) for n in range(40)]
    found = sniffed(tmp_path, csv_of(("user", "time", "action", "Result"), rows))
    values = {column["name"]: column["values"] for column in found.columns}
    assert values == {"user": [], "time": [], "action": ["login"], "Result": ["ok", "Denied"]}
    long = sniffed(tmp_path, csv_of(("user", "time", "note"), [("u", "2026-06-02T10:00:00Z", "x" * 81)]))
    assert long.columns[2]["values"] == []


def test_times_without_a_zone_are_asked_for_together_with_the_columns(tmp_path):
    found = sniffed(tmp_path, csv_of(("who", "when", "what"), [("ann", "2026-06-02 10:00", "login")]))
    assert [question.code for question in found.questions] == ["columns.unknown", "zone.missing"]
    answered = sniffed(
        tmp_path, csv_of(("who", "when", "what"), [("ann", "2026-06-02 10:00", "login")]), source_timezone="UTC"
    )
    assert [question.code for question in answered.questions] == ["columns.unknown"]
    # Dates that contradict each other, in a column that is only a guess, refuse nothing.
    mixed = [("ann", "13/01/2026 10:00", "login"), ("bob", "01/13/2026 10:00", "login")]
    guessed = sniffed(tmp_path, csv_of(("who", "when", "what"), mixed))
    assert (guessed.outcome, [question.code for question in guessed.questions]) == ("ok", ["columns.unknown"])
