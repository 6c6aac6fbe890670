"""JSON as a file of records: joined pages, empty pages, lists inside a page, wrong types, what is no JSON."""

import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.findings import FileRefused
from rollcall.intake.json_stream import JsonStream, json_lines
from rollcall.intake.limits import Limits
from rollcall.intake.sniff import sniff
from tests.rollcall.formats.samples import FOLDER
from tests.rollcall.intake.readings import evidence_of, lines_of, reading

NASTY = FOLDER.parent / "nasty"


def event(number, user="anna", **more):
    return {"user_id": user, "occurred_at": f"2026-06-0{number}T10:00:00Z", "action": "login", **more}


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


def coder_page(*numbers, user="u1"):
    logs = [
        {
            "id": f"e{number}",
            "time": f"2026-06-0{number}T10:00:00Z",
            "resource_type": "api_key",
            "resource_id": "r",
            "action": "login",
            "status_code": 201,
            "user": {"id": user},
        }
        for number in numbers
    ]
    return json.dumps({"audit_logs": logs, "count": 9}, indent=1)


def test_the_nasty_json_files_have_their_first_outcome(tmp_path):
    cases = json.loads((NASTY / "manifest.json").read_text())["cases"]
    for name in ("json_big_numbers", "json_named_csv", "ndjson_truncated"):
        case = cases[name]
        folder = tmp_path / name
        folder.mkdir()
        result = reading(folder, (NASTY / case["files"][0]).read_bytes(), names=(case["files"][0],))
        assert (result.rows.read, result.rows.accepted) == (case["rows"], case["accepted"])
        assert result.users == case["mau"]["2026-06"]
        assert lines_of(result) == [(line, "json.invalid") for line, _ in case.get("quarantined", [])]
        assert all("not JSON" in finding.message for finding in result.findings)


def test_json_that_is_nested_too_deep_is_refused_by_its_name(tmp_path):
    result = reading(tmp_path, (NASTY / "deep_json.json").read_bytes(), names=("deep.json",))
    assert (result.outcome, result.code) == ("rejected", "json.invalid")
    assert "JSON" in result.message


@pytest.mark.parametrize(
    "text",
    [
        lines(event(1), event(2)),
        lines(event(1)) + "\r\n  \n" + lines(event(2)).rstrip("\n"),
        "\ufeff" + json.dumps([event(1), event(2)]),
        json.dumps([event(1), event(2)], indent=2),
        json.dumps([event(1)]) + "\n" + json.dumps([event(2)]),
        json.dumps(event(1), indent=2) + json.dumps(event(2), indent=2),
        json.dumps({"total": 2, "events": [event(1), event(2)]}),
        json.dumps({"meta": {"page": 1}, "data": {"rows": [event(1), event(2)]}}, indent=1),
    ],
)
def test_records_are_found_wherever_they_lie(tmp_path, text):
    result = reading(tmp_path, text, names=("export.json",))
    assert (result.outcome, result.rows.accepted, result.users) == ("accepted", 2, 1), result.message
    assert result.days == ("2026-06-01", "2026-06-02")


def test_fields_of_any_depth_are_mapped(tmp_path):
    text = lines(
        *({"who": {"id": 9007199254740993 + number}, "when": f"2026-06-0{number}T10:00:00Z"} for number in (1, 2))
    )
    mapping = ColumnMapping(format="json", columns={"user": "who.id", "at": "when"})
    result = reading(tmp_path, text, names=("export.json",), mapping=mapping)
    assert (result.outcome, result.users) == ("accepted", 2)


def test_an_unknown_field_of_json_is_asked_for(tmp_path):
    result = reading(tmp_path, lines({"who": "anna", "occurred_at": "2026-06-01T10:00:00Z"}), names=("export.json",))
    assert (result.outcome, [question.code for question in result.questions]) == ("needs_answer", ["columns.unknown"])
    assert "fields of the JSON" in result.message


def test_a_line_that_is_no_object_is_kept_apart_with_its_line(tmp_path):
    text = lines(event(1)) + "[1]\n" + '{"user_id": NaN}\n{"user_id": "a", "user_id": "b"}\n' + lines(event(2))
    result = reading(tmp_path, text, names=("export.json",))
    assert lines_of(result) == [(2, "json.no_object"), (3, "json.invalid"), (4, "json.invalid")]
    assert result.rows.accepted == 2


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([event(1)])[:-1],
        json.dumps([event(1)]) + "x",
        '{"audit_logs": [], "audit_logs": []}',
        '[{"user_id": "a"}, {"user_id": NaN}]',
        "[1, 2",
        '{"a": 1}}',
    ],
)
def test_what_is_no_json_as_a_whole_is_refused(tmp_path, text):
    result = reading(tmp_path, text, names=("export.json",))
    assert result.outcome == "rejected"
    assert "JSON" in result.message


def test_pages_count_together_as_files_as_a_zip_and_joined_into_one(tmp_path):
    pages = (coder_page(1, 2), coder_page(2, 3, user="u1"), coder_page())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, page in enumerate(pages):
            archive.writestr(f"export/page{number}.json", page)
    for name, texts in {"files": pages, "zip": (packed.getvalue(),), "joined": ("".join(pages),)}.items():
        folder = tmp_path / name
        folder.mkdir()
        names = ("export.zip",) if name == "zip" else tuple(f"page{number}.json" for number in range(len(texts)))
        result = reading(folder, *texts, names=names)
        assert (result.outcome, result.format) == ("accepted", "coder_audit"), (name, result.message)
        assert (result.rows.accepted, result.rows.duplicate) == (3, 1)
        assert [row.user_ref for row in evidence_of(folder)] == [evidence_of(folder)[0].user_ref] * 3


def test_a_page_within_another_is_an_overlap_and_no_question(tmp_path):
    result = reading(tmp_path, coder_page(1, 2, 3), coder_page(2), names=("page1.json", "page2.json"))
    assert (result.outcome, result.rows.accepted, result.rows.duplicate) == ("accepted", 3, 1)


@pytest.mark.parametrize("text", ["[]", " [ ]\n", '{"audit_logs": [], "count": 0}', '{"items": null}'])
def test_an_empty_list_is_no_usage_only_by_a_persons_word(tmp_path, text):
    result = reading(tmp_path, text, names=("page.json",))
    assert (result.outcome, [question.code for question in result.questions]) == ("needs_answer", ["rows.none"])
    result = reading(tmp_path, text, names=("page.json",), nobody_active=True)
    assert (result.outcome, result.users) == ("accepted", 0)
    (tmp_path / "page.json").write_text(text)
    assert [question.code for question in sniff(tmp_path / "page.json", filename="page.json").questions] == [
        "rows.none"
    ]


def test_a_file_with_nobody_behind_any_row_is_asked_about(tmp_path):
    nobody = {"time": 1780000000000, "type": "LOGIN_ERROR", "realmId": "r", "clientId": "c", "userId": None}
    result = reading(tmp_path, json.dumps([nobody] * 200), names=("events.json",))
    assert (result.outcome, [question.code for question in result.questions]) == ("needs_answer", ["rows.none"])
    assert "200 rows" in result.message


def test_rows_of_nobody_are_listed_and_refuse_no_file(tmp_path):
    nobody = {"time": 1780000000000, "type": "LOGIN_ERROR", "realmId": "r", "clientId": "c", "userId": None}
    known = nobody | {"type": "LOGIN", "userId": "anna"}
    result = reading(tmp_path, json.dumps([known] + [nobody] * 500), names=("events.json",))
    assert (result.outcome, result.rows.accepted, result.finding_counts) == ("quarantined", 1, {"user.nobody": 500})


def test_a_field_of_the_wrong_type_is_a_finding_with_its_field(tmp_path):
    good = {"time": 1780000000000, "type": "LOGIN", "realmId": "r", "clientId": "c", "userId": "anna"}
    records = [
        good,
        good | {"userId": {"id": "anna"}},
        good | {"userId": True},
        good | {"userId": ["a", {"b": 1}]},
        good | {"time": {}},
        good | {"time": None},
        good | {"type": None},
        good | {"type": "LOGIN !failed"},
        good | {"id": ["x", ["y"]]},
    ]
    result = reading(tmp_path, json.dumps(records), names=("events.json",))
    codes = [finding.code for finding in result.findings]
    assert codes == ["field.type"] * 4 + ["time.invalid", "action.empty", "action.marker", "field.type"]
    assert [finding.column for finding in result.findings[:4]] == ["userId", "userId", "userId", "time"]
    assert result.rows.accepted == 1


def test_half_a_character_and_nul_are_findings(tmp_path):
    text = lines(event(1), event(2, user="a\ud800"), event(3, user="a\0"))
    assert lines_of(reading(tmp_path, text, names=("export.json",))) == [(2, "text.not_utf8"), (3, "text.nul")]


JSON_TEXT = st.text(alphabet='{}[]",:\\ \n0123456789eE.-+truefalsnNaIiy\ud800\x00é', max_size=60)


@given(JSON_TEXT, st.sampled_from([(), ("*",), ("a", "*"), ("a", "*", "b", "*")]))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text, path):
    found, said = [], "JSON"
    try:
        found = [record.line for record in JsonStream(io.StringIO(text), Limits()).records(path)]
    except FileRefused as refused:
        said = str(refused)
    assert "JSON" in said
    assert found == sorted(found)
    numbered = enumerate(text.split("\n"), start=1)
    filled = [number for number, line in numbered if line.strip(" \t\r\n\ufeff\x1a")]
    assert [record.line for record in json_lines(io.StringIO(text), Limits())] == filled


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
@settings(max_examples=200, deadline=None)
def test_what_is_json_is_read_as_it_was_written(value):
    (record,) = JsonStream(io.StringIO(json.dumps(value)), Limits()).records(())
    (line,) = json_lines(io.StringIO(json.dumps(value)), Limits())
    assert record.value == line.value == _written(value)


def _written(value):
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_written(item) for item in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_a_finding_in_an_array_names_its_row(tmp_path):
    records = [event(1), event(2, user=""), event(3)]
    result = reading(tmp_path, json.dumps(records), json.dumps(records[1:]), names=("a.json", "b.json"))
    assert [(finding.file, finding.line, finding.message) for finding in result.findings] == [
        ("a.json", 1, "Row 2: There is no user in this row."),
        ("b.json", 1, "Row 1: There is no user in this row."),
    ]
    (tmp_path / "lines").mkdir()
    (finding,) = reading(tmp_path / "lines", lines(*records), names=("a.json",)).findings
    assert (finding.line, finding.message) == (2, "There is no user in this row.")
