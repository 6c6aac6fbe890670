"""An export turned into the customer's namespace: the same people, counted alike, and no name in it."""

import json
from pathlib import Path

import pytest

from rollcall.cli import main
from rollcall.instance.people import pseudonym

KEY = "6b" * 32
EXPORT = (
    "event_id,user_id,occurred_at,action\n"
    "1,Ana@Aurel.example,2026-06-01T08:00:00+02:00,login\n"
    "2,ana.old@aurel.example,2026-06-02T08:00:00+02:00,login\n"
    "3,bo@aurel.example,2026-06-02T09:00:00+02:00,login\n"
    "4,svc-backup,2026-06-02T09:00:00+02:00,login\n"
)


@pytest.fixture
def turn(tmp_path: Path) -> list[str]:
    """The command with its files: key, people and export."""
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "people.json").write_text(
        json.dumps({"aliases": {"ana.old@aurel.example": "ana@aurel.example"}, "excluded": ["svc-*"]})
    )
    (tmp_path / "export.csv").write_text(EXPORT)
    given = ["--key", str(tmp_path / "key"), "--people", str(tmp_path / "people.json"), "--contract", "K-1"]
    return ["pseudonymize", str(tmp_path / "export.csv"), *given, "--out", str(tmp_path / "out.csv")]


def test_every_user_is_a_pseudonym_and_counts_as_before(
    turn: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(turn) == 0
    assert "2 users, 1 left out" in capsys.readouterr().out
    text = (tmp_path / "out.csv").read_text()
    assert "aurel" not in text.lower()
    ana = pseudonym(bytes.fromhex(KEY), contract="K-1", user_key="ana@aurel.example")
    assert text.count(ana) == 2
    assert main(["count", str(tmp_path / "out.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["periods"][0]["active_users"] == 2


def test_a_row_that_cannot_be_read_leaves_nothing(
    turn: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "export.csv").write_text(EXPORT + "5,cy@aurel.example,yesterday,login\n")
    assert main(turn) == 3
    assert "export.csv, line 6: " in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_what_is_there_is_never_written_over(turn: list[str], tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("mine")
    assert main(turn) == 2
    assert (tmp_path / "out.csv").read_text() == "mine"
