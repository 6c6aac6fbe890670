"""What one line of each log says: who, when, what, and whether it is activity at all."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.formats.profile import Entry, Unusable
from rollcall.formats.registry import PROFILES
from tests.rollcall.intake.readings import lines_of, reading

NGINX = '192.0.2.1 - {} [30/Jun/2026:23:30:00 +0200] "{}" {} 12 "-" "Mozilla/5.0"'
JIRA = '192.0.2.1 240x{}x1 {} [30/Jun/2026:23:30:00 +0200] "{}" {} 12 7 "-" "Mozilla/5.0" "00001f"'
AT = "2026-06-30T23:30:00+0200"

CASES = [
    ("anna", "GET /login HTTP/1.1", "302", Entry("anna", AT, "/login")),
    ("anna", "GET /login?next=/x HTTP/2.0", "303", Entry("anna", AT, "/login")),
    ("anna", "GET /login HTTP/1.1", "200", "shown"),
    ("anna", "POST /users/sign_in HTTP/1.1", "200", "shown"),
    ("anna", "POST /login.jsp HTTP/1.1", "401", "failed"),
    ("anna", "GET /browse/APP-1?x=1 HTTP/1.1", "200", Entry("anna", AT, "/browse/APP-1")),
    ("anna", "GET /browse/APP-1;jsessionid=0A1B HTTP/1.1", "304", "action=/browse/APP-1"),
    ("anna", "GET /browse/APP-1 HTTP/1.1", "500", "failed"),
    ("anna", "GET /loginhistory HTTP/1.1", "200", ""),
    ("anna", "-", "400", "failed"),
    ("-", "GET /login HTTP/1.1", "302", "user.nobody"),
    ("Anna Berg", "GET / HTTP/1.1", "200", "user=Anna Berg"),
    (r"j\xC3\xBCrgen", "GET / HTTP/1.1", "200", "user=jürgen"),
    (r"j\xFCrgen", "GET / HTTP/1.1", "200", r"user=j\xFCrgen"),
    ("anna", r"GET /a\"b HTTP/1.1", "200", r"action=/a\"b"),
]


def said_of(name, line):
    profile = PROFILES[name]
    record = profile.shape.start()(line)
    if isinstance(record, Unusable):
        return record
    (said,) = profile.parts(record)
    return said


def assert_said(said, expected):
    if isinstance(expected, Entry):
        assert said == expected
    elif isinstance(said, Unusable):
        assert said.code == expected
    elif "=" in expected:
        field, _, value = expected.partition("=")
        assert getattr(said, field) == value
    else:
        assert said.no_activity == expected


@pytest.mark.parametrize(("user", "request_line", "status", "expected"), CASES)
def test_a_request_says_this_to_nginx_and_to_jira(user, request_line, status, expected):
    assert_said(said_of("nginx_combined", NGINX.format(user, request_line, status)), expected)
    assert_said(said_of("jira_access_log", JIRA.format(7, user, request_line, status)), expected)


def test_the_common_format_without_a_browser_is_read_as_well():
    said = said_of("nginx_combined", '192.0.2.1 - anna [30/Jun/2026:23:30:00 +0200] "GET / HTTP/1.1" 200 -')
    assert said == Entry("anna", AT, "/")


def test_a_log_of_anonymous_requests_is_refused(tmp_path):
    text = (NGINX.format("-", "GET / HTTP/1.1", "200") + "\n") * 5
    result = reading(tmp_path, text, names=("access.log",))
    assert (result.format, result.rows.accepted) == ("nginx_combined", 0)
    assert result.outcome in ("rejected", "needs_answer")


def test_lines_that_are_no_requests_are_kept_apart_by_their_number(tmp_path):
    good = NGINX.format("anna", "GET / HTTP/1.1", "200") + "\n"
    bad_day = good.replace("30/Jun", "31/Jun")
    result = reading(tmp_path, good * 20 + "rotated\n" + bad_day + "\n" + good, names=("access.log",))
    assert (result.rows.accepted, lines_of(result)) == (21, [(21, "line.unknown"), (22, "time.invalid")])


@pytest.mark.parametrize("hostile", [" [" * 250_000, '1 - a [x] "' + "\\" * 500_000, "a " * 250_000, "\\x" * 250_000])
def test_a_hostile_line_is_refused_at_once(hostile):
    started = time.process_time()
    for line in (hostile, NGINX.format(hostile, "GET / HTTP/1.1", "200"), NGINX.format("anna", hostile, "200")):
        said_of("nginx_combined", line)
        said_of("jira_access_log", line)
    assert time.process_time() - started < 3


@given(st.text(max_size=200))
def test_any_line_is_said_something_about(line):
    for name in ("nginx_combined", "jira_access_log", "w3c_extended"):
        assert said_of_any(name, line)


def said_of_any(name, line):
    record = PROFILES[name].shape.start()(line)
    return record is None or isinstance(record, Unusable) or list(PROFILES[name].parts(record))


W3C = "#Software: IIS\n#Fields: date time cs-username cs-uri-stem sc-status\n"


def w3c(folder, text):
    return reading(folder, text, names=("u_ex.log",))


def test_fields_may_change_inside_a_w3c_file(tmp_path):
    text = (
        W3C
        + "2026-06-30 22:30:00 CORP\\anna /login 302\n2026-06-30 22:31:00 - /login 401\n"
        + "#Fields: cs-username sc-status date time cs-uri-stem cs(User-Agent)\n"
        + "CORP\\berta 200 2026-06-30 22:32:00 /browse/A-1 Mozilla/5.0+(X)\n"
    )
    result = w3c(tmp_path, text)
    assert (result.format, result.rows.accepted, lines_of(result)) == ("w3c_extended", 2, [(4, "user.nobody")])
    assert dict(result.actions) == {"/browse/A-1": (1, 1), "/login": (1, 1)}
    assert result.first_at == "2026-06-30T22:30:00Z"


def test_a_w3c_line_that_does_not_fit_its_fields_is_kept_apart(tmp_path):
    text = W3C + "2026-06-30 22:30:00 anna /a 200\n2026-06-30 22:30:00 anna /a\n2026-06-30 25:30:00 anna /a 200\n"
    assert lines_of(w3c(tmp_path, text)) == [(4, "row.columns"), (5, "time.invalid")]


def test_w3c_lines_without_a_user_field_are_kept_apart(tmp_path):
    text = W3C + "2026-06-30 22:30:00 anna /a 200\n#Fields: date time cs-uri-stem\n2026-06-30 22:30:00 /a\n"
    assert lines_of(w3c(tmp_path, text)) == [(5, "w3c.fields")]


WITHOUT = [
    (
        "#Software: IIS\n#Fields: date time c-ip cs-uri-stem sc-status\n2026-06-30 22:30:00 10.0.0.1 /a 200\n",
        ("does not record the user", "(line 2) does not name cs-username", "User Name"),
        "IIS does not log the user",
    ),
    (
        "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method\n"
        "2026-06-30\t22:30:00\tFRA\t12\t10.0.0.1\tGET\n",
        ("does not record the user", "(line 2) does not name cs-username", "CloudFront"),
        "CloudFront has tabs between its fields, and no user",
    ),
    (
        "#Fields: cs-username cs-uri-stem sc-status\nCORP\\anna /a 200\n",
        ("does not record the time", "(line 1) does not name date and time"),
        "the user is there, and no time",
    ),
    (
        "#Fields: cs-uri-stem sc-status\n/a 200\n",
        ("does not record the user", "does not name cs-username and date and time"),
        "neither is there",
    ),
]


@pytest.mark.parametrize(("text", "named", "why"), WITHOUT, ids=[why for *_, why in WITHOUT])
def test_a_w3c_file_without_a_needed_field_is_refused_with_the_cure(tmp_path, text, named, why):
    result = w3c(tmp_path, text)
    assert (result.outcome, result.code, result.rows.accepted) == ("rejected", "w3c.fields", 0)
    assert [words for words in (*named, "Select Fields") if words not in result.message] == []


def test_a_table_below_a_comment_that_names_its_fields_is_no_w3c_log(tmp_path):
    text = "#Fields: user, time, action\nuser,time,action\nann,2026-06-30T22:30:00Z,login\n"
    result = reading(tmp_path, text)
    assert (result.outcome, result.format, result.users) == ("accepted", "csv", 1)
