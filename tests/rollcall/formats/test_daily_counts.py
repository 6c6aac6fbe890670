"""Daily numbers of users: a number is that of the whole product only where nothing stands beside its day."""

import pytest

from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.sniff import sniff
from tests.rollcall.intake.readings import reading

DAYS = ("2026-06-01", "2026-06-02")


def table(header, *rows, delimiter=","):
    return "".join(delimiter.join(row) + "\n" for row in [header, *rows])


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        # A day and a number, as most products write it.
        (table(("date", "active_users"), (DAYS[0], "412"), (DAYS[1], "398")), [412, 398]),
        # Other names, another delimiter.
        (table(("Day", "Seats"), (DAYS[0], "9"), (DAYS[1], "8"), delimiter="\t"), [9, 8]),
        # A spreadsheet writes delimiters behind its last column: these columns are empty.
        (table(("date", "count", "", ""), (DAYS[0], "5", "", ""), (DAYS[1], "7", "", "")), [5, 7]),
        # A remark that nobody wrote names nobody.
        (table(("date", "count", "note"), (DAYS[0], "5", ""), (DAYS[1], "7", "")), [5, 7]),
        # Two numbers of the product: that of active users is the nearer one to what is billed.
        (table(("date", "seats", "active_users"), (DAYS[0], "50", "5"), (DAYS[1], "50", "7")), [5, 7]),
    ],
)
def test_a_number_that_stands_alone_beside_its_day_is_that_of_the_product(tmp_path, text, numbers):
    result = reading(tmp_path, text)
    assert (result.outcome, result.kind, result.format) == ("accepted", "counts", "daily_counts")
    assert [(count.day, count.users) for count in result.reported] == list(zip(DAYS, numbers, strict=True))


ANN, BOB = "ann@x.example", "bob@x.example"


@pytest.mark.parametrize(
    ("header", "rows", "delimiter", "beside"),
    [
        # What each person did on a day.
        (("date", "email", "count"), [(DAYS[0], ANN, "5"), (DAYS[1], BOB, "7")], ",", "email"),
        (("day", "login", "count"), [(DAYS[0], "ann", "5"), (DAYS[1], "bob", "7")], ",", "login"),
        (("date", "actor", "count"), [(DAYS[0], "1001", "5"), (DAYS[1], "1002", "7")], ",", "actor"),
        (("Day", "E-Mail", "Count"), [(DAYS[0], ANN, "5"), (DAYS[1], BOB, "7")], "\t", "E-Mail"),
        # A column whose name says nothing may hold people as well.
        (("date", "name", "seats"), [(DAYS[0], "Ann", "1"), (DAYS[1], "Bob", "1")], ",", "name"),
        # Two people on one day are no two numbers of that day.
        (("date", "email", "count"), [(DAYS[0], ANN, "5"), (DAYS[0], BOB, "7")], ",", "email"),
        # Parts of the product: somebody may be in both regions, so 5 and 7 are not 12 users.
        (("date", "region", "active_users"), [(DAYS[0], "EU", "5"), (DAYS[0], "US", "7")], ",", "region"),
        # A file of one part alone is no file of the product either.
        (("date", "region", "active_users"), [(DAYS[0], "EU", "5"), (DAYS[1], "EU", "7")], ",", "region"),
        # Two columns of one name: nobody knows which of the numbers is meant.
        (("date", "count", "Count"), [(DAYS[0], "5", "6"), (DAYS[1], "7", "8")], ",", "Count"),
    ],
)
def test_a_number_by_person_or_by_part_is_none_of_the_product(tmp_path, header, rows, delimiter, beside):
    result = reading(tmp_path, table(header, *rows, delimiter=delimiter))
    assert (result.outcome, result.reported) == ("needs_answer", ())
    assert result.questions[0].code == "columns.unknown"
    assert f"with {beside} beside them a number may be that of one person or of one part" in result.message
    assert "send the day and the number of all users, one row for each day" in result.message


def test_people_of_a_table_by_day_are_counted_once_their_columns_are_named(tmp_path):
    text = table(("date", "email", "count"), (DAYS[0], ANN, "5"), (DAYS[0], BOB, "7"), (DAYS[1], ANN, "1"))
    columns = {"user": "email", "at": "date"}
    given = ColumnMapping.from_json({"columns": columns, "time": {"format": "date", "source_timezone": "UTC"}})
    result = reading(tmp_path, text, mapping=given)
    assert (result.outcome, result.kind, result.rows.accepted, result.users) == ("accepted", "events", 3, 2)


def test_a_column_of_numbers_of_users_is_not_proposed_as_the_user(tmp_path):
    file = tmp_path / "usage.csv"
    file.write_text(table(("date", "region", "active_users"), (DAYS[0], "EU", "5"), (DAYS[0], "US", "7")))
    columns = sniff(file, filename=file.name).mapping.columns
    assert (columns["user"], columns["at"]) == (None, "date")


def test_a_day_with_two_numbers_is_asked_about_without_telling_to_delete_one_of_two_people(tmp_path):
    result = reading(tmp_path, table(("date", "users"), (DAYS[0], "5"), (DAYS[0], "7")))
    assert [question.code for question in result.questions] == ["counts.day_twice"]
    assert result.message == (
        "2026-06-01 is there 2 times (5 on line 2 and 7 on line 3). A day has one number, that of all users: leave it"
        " in the file, and send the file again."
    )
