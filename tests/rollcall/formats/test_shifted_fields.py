"""Access logs in which more than the address stands before the user: virtual hosts, proxies, and what is not certain."""

import time

import pytest

from rollcall.formats.profile import Unusable
from rollcall.formats.registry import PROFILES
from tests.rollcall.intake.readings import lines_of, names_of, reading

BEHIND = ' [01/Jun/2026:10:{:02}:00 +0200] "GET /browse/X HTTP/1.1" 200 123'
BROWSER = ' "-" "Mozilla/5.0 (X11; Linux) (KHTML, like Gecko)"'

CERTAIN = [
    ("10.0.0.1 - ann", "ann", "the plain combined format"),
    ("10.0.0.1 - ann smith", "ann smith", "a user with a blank in the name"),
    ("10.0.0.1 - Smith, Ann", "Smith, Ann", "a comma in the name is no list of addresses"),
    ("10.0.0.1 - unknown", "unknown", "a user of that name, not an address that a proxy hides"),
    ("10.0.0.1 - aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:ff", "a device by its MAC address, which is no IP address"),
    ("client.example.org - ann", "ann", "a client by its name"),
    ("10.0.0.1,172.16.0.9 - ann", "ann", "two addresses without a blank are one field"),
    ("10.0.0.1 www.example.com ann", "ann", "three fields, the second is another than Apache's"),
    ("www.example.com:443 10.0.0.1 - ann", "ann", "Apache's vhost_combined"),
    ("www.example.com:443 10.0.0.1 - ann smith", "ann smith", "the same, with a blank in the name"),
    ("www.example.com 2001:db8::1 - ann", "ann", "a virtual host without its port, a client of IPv6"),
    ("www.example.com:443 10.0.0.1 - -", None, "the same, of nobody"),
    ("10.0.0.1, 172.16.0.9 - ann", "ann", "X-Forwarded-For with two addresses"),
    ("10.0.0.1, 172.16.0.9, 172.16.0.10 - -", None, "with three, of nobody"),
    ("unknown, 172.16.0.9 - ann", "ann", "a proxy that hides the client"),
    ("www.example.com:443 10.0.0.1, 172.16.0.9 - ann", "ann", "a virtual host and two addresses"),
    ("- 10.0.0.1 - ann", "ann", "X-Forwarded-For is empty, and the address follows"),
    ("10.0.0.1 600x1x1 ann", "ann", "Jira"),
    ("10.0.0.1, 172.16.0.1 600x1x1 ann", "ann", "Jira behind two proxies"),
    ("10.0.0.1, 172.16.0.1 600x1x1 -", None, "the same, of nobody"),
    ("10.0.0.1 172.16.0.1 *600x1x1 ann smith", "ann smith", "no comma between them, a blank in the name"),
]

NOT_CERTAIN = [
    ("10.0.0.1 - - ann", "two empty fields before the user, or one and the user '- ann'"),
    ("10.0.0.1 - - -", "one field too many"),
    ("10.0.0.1 - ann -", "an empty field behind the user"),
    ("10.0.0.1 - ann - smith", "one user, or two fields around an empty one"),
    ("10.0.0.1 - ann 172.16.0.9", "an address behind the user"),
    ("10.0.0.1 - ann 10.0.0.7, 172.16.0.9", "several of them"),
    ("10.0.0.1 - 172.16.0.9", "an address in the place of the user"),
    ("10.0.0.1 ann smith berg", "no empty field and no id says where the user begins"),
    ("10.0.0.1 172.16.0.9 ann smith", "nor behind two addresses"),
    ("10.0.0.1, 172.16.0.9 ann", "nor behind a list of them"),
    ("10.0.0.1, 172.16.0.9 ann smith", "which is no user 'smith'"),
    ("10.0.0.1, - ann", "a list that does not go on"),
    ("www.example.com, 10.0.0.1 - ann", "a list of something else than addresses"),
    ("10.0.0.1, 172.16.0.1 600x1x1", "Jira without a user: the id is nobody's name"),
    ("10.0.0.1 - 600x1x1 ann", "the id of a request in the place of the user"),
    ("www.example.com:443 client.example.org - ann", "the second is no address"),
    ("Jun 11 10:00:00 web1 nginx: 10.0.0.1 - ann", "the head of syslog"),
    ("web-1 | 10.0.0.1 - ann", "the head of a container"),
    ("10.0.0.1 -\tann smith", "a tab between two fields"),
    ("10.0.0.1 ann", "one field too few"),
]


def record_of(before):
    return PROFILES["nginx_combined"].shape.start()(before + BEHIND.format(0) + BROWSER)


@pytest.mark.parametrize(("before", "user", "why"), CERTAIN, ids=[why for *_, why in CERTAIN])
def test_the_user_is_told_from_the_fields_before(before, user, why):
    (said,) = PROFILES["nginx_combined"].parts(record_of(before))
    assert (said.code if user is None else said.user) == (user or "user.nobody")


@pytest.mark.parametrize(("before", "why"), NOT_CERTAIN, ids=[why for _, why in NOT_CERTAIN])
def test_a_line_whose_user_is_not_certain_is_kept_apart(before, why):
    said = record_of(before)
    assert isinstance(said, Unusable)
    assert (said.code, said.value[: len(before)]) == ("line.unknown", before)
    assert "not certain which word is the user" in said.message


def log_of(befores, behind=BROWSER):
    return "".join(f"{before}{BEHIND.format(minute)}{behind}\n" for minute, before in enumerate(befores))


LOGS = {
    "vhost_combined": (
        [
            "www.example.com:443 10.0.0.1 - ann",
            "www.example.com:443 10.0.0.2 - -",
            "shop.example.com:443 10.0.0.3 - bob",
        ],
        BROWSER,
        "nginx_combined",
    ),
    "forwarded": (
        ["10.0.0.1, 172.16.0.9 - ann", "10.0.0.1 - ann", "10.0.0.2, 172.16.0.9 - -", "10.0.0.3, 172.16.0.9 - bob"],
        BROWSER,
        "nginx_combined",
    ),
    "jira behind proxies": (
        [f"10.0.0.1, 172.16.0.1 600x{number}x1 {'ann' if number % 2 else 'bob'}" for number in range(6)]
        + ["10.0.0.1, 172.16.0.1 600x7x1 -"],
        ' 5 "-" "M" "s"',
        "jira_access_log",
    ),
}


@pytest.mark.parametrize("log", LOGS)
def test_a_log_with_more_fields_before_the_user_counts_two_users(tmp_path, log):
    """Ann and Bob are two, by whichever way their requests came; nobody is no third."""
    befores, behind, format = LOGS[log]
    result = reading(tmp_path, log_of(befores, behind), names=("access.log",))
    assert (result.outcome, result.format, result.users) == ("quarantined", format, 2)
    assert sorted(name["raw"] for name in names_of(tmp_path)) == ["ann", "bob"]
    assert [code for _, code in lines_of(result)] == ["user.nobody"]


def test_a_seldom_line_that_is_not_certain_is_kept_apart_by_its_number(tmp_path):
    befores = ["10.0.0.1 - ann"] * 12 + ["10.0.0.1 - - ann"] + ["10.0.0.1 - bob smith"] * 7
    result = reading(tmp_path, log_of(befores), names=("access.log",))
    assert (result.rows.accepted, result.users, lines_of(result)) == (19, 2, [(13, "line.unknown")])


def test_a_log_with_an_empty_field_too_many_is_refused_with_the_cure(tmp_path):
    """Two of ten lines have no user and show that a field is too many: `ann s1` might be Ann in her first session."""
    befores = ["10.0.0.1 - ann s1"] * 8 + ["10.0.0.1 - - s2"] * 2
    result = reading(tmp_path, log_of(befores), names=("access.log",))
    assert (result.outcome, result.code, result.rows.accepted) == ("rejected", "log.user", 0)
    assert "Line 9 of this access log" in result.message
    assert "'10.0.0.1 - - s2'" in result.message
    assert "combined format" in result.message


@pytest.mark.parametrize(("before", "why"), NOT_CERTAIN, ids=[why for _, why in NOT_CERTAIN])
def test_a_whole_log_of_lines_that_are_not_certain_counts_nobody(tmp_path, before, why):
    result = reading(tmp_path, log_of([before] * 5), names=("access.log",))
    assert (result.outcome, result.code, result.rows.accepted) == ("rejected", "log.user", 0)


@pytest.mark.parametrize(
    "hostile", ["1.1.1.1, " * 450, "1.1.1.1 " * 100_000, "- " * 2_000, "a:b:c " * 700, ", " * 9_000]
)
def test_hostile_fields_are_told_apart_at_once(hostile):
    started = time.process_time()
    for before in (hostile + "- ann", "10.0.0.1 - " + hostile + "ann"):
        record_of(before)
    assert time.process_time() - started < 1
