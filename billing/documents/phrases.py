"""The engine's sentences about lines and steps, in the language of the document, from the one file `phrases.json`.

A sentence, and a paragraph of them, is translated as a whole or not at all: what no phrase fits, and what the contract
says in its own words, is printed as it was frozen. Numbers, amounts and days are written again in the language; their
digits never change.

The gaps of a phrase: {n} a number, {amount} one with its currency, {noun} a counted thing, {span} days from the first
to the last, {list} names joined by "or", {charge} the key of a charge, {phrase} and {when} words that are phrases
themselves, {name} anything.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from billing.documents.format import NO_BREAK, Style
from rollcall.period import MONTH_NAMES

_NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?"
_SPAN = r"(?:[0-9]{1,2}(?: [A-Z][a-z]{2})?(?: [0-9]{4})? to )?[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}"
_GAP = re.compile(r"\{(n|amount|noun|name|span|list|charge|phrase|when)([0-9]*)\}")
_WHEN = (
    r"(?:at least [0-9,]+ times )?(?:on at least [0-9,]+ days )?"
    r"(?:in the billed period|within [0-9,]+ days?|on that day)"
)
_SENTENCE = re.compile(r"(?<=\.) (?=[A-Z0-9])")
_REASON = " Reason: "
_COLUMNS = {"de": 1, "fr": 2}
_OR = (" oder ", " ou ")


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
        "span": f"({_SPAN})",
        "name": "(.+?)",
        "list": "(.+?)",
        # As terms write it: no words of a sentence, which begin with a capital.
        "charge": "((?-i:[a-z0-9][a-z0-9_.-]*))",
        "phrase": "(.+?)",
        "when": f"({_WHEN})",
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
    for phrase in phrases()[0]:
        match = phrase.pattern.fullmatch(text)
        if match is None:
            continue
        values = [_written(kind, value, style) for kind, value in zip(phrase.gaps, match.groups(), strict=True)]
        if all(values):
            return _filled(phrase.words[column - 1], values)
    return ""


def paragraph(text: str, style: Style) -> str:
    """Return several sentences of the engine in the language of the style; empty where no phrase fits one of them.

    A phrase may also span them all, as one that leads what a person wrote.
    """
    said = [translated(sentence, style) for sentence in _sentences(text)]
    return " ".join(said) if all(said) else translated(text, style)


def _sentences(text: str) -> list[str]:
    """Part a paragraph into sentences; what a person gave as the reason stays one with its lead, whatever it says."""
    ours, lead, own = text.partition(_REASON)
    return [*_SENTENCE.split(ours), *([f"{lead.strip()} {own}"] if lead else [])]


def _filled(words: str, values: list[str]) -> str:
    """Fill gaps in their order; a gap with a number, as {noun3}, takes the value that stands there in the English."""
    in_order: Iterator[str] = iter(values)
    return _GAP.sub(lambda gap: values[int(gap[2]) - 1] if gap[2] else next(in_order), words)


def _written(kind: str, value: str, style: Style) -> str:
    """Write what stands in a gap; empty for words that are no phrase."""
    column = _COLUMNS[style.language]
    match kind:
        case "noun":
            return phrases()[1][value.casefold()][column - 1]
        case "n":
            return style.as_precise(value)
        case "amount":
            return f"{style.as_precise(value[4:])}{NO_BREAK}{value[:3].upper()}"
        case "span":
            return _days(value, style)
        case "list":
            return _OR[column - 1].join(value.rsplit(" or ", 1))
        case "phrase":
            return paragraph(value, style)
        case "when":
            return translated(value, style)
        case _:
            return value


def _days(value: str, style: Style) -> str:
    """Write "1 to 30 Nov 2025" again: what the first day leaves out stands in the last."""
    *first, last = value.split(" to ")
    parts = last.split()
    own = first[0].split() if first else parts
    start, end = (_day(*written) for written in (own + parts[len(own) :], parts))
    return style.period(start, end + timedelta(days=1), short=True)


def _day(day: str, month: str, year: str) -> date:
    return date(int(year), MONTH_NAMES.index(month), int(day))
