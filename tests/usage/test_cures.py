"""Every reason for which a row is put aside has words and a cure."""

import re

from config.environment import BASE_DIR
from usage.cures import ANY_CURE, CURES, cure_of
from usage.portal.words import reason_words

CODE = re.compile(r"\b(?:Fault|Unusable|TimeRefused)\(\s*\"([a-z_]+\.[a-z_]+)\"")


def codes() -> set[str]:
    """The codes that stand in the sources of readers and formats."""
    found = {"user.nobody"}
    for path in (BASE_DIR / "rollcall").rglob("*.py"):
        found |= set(CODE.findall(path.read_text(encoding="utf-8")))
    return found


def test_every_code_has_words_and_a_cure() -> None:
    found = codes()

    assert {"time.invalid", "user.empty", "row.columns"} <= found
    assert {code for code in found if reason_words(code) == code} == set()
    assert {code for code in found if code not in CURES} == set()


def test_a_code_that_is_not_known_has_words_that_always_hold() -> None:
    assert cure_of("new.code") == ANY_CURE
