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
RICH = terms_json(
    charges={
        "seats": terms_json()["charges"]["seats"] | {"included": {"quantity": 50, "counts_towards_floor": True}},
        "peak": {
            "metric": "active",
            "price": {
                "model": "per_user",
                "unit_price": "1.00",
                "convert": {"divide_by": "1000", "rounding": "up"},
            },
        },
    },
    limits={"greater_of": [["seats", "peak"]]},
    phases=[
        {
            "from": "2026-07-01",
            "charges": {
                "seats": {
                    "included": {"quantity": 0},
                    "floor": None,
                    "price": {"model": "per_user", "unit_price": "31.00"},
                }
            },
        },
        {"from": "2026-10-01", "charges": {"seats": {"cap": {"amount": "9000.00"}}, "peak": {"discounts": []}}},
    ],
)
TERMS: dict[str, dict[str, Any]] = {"cast a": terms_json(), "cast b": terms_of_b(), "rich": RICH, **TEMPLATES}


def form_of(document: dict[str, Any], refused: TermsRefused | None = None) -> Node:
    return draw(outline=outline(), document=document, refused=[refused] if refused else [])


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
def test_known_terms_need_no_json(name: str) -> None:
    assert [node.path for node in form_of(TERMS[name]).walk() if node.is_json and node.value] == []


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
    assert list(fields) == [
        *("model", "mood", "unit_price", "bonus"),
        *("convert", "rounding", "divide_by", "multiply_by"),
    ]
    assert [word for word, _ in fields["mood"].choices] == ["", "good", "bad"]
    assert (fields["unit_price"].look, fields["bonus"].look, fields["bonus"].placeholder) == ("decimal", "whole", "7")
    assert fields["model"].help == "A price that nobody has thought of yet."
    data = sent(form_of(document))
    data["charges.seats.price.mood"], data["charges.seats.price.unit_price"] = "bad", "3.00"
    assert read(data)["charges"]["seats"]["price"] == {"model": "fancy", "mood": "bad", "unit_price": "3.00"}


def test_a_phase_gives_back_what_changes_what_ends_and_what_is_nothing() -> None:
    assert read(sent(form_of(RICH)))["phases"] == RICH["phases"]
    ended = at(form_of(RICH), "phases[0].charges.seats.(ended)")
    assert ended.chosen == ("floor",)
    assert {word for word, _ in ended.choices} >= {"floor", "cap", "included", "discounts"}
    asked = {node.path for node in form_of(RICH).walk()}
    for kept in ("metric", "bill", "trial_until"):
        assert f"phases[0].charges.seats.{kept}" not in asked, "the same in all phases of a term"


def test_a_ramp_is_written_with_the_buttons_of_the_form() -> None:
    data = sent(form_of(terms_json()))
    data["phases?"], data["phases[0].from"] = "on", "2026-07-01"
    document = edit(document=read(data), command="add:phases[0].charges")
    assert document["phases"] == [{"from": "2026-07-01", "charges": {"seats": {}}}]
    data = sent(form_of(document))
    prefix = "phases[0].charges.seats"
    data[f"{prefix}.price?"], data[f"{prefix}.price.model"] = "on", "per_user"
    data[f"{prefix}.price.unit_price"] = "31.00"
    data.setlist(f"{prefix}.(ended)", ["floor"])
    document = read(data)
    assert document["phases"] == [
        {
            "from": "2026-07-01",
            "charges": {"seats": {"price": {"model": "per_user", "unit_price": "31.00"}, "floor": None}},
        }
    ]
    said = ContractTerms.from_json(document).sentences()
    assert "From 1 Jul 2026 on: Each active user costs EUR 31.00." in said
    assert any(sentence.startswith("From 1 Jul 2026 on: no longer: At least 400 users") for sentence in said), said


def test_a_second_charge_of_a_phase_is_one_that_the_terms_have() -> None:
    one = edit(document=RICH, command="remove:phases[1].charges.peak")
    again = edit(document=one, command="add:phases[1].charges")
    assert again["phases"][1]["charges"] == {"seats": {"cap": {"amount": "9000.00"}}, "peak": {}}
    third = edit(document=again, command="add:phases")
    assert third["phases"][2] == {}


def test_charges_of_which_the_greatest_is_billed_stand_on_one_line() -> None:
    form = form_of(RICH)
    assert (at(form, "limits.greater_of").look, at(form, "limits.greater_of").value) == ("groups", "seats, peak")
    data = sent(form)
    data["limits.greater_of"] = "seats, nobody"
    with pytest.raises(TermsRefused) as caught:
        ContractTerms.from_json(read(data))
    (marked,) = [node for node in form_of(read(data), caught.value).walk() if node.error]
    assert marked.path == "limits.greater_of"
    assert 'there is no charge "nobody"' in marked.error


def test_a_conversion_is_stated_by_its_box_and_refused_at_its_field() -> None:
    data = sent(form_of(terms_json()))
    convert = "charges.seats.price.convert"
    data[f"{convert}?"], data[f"{convert}.divide_by"], data[f"{convert}.rounding"] = "on", "3", "none"
    document = read(data)
    assert document["charges"]["seats"]["price"]["convert"] == {"divide_by": "3", "rounding": "none"}
    with pytest.raises(TermsRefused) as caught:
        ContractTerms.from_json(document)
    (marked,) = [node for node in form_of(document, caught.value).walk() if node.error]
    assert (marked.path, marked.error) == (
        f"{convert}.rounding",
        "parts of 3 have no end in decimals; say how to round.",
    )
    data[f"{convert}.rounding"] = "up"
    assert (
        ContractTerms.from_json(read(data))
        .sentences()[2]
        .startswith("Before the price the number of active users is divided by 3, rounded up.")
    )
