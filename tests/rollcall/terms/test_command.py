"""The command `rollcall terms`: terms in sentences, templates and their switches."""

import json

import pytest

from rollcall.cli import main
from rollcall.terms.contract import ContractTerms
from rollcall.terms.templates import all_templates, template, terms_of
from tests.rollcall.terms.documents import full_terms


def run(capsys, *arguments):
    status = main(["terms", *map(str, arguments)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_the_list_names_every_template_with_its_switches(capsys):
    status, said, _ = run(capsys, "--list")
    assert status == 0
    assert [line.split("  ")[0] for line in said.splitlines()[2:] if not line.startswith(" ")] == [
        found.name for found in all_templates()
    ]
    assert "true_up: annual, quarterly" in said


def test_a_template_says_its_policy_its_switches_and_its_terms(capsys):
    status, said, _ = run(capsys, "gitlab-true-up")
    lines = said.splitlines()
    assert (status, lines[0]) == (0, "GitLab self-managed: true-up")
    assert "Switch true_up: Is the excess owed once a year, or from the quarter that follows it?" in lines
    assert "  annual: Once a year, at the full price of a year, whenever the users joined." in lines
    assert " 4. The first 100 users of each year are included; the price counts from the user after that." in lines
    assert lines[-1] == f"Terms {terms_of(template('gitlab-true-up'), {}).digest()}"


def test_a_reading_is_chosen(capsys):
    _, said, _ = run(capsys, "gitlab-true-up", "--with", "true_up=quarterly")
    assert "100 reported users are bought." in said
    assert said.splitlines()[-1] == f"Terms {terms_of(template('gitlab-true-up'), {'true_up': 'quarterly'}).digest()}"


def test_a_file_is_said_in_the_same_sentences(capsys, tmp_path):
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(full_terms()), encoding="utf-8")
    status, said, _ = run(capsys, file)
    terms = ContractTerms.from_json(full_terms())
    assert status == 0
    assert " ".join(said.split()).count(" ".join(terms.sentences()[-1].split())) == 1
    assert said.splitlines()[-1] == f"Terms {terms.digest()}"


def test_a_price_whose_total_falls_is_warned_of(capsys, tmp_path):
    file = tmp_path / "terms.json"
    tiers = [{"up_to": 10, "unit_price": "5.00"}, {"up_to": None, "unit_price": "4.00"}]
    price = {"model": "volume", "bound": "inclusive", "tiers": tiers}
    file.write_text(json.dumps(full_terms() | {"charges": {"seats": {"metric": "active", "price": price}}}))
    _, said, _ = run(capsys, file)
    assert "Note: The total falls as usage rises: 10 users cost EUR 50.00, 11 users cost EUR 44.00." in " ".join(
        said.split()
    )


def test_programs_get_the_terms_with_every_default(capsys):
    _, said, _ = run(capsys, "floor-in-users", "--json")
    assert ContractTerms.from_json(json.loads(said)) == terms_of(template("floor-in-users"), {})


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "name a file with terms or a template, or ask for the --list."),
        (("gitlab",), 2, 'There is no template "gitlab"; use '),
        (("nowhere.json",), 2, "cannot read nowhere.json: No such file or directory."),
        (("gitlab-true-up", "--with", "true_up"), 2, "as in true_up=quarterly, not true_up."),
        (("gitlab-true-up", "--with", "true_up=never"), 2, 'has no reading "never"; use "annual" or "quarterly".'),
        (("bad.json",), 3, "term.end: is missing"),
        (("bad.json", "--with", "a=b"), 2, "terms of a file have none."),
    ],
)
def test_what_cannot_be_said_is_told_on_the_error_channel(capsys, tmp_path, monkeypatch, arguments, status, words):
    monkeypatch.chdir(tmp_path)
    terms = full_terms()
    del terms["term"]["end"]
    (tmp_path / "bad.json").write_text(json.dumps(terms), encoding="utf-8")
    done, said, told = run(capsys, *arguments)
    assert (done, said) == (status, "")
    assert told.startswith("rollcall terms: ")
    assert words in told
