"""The form of terms is drawn from the engine's dataclasses and gives back what it was drawn from."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pytest
from django.http import QueryDict

from billing.terms_form import draw, edit, read_form
from billing.terms_form.drawn import Node
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.outline import group_of, outline
from rollcall.terms.priced import _MODELS, LADDERS, PriceModel, price_model
from rollcall.terms.prices import MODELS
from rollcall.terms.templates import all_templates
from tests.billing.desk.form import sent
from tests.cast import terms_json, terms_of_b

TEMPLATES = {found.name: dict(found.terms) for found in all_templates()}
TERMS: dict[str, dict[str, Any]] = {"cast a": terms_json(), "cast b": terms_of_b(), **TEMPLATES}


def form_of(document: dict[str, Any], refused: TermsRefused | None = None) -> Node:
    return draw(outline=outline(), document=document, refused=refused)


def read(data: QueryDict) -> dict[str, Any]:
    return read_form(outline=outline(), data=data)


def at(root: Node, path: str) -> Node:
    (found,) = [node for node in root.walk() if node.path == path and node.look not in ("rows", "named")][:1]
    return found


@pytest.mark.parametrize("name", TERMS)
def test_an_untouched_form_gives_the_same_terms(name: str) -> None:
    for document in (TERMS[name], ContractTerms.from_json(TERMS[name]).to_json()):
        again = read(sent(form_of(document)))
        assert ContractTerms.from_json(again).digest() == ContractTerms.from_json(document).digest()


@pytest.mark.parametrize("name", TERMS)
def test_known_terms_need_no_json_but_for_what_has_no_shape(name: str) -> None:
    as_json = {node.path.rpartition(".")[2] for node in form_of(TERMS[name]).walk() if node.is_json and node.value}
    assert as_json <= {"phases", "greater_of"}


def test_every_price_model_is_offered_with_its_own_fields() -> None:
    price = at(form_of(terms_json()), "charges.seats.price.model")
    assert {word for word, _ in price.choices} == set(MODELS)
    for model in MODELS:
        document = terms_json()
        document["charges"]["seats"]["price"] = {"model": model}
        fields = {node.path for node in form_of(document).walk() if node.path.startswith("charges.seats.price.")}
        assert len(fields) > 1, f"{model} asks for nothing"
        assert not set(LADDERS) & {word for word, _ in price.choices}


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("timezone", "Europe/Berln", "no time zone"),
        ("charges.seats.price.tiers[0].unit_price", "29,00", "decimal number"),
        ("charges.seats.price.tiers[0].up_to", "many", "decimal number as text"),
        ("term.end", "2025-01-01", "holds no day"),
        ("tax.rate", "190", "more than the whole"),
        ("charges.seats.floor.minimum_users", "-1", "at least 0"),
    ],
)
def test_the_sentence_of_a_refusal_stands_at_its_field(path: str, value: str, sentence: str) -> None:
    data = sent(form_of(terms_json()))
    data[path] = value
    document = read(data)
    with pytest.raises(TermsRefused) as caught:
        ContractTerms.from_json(document)
    (marked,) = [node for node in form_of(document, caught.value).walk() if node.error]
    assert path.startswith(marked.path)
    assert sentence in marked.error
    typed = at(form_of(document), path)
    assert typed.value == value, "what the person wrote stays in the field"


def test_the_floor_above_the_cap_is_said_at_the_floor() -> None:
    data = sent(form_of(terms_json()))
    data["charges.seats.cap?"], data["charges.seats.cap.amount"] = "on", "100.00"
    document = read(data)
    with pytest.raises(TermsRefused) as caught:
        ContractTerms.from_json(document)
    (marked,) = [node for node in form_of(document, caught.value).walk() if node.error]
    assert marked.path == "charges.seats.floor"
    assert "cannot be above the cap" in marked.error


def test_a_limit_is_stated_by_its_box_and_gone_without_it() -> None:
    data = sent(form_of(terms_json()))
    assert "floor" in read(data)["charges"]["seats"]
    del data["charges.seats.floor?"]
    assert "floor" not in read(data)["charges"]["seats"]


def test_rows_and_charges_are_added_and_removed() -> None:
    document = terms_json()
    tiers = edit(document=document, command="add:charges.seats.price.tiers")["charges"]["seats"]["price"]["tiers"]
    assert [tier.get("up_to") for tier in tiers] == [500, None, None], "the open end stays the last one"
    assert tiers[1] == {}
    fewer = edit(document=document, command="remove:charges.seats.price.tiers[0]")
    assert len(fewer["charges"]["seats"]["price"]["tiers"]) == 1
    more = edit(document=document, command="add:charges")
    assert sorted(more["charges"]) == ["seats", "seats-2"]
    assert sorted(edit(document=more, command="remove:charges.seats")["charges"]) == ["seats-2"]
    assert edit(document=document, command="remove:charges.nothing.price") == document
    assert document == terms_json(), "the terms that were given are left alone"


def test_a_charge_is_renamed_by_its_name_field() -> None:
    data = sent(form_of(terms_json()))
    data["charges.seats#"] = "people"
    assert list(read(data)["charges"]) == ["people"]


def test_keys_that_no_field_shows_are_kept_as_json() -> None:
    document = terms_json(colour="red")
    form = form_of(document)
    assert at(form, "(others)").value == '{\n  "colour": "red"\n}'
    assert read(sent(form))["colour"] == "red"
    data = sent(form)
    data["(others)"] = "red"
    with pytest.raises(TermsRefused, match="This is not JSON: line 1, column 1"):
        read(data)


def test_json_that_nobody_could_read_is_refused_in_words() -> None:
    data = sent(form_of(terms_json(colour="red")))
    for text, sentence in (("[" * 100_000, "nested too deeply"), ('{"a": 1, "a": 2}', "stands twice")):
        data["(others)"] = text
        with pytest.raises(TermsRefused, match=sentence):
            read(data)


@dataclass(frozen=True, kw_only=True)
class _Fancy(PriceModel):
    """A price that nobody has thought of yet."""

    mood: Literal["good", "bad"]
    unit_price: Decimal
    bonus: int = 7


@pytest.fixture
def fancy() -> Iterator[None]:
    """A price model more, as a new file in the folder would register it; nothing else is told of it."""
    for drawn in (outline, group_of):
        drawn.cache_clear()
    price_model("fancy")(_Fancy)
    yield
    _MODELS.pop("fancy")
    for drawn in (outline, group_of):
        drawn.cache_clear()


@pytest.mark.usefixtures("fancy")
def test_a_new_price_model_is_in_the_form_without_a_word_of_form_code() -> None:
    document = terms_json()
    document["charges"]["seats"]["price"] = {"model": "fancy"}
    fields = {
        node.path.rpartition(".")[2]: node
        for node in form_of(document).walk()
        if node.path.startswith("charges.seats.price.")
    }
    assert list(fields) == ["model", "mood", "unit_price", "bonus"]
    assert [word for word, _ in fields["mood"].choices] == ["", "good", "bad"]
    assert (fields["unit_price"].look, fields["bonus"].look, fields["bonus"].placeholder) == ("decimal", "whole", "7")
    assert fields["model"].help == "A price that nobody has thought of yet."
    data = sent(form_of(document))
    data["charges.seats.price.mood"], data["charges.seats.price.unit_price"] = "bad", "3.00"
    assert read(data)["charges"]["seats"]["price"] == {"model": "fancy", "mood": "bad", "unit_price": "3.00"}
