"""JSON files whose events stand in a list beside other things, or in more places than one."""

import json

import pytest

from rollcall.formats.mapping import ColumnMapping
from tests.rollcall.intake.readings import evidence_of, names_of, reading
from tests.rollcall.intake.test_sniff import sniffed

ANN, BOB, CAT, DAN = (
    {"user": name, "time": f"2026-0{month}-0{day}T10:00:00Z", "action": "login"}
    for name, month, day in (("ann", 6, 1), ("bob", 6, 2), ("cat", 7, 3), ("dan", 7, 4))
)
# As a product writes events whose names nobody knows by heart.
WHO = [{"who": event["user"], "when": event["time"], "what": event["action"]} for event in (ANN, BOB)]
MAPPED = {"format": "json", "columns": {"user": "who", "at": "when", "action": "what"}, "time": {"format": "iso8601"}}


def text_of(*documents, indent=None):
    return "\n".join(json.dumps(document, indent=indent) for document in documents)


def users_of(folder, text, mapping=None):
    found = reading(folder, text, mapping=None if mapping is None else ColumnMapping.from_json(mapping))
    assert found.outcome == "accepted", (found.code, found.message, found.questions)
    return sorted(name["user_key"] for name in names_of(folder)), found.rows.read


@pytest.mark.parametrize(
    "text",
    [
        text_of({"fields": [{"name": "_time"}, {"name": "user"}], "messages": [], "results": [ANN, BOB]}),
        text_of({"links": [{"rel": "next", "href": "https://x.example"}], "data": [ANN, BOB]}),
        text_of({"data": {"audit": {"page": 1, "events": [ANN, BOB]}}}),
        text_of({"next": "2", "events": [ANN]}, {"next": None, "events": [BOB]}),
        text_of({"next": "2", "events": [ANN]}, {"next": None, "events": [BOB]}, indent=1),
        text_of({"records": [ANN, BOB]}, {"records": []}, {"records": [BOB]}),
        text_of({"exported": "2026-07-01T00:00:00Z", "by": "root", "events": [ANN, BOB]}),
    ],
    ids=["fields first", "links first", "three deep", "pages", "indented pages", "a page per line", "dated page"],
)
def test_the_list_that_holds_the_events_is_read(tmp_path, text):
    users, read = users_of(tmp_path, text)
    assert users == ["ann", "bob"]
    assert read == text.count('"user": "')
    assert {row.action for row in evidence_of(tmp_path)} == {"login"}


@pytest.mark.parametrize(
    "text",
    [
        text_of({"Records": WHO}),
        text_of({"Records": WHO[:1]}, {"Records": WHO[1:]}, indent=2),
        text_of({"Records": WHO[:1]}, {"Records": WHO[1:]}),
        text_of({"fields": [{"name": "who"}], "data": {"rows": WHO}}),
        text_of({"seen": [{"at": "2026-06-01T00:00:00Z", "by": "x", "in": "y", "of": "z"}], "rows": WHO}),
    ],
    ids=["a page", "indented pages", "a page per line", "deeper", "another list with times"],
)
def test_a_mapping_finds_the_list_that_has_its_fields(tmp_path, text):
    assert users_of(tmp_path, text, MAPPED) == (["ann", "bob"], 2)


def test_the_fields_of_pages_are_offered(tmp_path):
    [question] = sniffed(tmp_path, text_of({"Records": WHO[:1]}, {"Records": WHO[1:]}), name="a.json").questions
    assert (question.code, question.choices) == ("columns.unknown", ("who", "when", "what"))


def test_events_with_lists_of_their_own_are_read_as_events(tmp_path):
    own = [{**event, "changes": [{"user": "x", "time": "2026-06-09T00:00:00Z"}]} for event in (ANN, BOB)]
    assert users_of(tmp_path, text_of(*own)) == (["ann", "bob"], 2)
    targets = [{**event, "targets": [{"id": "1", "type": "page"}]} for event in WHO]
    assert users_of(tmp_path, text_of(*targets), MAPPED) == (["ann", "bob"], 2)


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ({"2026-06": [ANN, BOB], "2026-07": [CAT, DAN]}, "2026-06 and in 2026-07"),
        ({"logins": [ANN], "views": [CAT, DAN]}, "logins and in views"),
        ({"errors": [], "warnings": [{"user": "x", "time": ANN["time"]}], "events": [ANN]}, "warnings and in events"),
        ({"a": {"logins": [ANN]}, "b": {"views": [BOB]}}, "a.logins and in b.views"),
        ({**ANN, "events": [BOB, CAT]}, "its own objects and in events"),
    ],
    ids=["a list a month", "a list a kind", "warnings", "in two objects", "an event around a list"],
)
def test_events_in_several_places_are_never_read_in_part(tmp_path, document, places):
    found = reading(tmp_path, text_of(document))
    assert (found.outcome, found.code) == ("rejected", "json.lists")
    assert found.message == f"The JSON holds events in {places}. Send each list as a file of its own."


def test_a_second_list_far_behind_the_first_is_found_while_reading(tmp_path):
    many = [{**ANN, "user": f"user-{number}", "note": "x" * 400} for number in range(3_000)]
    found = reading(tmp_path, text_of({"logins": many, "summary": {"pages": 1}, "later": {"views": [BOB, CAT]}}))
    assert (found.outcome, found.code) == ("rejected", "json.lists")
    assert "in logins and in later.views" in found.message


def test_a_json_without_any_record_is_refused_and_not_asked_about(tmp_path):
    found = reading(tmp_path, text_of([{"events": [ANN]}, {"events": [BOB]}]))
    assert (found.outcome, found.code) == ("rejected", "json.records")


LATER = {"user": "zed", "time": "2026-06-05T10:00:00Z", "action": "login", "event_id": "e1"}


def plain(many):
    return [{"user": f"u{number % 9}", "time": "2026-06-01T10:00:00Z"} for number in range(many)]


def test_fields_that_come_late_count_like_those_of_the_first_records(tmp_path):
    """The same event three times behind 220 others: its id says so, and its action is there."""
    found = reading(tmp_path, text_of(*plain(220), *[LATER] * 3))
    assert (found.outcome, found.rows.accepted, found.rows.duplicate, found.users) == ("accepted", 221, 2, 10)
    assert "login" in {row.action for row in evidence_of(tmp_path)}


def test_a_field_that_comes_too_late_to_be_known_refuses_the_file(tmp_path):
    found = reading(tmp_path, text_of(*plain(2_500), LATER))
    assert (found.outcome, found.code) == ("rejected", "json.late_field")
    assert "The record on line 2501 has the field action, which none of the first records has." in found.message
    columns = {"user": "user", "at": "time", "action": "action", "event_id": "event_id"}
    mapping = {"format": "json", "columns": columns, "time": {"format": "iso8601"}}
    assert users_of(tmp_path, text_of(*plain(2_500), LATER), mapping)[1] == 2_501
