"""The command `rollcall rate`, run as a program: its output and its exit status."""

import json
import subprocess
import sys

import pytest

from tests.rollcall.terms.documents import full_terms, plain_terms

USAGE = {
    "periods": [{"start": "2026-09-01", "end": "2026-10-01", "quantities": {"active": {"users": 320}}}],
    "provisioned_users": {"users": 1000, "date": "2026-09-30", "source": "user_list"},
}


@pytest.fixture
def rollcall(tmp_path):
    def run(*arguments, terms=None, usage=None):
        (tmp_path / "terms.json").write_text(json.dumps(terms or full_terms()), encoding="utf-8")
        (tmp_path / "usage.json").write_text(usage or json.dumps(USAGE), encoding="utf-8")
        command = [sys.executable, "-m", "rollcall", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=_environment())

    return run


def _environment():
    return {"PYTHONPATH": ":".join(sys.path), "PYTHONUTF8": "1"}


def test_a_person_reads_a_table(rollcall):
    done = rollcall("rate", "terms.json", "usage.json", terms=plain_terms())
    assert (done.returncode, done.stderr) == (0, "")
    assert "EUR 9,280.00" in done.stdout
    assert "Net amount: EUR 9,280.00" in done.stdout
    assert "Provisioned: 1,000 users on 2026-09-30 (source: user_list); existing costs nothing." in done.stdout
    assert "arithmetic" not in done.stdout


def test_a_program_reads_json(rollcall):
    done = rollcall("rate", "terms.json", "usage.json", "--json")
    bill = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(bill) == ["currency", "digest", "periods"]
    assert bill["periods"][0]["net_amount"] == "11600.00"
    assert [line["key"] for line in bill["periods"][0]["lines"]] == ["seats/price/tier-1", "seats/floor"]
    assert "working" not in bill["periods"][0]


def test_the_working_is_added_on_request_and_changes_no_digest(rollcall):
    plain = json.loads(rollcall("rate", "terms.json", "usage.json", "--json").stdout)
    explained = json.loads(rollcall("rate", "terms.json", "usage.json", "--json", "--explain").stdout)
    (working,) = [period.pop("working") for period in explained["periods"]]
    assert explained == plain
    assert [entry["sum"] for entry in working] == ["9280.00", "11600.00", "11600.00"]


def test_refused_terms_are_named_on_both_channels(rollcall):
    terms = full_terms()
    terms["charges"]["seats"]["cap"]["amount"] = "100.00"
    done = rollcall("rate", "terms.json", "usage.json", "--json", terms=terms)
    sentence = "the floor asks for EUR 11,600.00 and the cap allows EUR 100.00; a floor cannot be above the cap."
    assert done.returncode == 3
    assert json.loads(done.stdout) == {"outcome": "rejected", "path": "charges.seats.floor", "message": sentence}
    assert done.stderr == f"rollcall rate: charges.seats.floor: {sentence}\n"


@pytest.mark.parametrize(
    ("usage", "sentence"),
    [
        ('{"periods": [', "usage.json: This is not JSON: line 1, column 14"),
        ('{"periods": [], "periods": []}', "usage.json: The key 'periods' stands twice in one object"),
        ('{"periods": NaN}', "usage.json: NaN is not a number."),
        ("[" * 100_000, "usage.json: This JSON is nested too deeply"),
    ],
)
def test_files_with_two_meanings_are_refused(rollcall, usage, sentence):
    done = rollcall("rate", "terms.json", "usage.json", usage=usage)
    assert done.returncode == 3
    assert sentence in done.stderr
    assert done.stdout == ""


def test_wrong_use(rollcall):
    assert rollcall("rate", "terms.json").returncode == 2
    assert rollcall("price", "terms.json").returncode == 2
    assert rollcall().returncode == 2
    missing = rollcall("rate", "terms.json", "nowhere.json")
    assert missing.returncode == 2
    assert missing.stderr == "rollcall rate: cannot read nowhere.json: No such file or directory.\n"
