"""Text that begins with a bracket: JSON, whole or damaged, a table, or a log that is not known."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.json_stream import begins_as_json
from tests.rollcall.intake.readings import lines_of, reading
from tests.rollcall.intake.test_sniff import sniffed

CONFLUENCE = (
    "[01/Jun/2026:10:00:00 +0200] ann http-nio-8090-exec-1 10.0.0.1 GET /pages/x.action HTTP/1.1 200 12ms 345 - {}\n"
)
BROWSER = "Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 (KHTML, like Gecko)"

LOGS = [
    (CONFLUENCE.format("Mozilla") * 5, "[01/Jun/2026:10:00:00 +0200] ann", "a log of Confluence"),
    (CONFLUENCE.format(BROWSER) * 5, "[01/Jun/2026:10:00:00 +0200] ann", "with commas and semicolons in every line"),
    ("[2026-06-01 10:00:00] user ann logged in\n" * 4, "[2026-06-01 10:00:00] user", "a log of an application"),
    ("[2026-06-01 10:00:00] [INFO] user ann, logged in\n" * 4, "[2026-06-01 10:00:00] [INFO]", "with its level"),
    ("[INFO] [main] 2026-06-01 10:00:00, user ann\n" * 4, "[INFO] [main]", "the level before the time"),
    ("[1234] 2026-06-01 10:00:00 user ann\n" * 4, "[1234] 2026", "the number of a process, an array if it stood alone"),
    ("\n[1234] [INFO] user ann\n" * 4, "line 2 begins '[1234]", "behind it another bracket"),
]


@pytest.mark.parametrize(("text", "named", "why"), LOGS, ids=[why for *_, why in LOGS])
def test_a_log_of_no_known_format_is_refused_as_one(tmp_path, text, named, why):
    found = sniffed(tmp_path, text, "app.log")
    assert (found.outcome, found.code) == ("rejected", "log.unknown")
    assert named in found.message
    assert "Known are: Jira access log, NGINX or Apache access log, W3C extended log (IIS)." in found.message
    assert "JSON with the user, the time and the action" in found.message


TABLES = [
    (
        "[User],[Time],[Action]\nann,2026-06-01T10:00:00Z,login\n",
        ("[User]", "[Time]"),
        "names as a database quotes them",
    ),
    ('["User"],["Time"]\nann,2026-06-01T10:00:00Z\n', ('["User"]', '["Time"]'), "and quotes within"),
    ("[1],[2]\nann,2026-06-01T10:00:00Z\n", ("[1]", "[2]"), "the columns are numbered"),
    ("{ID};user;time\n7;ann;2026-06-01T10:00:00Z\n", ("user", "time"), "a name in braces"),
    ("{{ID}};user;time\n7;ann;2026-06-01T10:00:00Z\n", ("user", "time"), "in two pairs of them"),
]


@pytest.mark.parametrize(("text", "named", "why"), TABLES, ids=[why for *_, why in TABLES])
def test_a_table_whose_first_name_stands_in_brackets_is_read_as_csv(tmp_path, text, named, why):
    user, at = named
    found = sniffed(tmp_path, text)
    assert (found.outcome, found.format) == ("ok", "csv")
    assert {user, at} <= {column["name"] for column in found.columns}
    mapping = ColumnMapping.from_json(
        {"delimiter": found.delimiter, "columns": {"user": user, "at": at}, "constants": {"action": "login"}}
    )
    result = reading(tmp_path, text, mapping=mapping)
    assert (result.outcome, result.users, lines_of(result)) == ("accepted", 1, [])


DAMAGED = [
    ('[{"user": "ann",\n"time": ', 1, "a file that was cut"),
    ('[\n{"user": "ann"},\n{"user" "bob"}\n]', 3, "a colon is missing"),
    ('[{"user": "ann"}\n{"user": "bob"}]', 2, "a comma is missing"),
    ('[{"user": "ann"}', 1, "the end of the list is missing"),
    ("[{'user': 'ann'}]", 1, "the wrong quotes"),
    ('[{user: "ann"}]', 1, "no quotes around the key"),
    ('{"user": "ann", "time": "2026-06-01T10:00:00Z"', 1, "the end of an object is missing"),
    ('{\n "users": [\n  {"user": "ann"},\n', 1, "a page that was cut, by the line on which its object begins"),
    ("{", 1, "nothing but a beginning"),
    ("[\n", 2, "the same of a list"),
]


@pytest.mark.parametrize(("text", "line", "why"), DAMAGED, ids=[why for *_, why in DAMAGED])
def test_damaged_json_is_called_that_with_its_line(tmp_path, text, line, why):
    found = sniffed(tmp_path, text, "export.json")
    assert (found.outcome, found.code) == ("rejected", "json.invalid")
    assert f"near line {line} of the JSON" in found.message


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=8,
)


@given(st.lists(VALUES) | st.dictionaries(st.text(), VALUES), st.sampled_from([None, 1]), st.booleans())
def test_whatever_is_json_begins_as_it(value, indent, is_ascii):
    assert begins_as_json(json.dumps(value, indent=indent, ensure_ascii=is_ascii))


@given(st.text('[]{}",:1a-\n '))
def test_what_can_be_decoded_is_never_taken_for_another_text(text):
    try:
        is_json = isinstance(json.loads(text), list | dict)
    except ValueError:
        return
    assert begins_as_json(text) or not is_json


@pytest.mark.parametrize("hostile", ["[" * 1_000_000, "[1," * 300_000, "[1" + " " * 1_000_000, "[] " * 300_000 + "x"])
def test_a_hostile_beginning_is_judged_at_once(hostile):
    started = time.process_time()
    begins_as_json(hostile)
    assert time.process_time() - started < 1
