"""`rollcall rate` for people, where terms bill more than counted users: what was given, credits, amendments."""

import json

import pytest

from rollcall.cli import main
from rollcall.terms.templates import merged, template, with_switches


@pytest.fixture
def rated(tmp_path, capsys):
    """Rate an example of a template, and return the status and what was printed, one blank between words."""

    def run(name, number=0, *flags, usage=None, **more):
        found = template(name)
        example = found.examples[number]
        terms = merged(merged(with_switches(found, example.switches), example.merge), more)
        (tmp_path / "terms.json").write_text(json.dumps(terms), encoding="utf-8")
        (tmp_path / "usage.json").write_text(json.dumps(usage or example.usage), encoding="utf-8")
        status = main(["rate", str(tmp_path / "terms.json"), str(tmp_path / "usage.json"), *flags])
        printed = capsys.readouterr()
        return status, " ".join((printed.out or printed.err).split())

    return run


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("dust-credits-and-caps", "1 to 31 Jan 2026 (UTC), spending: 1,800 dollars of usage; users: 30 users line"),
        ("licence-and-rider", "1 to 31 Jan 2026 (UTC), agents: 40 users; interactions: 12,500 interactions line"),
        ("bunny-reported-users", "1 to 5 Jun 2026 (UTC), users: 4 daily numbers line"),
        ("recurring-seats", "1 to 31 Jan 2026 (UTC) line"),
    ],
)
def test_the_heading_says_what_was_given(rated, name, heading):
    status, said = rated(name)
    assert status == 0
    assert said.startswith(heading)


def test_the_movements_of_credits_stand_below_the_working(rated):
    _, said = rated("pooled-credits", 0, "--explain")
    assert "contract pool 2026-01-01 grant 12,000.00 12,000.00" in said
    assert "contract pool 2026-01-31 burn 9,000.00 3,000.00" in said
    _, without = rated("pooled-credits", 0)
    assert "burn 9,000.00" not in without


def test_what_credits_pay_with_tax_is_said_beside_the_net_amount(rated):
    credit = {
        "name": "prepaid",
        "amount": "100.00",
        "granted": "each_cycle",
        "expires": "cycle",
        "applies": "after_tax",
    }
    _, said = rated("flat-subscription", limits={"credits": [credit]})
    assert "Net amount: USD 9.99 Of the amount with tax, credits pay USD 11.89." in said


def test_amendments_are_rated_from_their_day_on(rated, tmp_path):
    found = template("flat-subscription")
    dearer = merged(found.terms, {"charges": {"subscription": {"price": {"amount": "19.99"}}}, "mid_cycle": "by_days"})
    (tmp_path / "dearer.json").write_text(json.dumps(dearer), encoding="utf-8")
    usage = {"periods": [{"start": "2026-01-01", "end": "2026-02-01"}, {"start": "2026-02-01", "end": "2026-03-01"}]}
    amend = f"2026-01-17={tmp_path / 'dearer.json'}"
    status, said = rated("flat-subscription", 0, "--amend", amend, usage=usage, mid_cycle="by_days")
    assert status == 0
    assert "by version 2, 17 to 31 Jan 2026" in said
    assert "Net amount: USD 14.83" in said
    assert "Net amount: USD 19.99" in said


@pytest.mark.parametrize(
    ("amend", "status", "words"),
    [
        ("2026-01-17", 2, "--amend is a day and a file, as in 2026-07-01=terms.json, not 2026-01-17."),
        ("2026-01-17=nowhere.json", 2, "cannot read nowhere.json"),
        ("soon={}/terms.json", 3, "--amend: must be a date as YYYY-MM-DD"),
    ],
)
def test_an_amendment_that_cannot_be_meant_is_refused(rated, tmp_path, amend, status, words):
    done, said = rated("flat-subscription", 0, "--amend", amend.format(tmp_path))
    assert (done, words in said) == (status, True)


def test_later_terms_come_in_one_of_two_ways(rated, capsys):
    with pytest.raises(SystemExit) as refusal:
        rated("flat-subscription", 0, "--amend", "2026-01-17=a.json", "--versions", "b.json")
    assert refusal.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err
