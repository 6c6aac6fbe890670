"""The engine's sentences about lines and steps, in the language of the document, from the one file `phrases.json`.

A sentence is translated as a whole or not at all: what no phrase fits, and what the contract says in its own words, is
printed as it was frozen. Numbers and amounts are written again in the language; their digits never change.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from billing.documents.format import NO_BREAK, Style

_NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?"
_GAP = re.compile(r"\{(n|amount|noun|name)([0-9]*)\}")
_COLUMNS = {"de": 1, "fr": 2}


@dataclass(frozen=True)
class Phrase:
    """A pattern of the engine's English, the kinds of its gaps in order, and its words in each other language."""

    pattern: re.Pattern[str]
    gaps: tuple[str, ...]
    words: tuple[str, str]


@cache
def phrases() -> tuple[tuple[Phrase, ...], dict[str, tuple[str, str]]]:
    """Give all phrases in their order, and the nouns."""
    table = json.loads((Path(__file__).resolve().parent / "phrases.json").read_text("utf-8"))
    nouns = {name: (german, french) for name, (german, french) in table["nouns"].items()}
    kinds = {
        "n": f"({_NUMBER})",
        "amount": f"([A-Z]{{3}} {_NUMBER})",
        "noun": f"({'|'.join(sorted(map(re.escape, nouns), key=len, reverse=True))})",
        "name": "(.+?)",
    }
    found = []
    for english, german, french in table["phrases"]:
        literals = _GAP.split(english)[::3]
        gaps = tuple(match[1] for match in _GAP.finditer(english))
        parts = [re.escape(literals[0])]
        for gap, literal in zip(gaps, literals[1:], strict=True):
            parts += [kinds[gap], re.escape(literal)]
        found.append(Phrase(re.compile("".join(parts), re.IGNORECASE), gaps, (german, french)))
    return tuple(found), nouns


def translated(text: str, style: Style) -> str:
    """Return a sentence of the engine in the language of the style; empty where no phrase fits, and in English."""
    column = _COLUMNS.get(style.language)
    if column is None:
        return ""
    known, nouns = phrases()
    for phrase in known:
        match = phrase.pattern.fullmatch(text)
        if match is None:
            continue
        values = [
            _written(kind, value, style, nouns, column) for kind, value in zip(phrase.gaps, match.groups(), strict=True)
        ]
        return _filled(phrase.words[column - 1], values)
    return ""


def _filled(words: str, values: list[str]) -> str:
    """Fill gaps in their order; a gap with a number, as {noun3}, takes the value that stands there in the English."""
    in_order: Iterator[str] = iter(values)
    return _GAP.sub(lambda gap: values[int(gap[2]) - 1] if gap[2] else next(in_order), words)


def _written(kind: str, value: str, style: Style, nouns: dict[str, tuple[str, str]], column: int) -> str:
    if kind == "noun":
        return nouns[value.casefold()][column - 1]
    if kind == "n":
        return style.as_precise(value)
    if kind == "amount":
        return f"{style.as_precise(value[4:])}{NO_BREAK}{value[:3].upper()}"
    return value
