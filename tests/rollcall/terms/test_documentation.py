"""The pages about terms are true: every name stands on them, every sentence is the product's, every case exists.

Run as a program this writes the sentences of `docs/terms-clauses.md` anew below its blocks of JSON.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollcall.rating import STEPS
from rollcall.terms.calculations import CALCULATIONS
from rollcall.terms.contract import ContractTerms
from rollcall.terms.discounts import CLASSES
from rollcall.terms.instances import ACROSS_INSTANCES
from rollcall.terms.later_stage import RULES
from rollcall.terms.metrics import KINDS
from rollcall.terms.outline import Answer, Group, Kinds, Named, Rows, outline
from rollcall.terms.part_periods import PARTS_ROUNDED
from rollcall.terms.priced import LADDERS, MODELS
from rollcall.terms.proration import DAY_COUNTS
from rollcall.terms.rules import CADENCES, GAP_RULES, MID_CYCLE
from rollcall.terms.templates import all_templates, merged

PAGES = Path(__file__).parents[3] / "docs"
CASES = Path(__file__).parents[2] / "cases"
KEYS = (PAGES / "terms.md").read_text(encoding="utf-8")
SWITCHES = (PAGES / "terms-switches.md").read_text(encoding="utf-8")
CLAUSES = (PAGES / "terms-clauses.md").read_text(encoding="utf-8")

_CLAUSE = re.compile(r"\n([^\n]+):\n\n```json\n(.*?)\n```\n\n((?:>[^\n]*\n)+)", re.DOTALL)
BASE = json.loads(CLAUSES.split("```json\n")[1].split("\n```")[0])
CLAUSES_AND_SENTENCES = [
    pytest.param(json.loads(patch), [line[2:] for line in quoted.splitlines() if len(line) > 1], id=title)
    for title, patch, quoted in _CLAUSE.findall(CLAUSES)
]


def names_on(page: str) -> set[str]:
    """Return every word that stands between backticks."""
    return {word for code in re.findall(r"`([^`\n]+)`", page) for word in re.findall(r"[a-z0-9_]+", code)}


@pytest.mark.parametrize(
    "names",
    [
        MODELS, LADDERS, CALCULATIONS, RULES, KINDS, STEPS, GAP_RULES, CADENCES, MID_CYCLE, DAY_COUNTS, PARTS_ROUNDED,
        ACROSS_INSTANCES,
    ],
    ids=["models", "ladders", "calculations", "rules", "kinds", "steps", "gaps", "cadences", "changes", "day counts",
         "roundings", "instances"],
)  # fmt: skip
def test_every_name_that_terms_may_use_stands_on_the_page(names):
    assert set(names) - {"included", *STEPS} <= names_on(KEYS)
    assert all(name in KEYS for name in names)


def test_every_class_of_discount_stands_on_the_page():
    assert all(name in KEYS for name in CLASSES)


def test_every_key_of_the_document_stands_on_the_page():
    terms = ContractTerms.from_json(BASE)
    written = terms.to_json()
    assert set(written) | {"limits", "phases"} <= names_on(KEYS)
    assert set(written["charges"]["seats"]) <= names_on(KEYS)


def test_every_key_and_word_that_a_form_asks_for_stands_on_the_page():
    asked = {word for key in asked_for(outline()) for word in re.findall(r"[a-z0-9_]+", key)}
    assert asked - set(re.findall(r"[a-z0-9_]+", KEYS)) == set()


def asked_for(shape: object) -> Iterator[str]:
    """Yield every key, and every word that may be chosen, of the outline of terms."""
    if isinstance(shape, Group):
        for question in shape.questions:
            yield question.key
            # The definition has a page of its own, the categories of tax are those of EN 16931.
            if question.key in ("definition", "category"):
                continue
            yield from asked_for(question.shape)
    elif isinstance(shape, Kinds):
        yield shape.key
        for name, group in shape.groups.items():
            yield name
            yield from asked_for(group)
    elif isinstance(shape, Rows | Named):
        yield from asked_for(shape.of)
    elif isinstance(shape, Answer):
        yield from shape.choices


def test_the_contract_of_the_page_says_its_sentences():
    quoted = CLAUSES.split("```\n\n", 1)[1].split("\n## ")[0]
    said = [line[2:] for line in quoted.splitlines() if len(line) > 1]
    assert said == ContractTerms.from_json(BASE).sentences()


@pytest.mark.parametrize(("patch", "sentences"), CLAUSES_AND_SENTENCES)
def test_a_clause_says_the_sentences_that_stand_below_it(patch, sentences):
    before = set(ContractTerms.from_json(BASE).sentences())
    terms = ContractTerms.from_json(merged(BASE, patch))
    assert [sentence for sentence in terms.sentences() if sentence not in before] == sentences


def test_no_clause_of_the_page_is_overlooked():
    assert len(CLAUSES_AND_SENTENCES) == CLAUSES.count("```json") - 1 >= 50


def test_every_case_and_template_that_shows_a_switch_exists():
    known = {found.name for found in all_templates()}
    for file in [*CASES.glob("worked/*.json"), *CASES.glob("rating/*.json")]:
        document = json.loads(file.read_text(encoding="utf-8"))
        known |= {row["id"] for row in (document if isinstance(document, list) else document["cases"])}
    shown = [row.rsplit("|", 2)[1] for row in SWITCHES.splitlines() if row.startswith("| ")]
    named = {name for cell in shown for name in re.findall(r"`([^`]+)`", cell)}
    assert len(shown) > 35
    assert named - known == set()


def test_every_key_that_answers_a_question_stands_on_the_page_of_keys():
    answers = [row.split("|")[2] for row in SWITCHES.splitlines() if row.startswith("| ")]
    keys = {key for cell in answers for key in re.findall(r"`([^`]+)`", cell) if " " not in key}
    of_definitions = {"aliases", "window.days", "definition.identity", "per_instance"}
    assert {key for key in keys - of_definitions if key.rpartition(".")[2] not in names_on(KEYS)} == set()


def written_anew() -> str:
    """Return the page of clauses with the sentences that the product says today."""
    base = ContractTerms.from_json(BASE).sentences()
    head, contract, rest = CLAUSES.partition("\n```\n\n")
    _, heading, rest = rest.partition("\n## ")

    def quoted(sentences: list[str]) -> str:
        return "\n>\n".join(f"> {sentence}" for sentence in sentences) + "\n"

    def clause(found: re.Match[str]) -> str:
        terms = ContractTerms.from_json(merged(BASE, json.loads(found[2])))
        new = [sentence for sentence in terms.sentences() if sentence not in base]
        return f"\n{found[1]}:\n\n```json\n{found[2]}\n```\n\n{quoted(new)}"

    return head + contract + quoted(base) + heading + _CLAUSE.sub(clause, rest)


def test_the_page_is_as_it_would_be_written_anew():
    assert written_anew() == CLAUSES


if __name__ == "__main__":
    (PAGES / "terms-clauses.md").write_text(written_anew(), encoding="utf-8")
