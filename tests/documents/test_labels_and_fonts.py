"""Every word of the layout exists in three languages, and every printable character in the bundled fonts."""

import io
import json
import re
import string
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from billing.documents.format import LANGUAGES
from billing.documents.labels import labels
from billing.documents.printable import printable_characters, unprintable

ROOM = Path(__file__).resolve().parents[2] / "billing" / "documents"
TABLE = json.loads((ROOM / "labels.json").read_text("utf-8"))


@pytest.mark.parametrize("key", TABLE)
def test_a_label_has_three_languages_with_the_same_gaps(key):
    assert len(TABLE[key]) == len(LANGUAGES)
    gaps = [{name for _, name, _, _ in string.Formatter().parse(words) if name} for words in TABLE[key]]
    assert gaps[0] == gaps[1] == gaps[2]
    for words in TABLE[key]:
        assert words.strip() == words
        assert words
        assert unprintable(words) == ""


def general(key: str) -> str:
    """The label whose place one of another kind of document takes: "credit_note.pay_by" that of "pay_by"."""
    return key.rpartition(".")[2]


def test_every_label_is_used_and_every_used_label_exists():
    sources = [path.read_text("utf-8") for path in [*ROOM.glob("*.py"), *(ROOM / "templates").glob("*.html")]]
    text = "\n".join(sources)
    named = set(re.findall(r"""['\"]([a-z][a-zA-Z_]*)['\"]""", text)) | set(re.findall(r"\bL\.(\w+)", text))
    families = set(re.findall(r"""f['\"]([a-z]+_)\{""", text))
    unused = {
        key
        for key in TABLE
        if general(key).removesuffix("_one") not in named and not any(general(key).startswith(one) for one in families)
    }
    assert unused == set()
    # What a credit note calls otherwise, an invoice has a word for.
    assert {general(key) for key in TABLE} <= set(TABLE)
    assert set(re.findall(r"\bL\.(\w+)", text)) <= set(TABLE)
    assert set(re.findall(r'say\(\s*"(\w+)"', text)) <= set(TABLE)


def test_a_form_for_one_belongs_to_a_form_for_many():
    assert {key for key in TABLE if key.endswith("_one") and key.removesuffix("_one") not in TABLE} == set()


def test_labels_are_read_by_language():
    assert [labels(language)["amount_due"] for language in LANGUAGES] == ["Amount due", "Zu zahlen", "À payer"]


def test_the_list_of_printable_characters_is_that_of_the_fonts():
    fonts = [TTFont(ROOM / "assets" / f"IBMPlexSans-{weight}.woff2") for weight in ("Regular", "SemiBold")]
    both = {chr(code) for code in set(fonts[0].getBestCmap()) & set(fonts[1].getBestCmap())}
    assert printable_characters() <= both
    missing = {char for char in both - printable_characters() if char.isprintable()}
    assert missing == set()


def test_the_fonts_come_with_their_licence():
    words = (ROOM / "assets" / "OFL-IBM-Plex.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in words
    for path in (ROOM / "assets").glob("*.woff2"):
        names = TTFont(io.BytesIO(path.read_bytes()))["name"]
        assert "IBM Plex" in str(names.getDebugName(1))
