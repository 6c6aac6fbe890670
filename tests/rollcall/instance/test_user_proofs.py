"""One disputed user: proven in with all that a report says of them, or out, without showing anybody else's activity."""

import json
from pathlib import Path

import pytest

from rollcall.cli import main
from rollcall.signing.keys import public_file
from rollcall.signing.user_proof import ProofFails, check_proof, prove
from tests.rollcall.instance.site import Site, at
from tests.rollcall.signing.licenses import INSTANCE, public

USERS = ["ana", "bo", "cy", "di", "ed"]


@pytest.fixture
def report(tmp_path: Path) -> Path:
    site = Site.at(tmp_path / "home")
    for number, user in enumerate(USERS):
        site.did(f"{user}@aurel.example", *(at(day) for day in range(1, 3 + number)))
    (path,) = site.write(8).paths
    return path


@pytest.mark.parametrize("user", USERS)
def test_everybody_who_is_in_it_can_be_proven_in(report: Path, user: str) -> None:
    text = prove(report, user=f"{user}@aurel.example")
    shown = check_proof(text)
    assert len(shown.rows) == 2 + USERS.index(user)
    assert all(other in (user, "rollcall") or f"{other}@" not in text for other in USERS)


@pytest.mark.parametrize("user", ["aaa", "bob@aurel.example", "zz@aurel.example"])
def test_nobody_else_can_and_their_absence_can(report: Path, user: str) -> None:
    assert check_proof(prove(report, user=user)).rows == ()


def test_nothing_can_be_hidden_or_added(report: Path) -> None:
    whole = json.loads(prove(report, user="cy@aurel.example"))
    for change in (
        {"rows": whole["rows"][:-1]},
        {"rows": [*whole["rows"], whole["rows"][-1]]},
        {"rows": []},
        {"user": "bo@aurel.example"},
        {"leaves": [{**whole["leaves"][0], "place": 1}]},
        {"leaves": []},
    ):
        with pytest.raises(ProofFails):
            check_proof(json.dumps(whole | change))
    absent = json.loads(prove(report, user="bob@aurel.example"))
    for change in ({"user": "di@aurel.example"}, {"leaves": absent["leaves"][:1]}, {"user": "bo@aurel.example"}):
        with pytest.raises(ProofFails):
            check_proof(json.dumps(absent | change))


def test_a_proof_is_made_and_checked_from_the_command_line(
    report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "prove", str(report), "bo@aurel.example"]) == 0
    proof, key = tmp_path / "proof.json", tmp_path / "instance.pub"
    proof.write_text(capsys.readouterr().out)
    key.write_text(public_file(public(INSTANCE)))
    assert main(["report", "check", str(proof), "--key", str(key)]) == 0
    assert capsys.readouterr().out.count("bo@aurel.example,login,") == 3
