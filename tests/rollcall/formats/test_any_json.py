"""Whatever JSON a record holds, a format says parts or findings about it and never breaks."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.formats.mapping import ColumnMapping
from rollcall.formats.profile import JsonRecords, ListedUser, Look, Part
from rollcall.formats.registry import PROFILES
from tests.rollcall.formats.test_json_entries import CASES
from tests.rollcall.intake.readings import assert_sound, lines_of, reading

JSON_FORMATS = {name: profile for name, profile in PROFILES.items() if isinstance(profile.shape, JsonRecords)}
SAMPLE = {name: record for name, record, _ in CASES}
KNOWN = (
    "id",
    "user",
    "time",
    "type",
    "action",
    "events",
    "name",
    "status",
    "actor",
    "attributes",
    "key",
    "value",
    "date",
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def said_about(profile, record):
    parts = list(profile.parts(record))
    assert all(isinstance(part, Part) for part in parts)
    for part in parts:
        *texts, last = part
        assert all(isinstance(field, str | bool) for field in texts)
        # Only an account of a list ends in figures; they are whole numbers by name.
        figures = last if isinstance(part, ListedUser) else ()
        assert isinstance(last, str | bool) or all(isinstance(number, int) for _, number in figures)
    return parts


@pytest.mark.parametrize("profile", JSON_FORMATS.values(), ids=lambda profile: profile.name)
@given(value=VALUES)
@settings(max_examples=60, deadline=None)
def test_any_record_is_said_something_about(profile, value):
    said_about(profile, value)
    for path in profile.shape.paths:
        records = (value,) if isinstance(value, dict) else ()
        assert profile.recognizes(Look(filename="", records={path: records} if records else {})) in (True, False)


@st.composite
def changed(draw, name):
    """Draw a record of a format in which one field, or one inside it, holds anything."""
    record = dict(SAMPLE[name])
    field = draw(st.sampled_from(sorted(record)))
    if isinstance(record[field], dict) and record[field] and draw(st.booleans()):
        inner = draw(st.sampled_from(sorted(record[field])))
        record[field] = record[field] | {inner: draw(VALUES)}
    else:
        record[field] = draw(VALUES)
    return record


@pytest.mark.parametrize("name", SAMPLE)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_record_with_one_field_of_any_kind_is_said_something_about(name, data):
    assert said_about(JSON_FORMATS[name], data.draw(changed(name)))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_file_of_changed_records_is_read_to_its_end(tmp_path_factory, data):
    name = data.draw(st.sampled_from(sorted(SAMPLE)))
    records = data.draw(st.lists(changed(name), min_size=1, max_size=5))
    by_line = data.draw(st.booleans())
    text = "".join(json.dumps(record) + "\n" for record in records) if by_line else json.dumps(records)
    folder = tmp_path_factory.mktemp("drawn")
    result = reading(folder, text, names=("export.json",), mapping=ColumnMapping(format=name, columns={}))
    rows = result.rows
    assert result.outcome in ("accepted", "quarantined", "rejected", "needs_answer")
    assert rows.read == rows.accepted + rows.quarantined + rows.duplicate
    if result.outcome in ("accepted", "quarantined"):
        assert_sound(folder, result)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("user", True, "field.type"),
        ("user", False, "field.type"),
        ("user", {"id": "ann"}, "field.type"),
        ("user", ["ann"], "field.type"),
        ("user", None, "user.empty"),
        ("action", {"name": "login"}, "field.type"),
        ("action", ["login"], "field.type"),
        ("time", {"at": "2026-06-01T10:00:00Z"}, "field.type"),
        ("id", True, "field.type"),
    ],
)
def test_what_is_no_text_and_no_number_is_kept_apart_as_that(tmp_path, field, value, code):
    """One good event, and one in which a field that counts holds something else."""
    good = {"user": "bob", "time": "2026-06-01T10:00:00Z", "action": "login", "id": "e1"}
    records = [good, {**good, "id": "e2", field: value}]
    result = reading(tmp_path, "\n".join(map(json.dumps, records)))
    assert (result.outcome, result.rows.accepted, result.users) == ("quarantined", 1, 1)
    assert lines_of(result) == [(2, code)]
