"""A column that says whether the action succeeded: which of its values mean success is a person's word."""

import pytest

from rollcall.formats.mapping import ColumnMapping, MappingRefused, looks_like_an_outcome
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
