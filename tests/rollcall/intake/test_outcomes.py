"""A column that says whether the action succeeded: which of its values mean success is a person's word."""

import json

import pytest

from rollcall.formats.mapping import ColumnMapping, MappingRefused, looks_like_an_outcome
from rollcall.intake.sniff import sniff
from tests.rollcall.intake.readings import assert_sound, reading

TEXT = (
    "who,when,what,Result\n"
    "ada,2026-06-01T08:00:00Z,login,OK\n"
    "ada,2026-06-01T09:00:00Z,login, ok \n"
    "bob,2026-06-01T09:00:00Z,login,denied\n"
    "cleo,2026-06-02T09:00:00Z,login,\n"
)
COLUMNS = {"user": "who", "at": "when", "action": "what", "outcome": "Result"}


def mapping(*success: str) -> ColumnMapping:
    return ColumnMapping.from_json({"columns": COLUMNS, "outcome": {"success": list(success)}})


@pytest.mark.parametrize("engine", ["auto", "plain", "columnar"])
def test_only_named_values_mean_success(tmp_path, engine):
    result = reading(tmp_path, TEXT, mapping=mapping("ok"), engine=engine)
    assert_sound(tmp_path, result, engine)
    assert (result.outcome, result.rows.accepted, result.users) == ("accepted", 4, 3)
    assert result.actions == {"login": (2, 1), "login !failed": (2, 2)}


def test_an_action_for_every_row_is_marked_too(tmp_path):
    columns = {"user": "who", "at": "when", "outcome": "Result"}
    given = ColumnMapping.from_json(
        {"columns": columns, "constants": {"action": "call"}, "outcome": {"success": ["OK", "denied"]}}
    )
    result = reading(tmp_path, TEXT, mapping=given)
    assert result.actions == {"call": (3, 2), "call !failed": (1, 1)}


def test_without_a_word_about_success_the_file_asks(tmp_path):
    result = reading(tmp_path, TEXT, mapping=mapping())
    assert result.outcome == "needs_answer"
    assert [question.code for question in result.questions] == ["outcome.unknown"]
    assert "Result" in result.message


def test_the_mapping_goes_through_json():
    given = mapping("OK", "1")
    assert given.to_json()["columns"]["outcome"] == "Result"
    assert given.to_json()["outcome"] == {"success": ["OK", "1"]}
    assert ColumnMapping.from_json(given.to_json()).to_json() == given.to_json()
    assert ColumnMapping.from_json({}).to_json()["outcome"] == {"success": []}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"outcome": []}, "outcome"),
        ({"outcome": {"failure": ["x"]}}, "outcome.failure"),
        ({"outcome": {"success": "ok"}}, "outcome.success"),
        ({"outcome": {"success": [1]}}, "outcome.success"),
    ],
)
def test_what_means_success_is_read_strictly(document, named):
    with pytest.raises(MappingRefused, match=named):
        ColumnMapping.from_json(document)


@pytest.mark.parametrize(
    ("column", "looks"),
    [("Status", True), ("login result", True), ("event.outcome", True), ("statute", False), ("results_page", False)],
)
def test_columns_that_look_like_outcomes(column, looks):
    assert looks_like_an_outcome(column) is looks


TIMES = ("2026-06-01T08:00:00Z", "2026-06-01T09:00:00Z", "2026-06-02T09:00:00Z")


def log(header, *values):
    """Return a log of three people, one row each, with the values of its last column."""
    rows = zip(("ada", "bob", "cleo"), TIMES, values, strict=True)
    return f"user,time,{header}\n" + "".join(",".join(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("text", "values", "success"),
    [
        # Two log-ins and one that failed, in a file that is about nothing but log-ins.
        (log("result", "success", "failure", "success"), ("success", "failure"), "success"),
        # The reason of a failure is no action.
        (log("status", "Success", "Invalid Password", "Success"), ("Success", "Invalid Password"), "Success"),
        # A word in front that says of what it is the outcome makes no action of it.
        (log("event_outcome", "OK", "denied", "OK"), ("OK", "denied"), "OK"),
    ],
)
def test_outcomes_are_asked_for_where_no_column_says_the_action(tmp_path, text, values, success):
    asked = reading(tmp_path, text)
    assert (asked.outcome, [question.code for question in asked.questions]) == ("needs_answer", ["outcome.unknown"])
    assert asked.questions[0].choices == values
    columns = {"user": "user", "at": "time", "outcome": text.partition("\n")[0].rpartition(",")[2]}
    given = ColumnMapping.from_json(
        {"columns": columns, "constants": {"action": "login"}, "outcome": {"success": [success]}}
    )
    assert reading(tmp_path, text, mapping=given).actions == {"login": (2, 2), "login !failed": (1, 1)}


@pytest.mark.parametrize("by_line", [True, False])
def test_outcomes_of_json_are_asked_for_where_no_field_says_the_action(tmp_path, by_line):
    records = [
        {"user": user, "time": time, "success": succeeded}
        for user, time, succeeded in zip(("ada", "bob", "cleo"), TIMES, (True, False, True), strict=True)
    ]
    text = "".join(json.dumps(record) + "\n" for record in records) if by_line else json.dumps(records)
    asked = reading(tmp_path, text, names=("usage.json",))
    assert (asked.outcome, [question.code for question in asked.questions]) == ("needs_answer", ["outcome.unknown"])
    assert asked.questions[0].choices == ("true", "false")
    columns = {"user": "user", "at": "time", "outcome": "success"}
    given = ColumnMapping.from_json(
        {
            "format": "json",
            "columns": columns,
            "constants": {"action": "login"},
            "outcome": {"success": ["true"]},
        }
    )
    result = reading(tmp_path, text, names=("usage.json",), mapping=given)
    assert result.actions == {"login": (2, 2), "login !failed": (1, 1)}


@pytest.mark.parametrize(
    ("text", "codes", "choices"),
    [
        # The kind of an account is nothing that was done.
        (log("account_type", "admin", "guest", "admin"), ["action.unknown"], ("account_type",)),
        # It may well be what was done; its name does not say so.
        (log("Type", "login", "view", "login"), ["action.unknown"], ("Type",)),
        (log("Statut", "login", "view", "login"), ["action.unknown"], ("Statut",)),
        # A column of outcomes beside it is asked about as well.
        (log("type,result", "login,ok", "login,failed", "view,ok"), ["action.unknown", "outcome.unknown"], ("type",)),
        # Nothing is asked about an empty column, nor beside a column that is the action by its name.
        (log("type", "", "", ""), [], ()),
        (log("type,action", "web,login", "app,login", "web,view"), [], ()),
        (log("event_type", "login", "view", "login"), [], ()),
    ],
)
def test_an_action_by_a_name_that_says_too_little_is_asked_for(tmp_path, text, codes, choices):
    result = reading(tmp_path, text)
    assert [question.code for question in result.questions] == codes
    assert result.outcome == ("needs_answer" if codes else "accepted")
    if codes:
        assert result.questions[0].choices == choices
        assert f"It might be {choices[0]}, but its name alone does not say so" in result.message
    file = tmp_path / "part0.csv"
    found = sniff(file, filename=file.name)
    assert [question.code for question in found.questions] == codes
    assert not codes or found.mapping.columns["action"] is None


def test_a_person_says_that_the_column_is_the_action_or_that_none_is(tmp_path):
    text = log("type", "login", "view", "login")
    columns = {"user": "user", "at": "time"}
    is_it = ColumnMapping.from_json({"columns": columns | {"action": "type"}})
    assert reading(tmp_path, text, mapping=is_it).actions == {"login": (2, 2), "view": (1, 1)}
    none_is = ColumnMapping.from_json({"columns": columns, "constants": {"action": "use"}})
    assert reading(tmp_path, text, mapping=none_is).actions == {"use": (3, 3)}
