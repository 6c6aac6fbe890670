"""The activity definition: strict reading, one digest per meaning, the sentence on the invoice."""

import pytest

from rollcall.terms.activity import (
    ANY_ACTION_ONCE,
    ActivityDefinition,
    DefinitionRefused,
    action_name,
    is_marked,
    marked,
    plain_action,
)

WHOLE = {
    "actions": ["login", "report.open", "file.*"],
    "min_events": 1,
    "min_days": 1,
    "window": "period",
    "evaluate": "at_period_end",
    "look_back_before_start": False,
    "timezone": "Europe/Berlin",
    "excluded_users": ["svc-*", "*[[]bot]"],
    "per_instance": False,
    "identity": {"namespace": "plain", "rule": "trim-nfc-lower", "aliases": {"jane@old.example": "jane@new.example"}},
}


def test_a_whole_definition_goes_through_json_unchanged():
    assert ActivityDefinition.from_json(WHOLE).to_json() == WHOLE


def test_a_default_written_out_or_left_out_has_one_digest():
    short = ActivityDefinition.from_json({"actions": ["login"]})
    long = ActivityDefinition.from_json({"actions": ["login"], "window": "period", "timezone": "UTC", "identity": {}})
    assert short.digest() == long.digest()
    assert short.digest() != ANY_ACTION_ONCE.digest()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"acton": ["login"]}, "acton"),
        ({"identity": {"alias": {}}}, "identity.alias"),
        ({"identity": {"namespace": "shared"}}, "identity.namespace"),
        ({"identity": {"rule": "casefold"}}, "identity.rule"),
        ({"identity": {"aliases": {"a": "b", "b": "a"}}}, "circle"),
        ({"identity": {"aliases": {"a": 1}}}, "identity.aliases"),
        ({"identity": None}, "identity"),
        ({"actions": []}, "actions"),
        ({"actions": "login"}, "actions"),
        ({"actions": [" "]}, "actions"),
        ({"min_events": 0}, "min_events"),
        ({"min_events": True}, "min_events"),
        ({"min_days": "2"}, "min_days"),
        ({"window": "month"}, "window"),
        ({"window": {"days": 0}}, "window.days"),
        ({"window": {"days": 3661}}, "window.days"),
        ({"window": {"days": 30, "hours": 1}}, "window"),
        ({"evaluate": "hourly"}, "evaluate"),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": 1}, "timezone"),
        ({"per_instance": "no"}, "per_instance"),
        ({"excluded_users": [1]}, "excluded_users"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(change, named):
    with pytest.raises(DefinitionRefused, match=named.replace(".", r"\.")):
        ActivityDefinition.from_json(WHOLE | change)


def test_actions_are_required():
    with pytest.raises(DefinitionRefused, match="actions"):
        ActivityDefinition.from_json({})


def test_actions_match_names_and_globs_whatever_their_case():
    definition = ActivityDefinition.from_json(WHOLE)
    seen = ["login", "LOGIN ", "Report.Open", "file.read", "file", "logout", "report_open"]
    assert definition.counted_actions(seen) == {"login", "LOGIN ", "Report.Open", "file.read"}
    assert ANY_ACTION_ONCE.counted_actions(["", "anything"]) == {"", "anything"}


def test_an_action_keeps_its_case_and_loses_its_blanks():
    assert action_name(" REPORT.OPEN\t") == "REPORT.OPEN"
    assert action_name("cafe\u0301\u00a0") == "café"


def test_the_words_say_every_rule_that_is_not_the_default():
    assert ANY_ACTION_ONCE.words() == (
        "An active user is a person who did anything in the billed period (UTC). "
        "Failed, interrupted, automatic and idle entries do not count. "
        "A person counts once, however many instances the person used."
    )
    rolling = ActivityDefinition.from_json(
        WHOLE | {"min_events": 3, "min_days": 2, "window": {"days": 30}, "evaluate": "daily", "per_instance": True}
    )
    assert rolling.words() == (
        "An active user is a person who did login, report.open or file.* at least 3 times on at least 2 days "
        "within 30 days (Europe/Berlin). The window is read at the end of every day. "
        "Days before the start of the contract do not count. Failed, interrupted, automatic and idle entries do not count. Never counted: svc-*, *[[]bot]. A person counts once on each instance."
    )


# (what the definition names, what of SEEN counts)
SEEN = ("login", "LOGIN", "login !failed", "Login !interrupted", "REFRESH_TOKEN !automatic", "idle !idle", "login!")
MARKED = (
    (["*"], {"login", "LOGIN", "login!"}),
    (["login"], {"login", "LOGIN"}),
    (["login*"], {"login", "LOGIN", "login!"}),
    (["login !failed"], {"login !failed"}),
    (["login", "LOGIN !*"], {"login", "LOGIN", "login !failed", "Login !interrupted"}),
    (["refresh_token !automatic"], {"REFRESH_TOKEN !automatic"}),
    (["*", "* !*"], set(SEEN)),
    (["* !*"], {"login !failed", "Login !interrupted", "REFRESH_TOKEN !automatic", "idle !idle"}),
    (["login !"], set()),
    (["login?!failed", "login[ ]!failed"], set()),
)


@pytest.mark.parametrize(("actions", "counted"), MARKED, ids=[" or ".join(actions) for actions, _ in MARKED])
def test_what_is_marked_as_no_activity_counts_only_for_a_name_with_the_mark(actions, counted):
    assert ActivityDefinition.from_json({"actions": actions}).counted_actions(SEEN) == counted


def test_a_mark_is_put_on_and_taken_off():
    assert marked("login", "failed") == "login !failed"
    assert is_marked("login !failed")
    assert not is_marked("login!failed")
    assert plain_action("login !failed") == plain_action("login") == "login"


@pytest.mark.parametrize(
    ("action", "reason"), [("login", "Failed"), ("login", "no such"), ("login", ""), ("a !b", "failed")]
)
def test_a_mark_is_one_word_put_on_once(action, reason):
    with pytest.raises(ValueError, match="one mark, one word"):
        marked(action, reason)


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        (
            ["login", "login !failed"],
            "did login in the billed period (UTC). Also counted: login (failed); "
            "other failed, interrupted, automatic and idle entries do not count.",
        ),
        (["login !failed"], "did login (failed) in the billed period (UTC). Also counted: login (failed); other "),
        (
            ["*", "* !*"],
            "did anything in the billed period (UTC). "
            "Also counted: any action (failed, interrupted, automatic or idle); other ",
        ),
    ],
)
def test_the_words_say_which_entries_without_activity_count_too(actions, words):
    assert words in ActivityDefinition.from_json({"actions": actions}).words()
