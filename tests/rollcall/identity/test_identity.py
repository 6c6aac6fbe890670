"""Who is one person: the golden file of hard ids, references, aliases and exclusions."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import (
    NO_RESOLUTION,
    AliasCircle,
    AliasTwice,
    UnknownRule,
    people_of_aliases,
    resolve,
    user_key,
    user_ref,
    user_refs,
)

HARD_IDS = json.loads(Path(__file__).with_name("hard_ids.json").read_text())
SALT = bytes(range(32))


@pytest.mark.parametrize("case", HARD_IDS["one_user"], ids=lambda case: case["case"])
def test_spellings_of_one_user_have_one_key(case):
    assert {user_key(spelling) for spelling in case["spellings"]} == {case["user_key"]}


@pytest.mark.parametrize("case", HARD_IDS["different_users"], ids=lambda case: case["case"])
def test_different_users_keep_different_keys(case):
    assert len({user_key(raw) for raw in case["ids"]}) == len(case["ids"])


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_key_is_its_own_key_and_in_nfc(raw):
    key = user_key(raw)
    assert user_key(key) == key
    assert unicodedata.is_normalized("NFC", key)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_is_the_long_way(raw):
    assert user_key(raw) == user_key(raw + "\u200b")


def test_an_unknown_rule_is_refused():
    with pytest.raises(UnknownRule, match="trim-nfc-lower"):
        user_key("jane", "casefold")


def test_a_reference_depends_on_the_salt_and_is_64_hex_digits():
    assert user_ref(SALT, "jane") == "5b12a839d5327b813a29d10f30ccbceb70fd0fcacdc98cf4563dd6901aceb449"
    assert user_ref(SALT, "jane") != user_ref(SALT[::-1], "jane")
    assert len(user_ref(SALT, "jane")) == 64


@given(st.binary(max_size=100), st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]))))
def test_many_references_at_once_are_the_same_references(salt, keys):
    assert user_refs(salt, keys) == [user_ref(salt, key) for key in keys]


def definition(**changes):
    return ActivityDefinition.from_json({"actions": ["*"]} | changes)


def names_of(*keys):
    return {user_ref(SALT, key): key for key in keys}


def test_aliases_lead_to_the_person_through_chains_and_spellings():
    jane = definition(
        identity={"aliases": {"Jane@Old.example ": "jane@mid.example", "jane@mid.example": "jane@new.example"}}
    )
    resolution = resolve(names_of("jane@old.example", "jane@new.example", "joe"), jane, SALT)
    assert resolution.aliases == {user_ref(SALT, "jane@old.example"): user_ref(SALT, "jane@new.example")}
    assert resolution.person(user_ref(SALT, "jane@old.example")) == user_ref(SALT, "jane@new.example")
    assert resolution.person(user_ref(SALT, "joe")) == user_ref(SALT, "joe")
    assert resolution.excluded == frozenset()


def test_an_exclusion_looks_at_the_person_behind_the_alias():
    without_bots = definition(
        excluded_users=["SVC-*", "*[[]bot]"], identity={"aliases": {"svc-jane": "jane", "helper": "svc-help"}}
    )
    resolution = resolve(names_of("svc-jane", "helper", "svc-1", "renovate[bot]", "jane", "bot"), without_bots, SALT)
    assert resolution.excluded == {user_ref(SALT, key) for key in ("svc-help", "svc-1", "renovate[bot]")}


def test_under_a_customer_key_nothing_is_resolved_here():
    pseudonyms = definition(excluded_users=["a*"], identity={"namespace": "customer_key", "aliases": {"ab": "cd"}})
    assert resolve(names_of("ab"), pseudonyms, SALT) == NO_RESOLUTION


def test_aliases_in_a_circle_or_for_two_people_are_refused():
    with pytest.raises(AliasCircle):
        people_of_aliases({"a": "b", "b": "c", "c": "a"})
    with pytest.raises(AliasTwice):
        people_of_aliases({"a": "b", "A ": "c"})
    assert people_of_aliases({"a": "A", "b": "b "}) == {}
