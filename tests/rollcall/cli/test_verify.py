"""`rollcall verify` as a customer runs it: its table, its first difference, its exit status."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rollcall.cli import main
from rollcall.evidence import add_names, write_bundle
from rollcall.signing import fingerprint, public_file
from tests.rollcall.evidence import bundles
from tests.rollcall.evidence.bundles import KEY, OTHER_KEY, SALT, Case, row

CASE = Case(reports={"one": [row("anna", 1), row("bert", 2), row("carl", 3), row("dora", 4)]})
TABLE = """\
Invoice R-2026-0007

what       of                                                                 result
---------  -----------------------------------------------------------------  ------------
signature  {signer}  valid
evidence   1 file, 4 rows                                                     hashes match
count      4 active users, 1 to 30 Jun 2026                                   equal
rating     seats, 1 to 30 Jun 2026: 116.00 EUR                                equal
invoice    138.04 EUR with tax, 1 line                                        equal

Count {count}
The invoice is reproduced to the cent.
"""


@pytest.fixture
def key(tmp_path: Path) -> str:
    """The path of VENDOR.pub."""
    path = tmp_path / "VENDOR.pub"
    path.write_text(public_file(bytes(KEY.verify_key)))
    return str(path)


def test_an_honest_bundle(tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    contents, path = bundles.contents_of(CASE, tmp_path), tmp_path / "bundle.zip"
    write_bundle(contents, path, sign=KEY)
    assert main(["verify", str(path), "--key", key]) == 0
    signer, count = fingerprint(bytes(KEY.verify_key)), contents.counts[0].document["digest"]
    assert capsys.readouterr().out == TABLE.format(signer=signer, count=count)


def test_without_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(bundles.bundle(CASE, tmp_path))]) == 3
    assert "Consistent, signer not checked" in capsys.readouterr().out


def test_the_first_difference_and_the_user(tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    contents, path = bundles.contents_of(CASE, tmp_path), tmp_path / "bundle.zip"
    (count,) = contents.counts
    assert isinstance(count.verdicts, bytes)
    place = count.verdicts.index(bundles.ref("dora").encode())
    flipped = count.verdicts[:place] + count.verdicts[place:].replace(b",yes,counted,", b",no,below_min_days,", 1)
    write_bundle(replace(contents, counts=[replace(count, verdicts=flipped)]), path, sign=KEY)
    assert main(["verify", str(path), "--key", key]) == 1
    told = capsys.readouterr().out
    assert (
        f"Different: counts/{count.folder}/verdicts.csv: user {bundles.ref('dora')}: the bundle says not counted"
        in told
    )
    assert "reproduced" not in told
    assert main(["verify", str(path), "--key", key, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["outcome"], answer["differences"][0]["user_ref"]) == ("different", bundles.ref("dora"))


def test_another_signer(tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = bundles.bundle(CASE, tmp_path, sign=OTHER_KEY)
    assert main(["verify", str(path), "--key", key]) == 1
    assert "The signature is not by rollcall-key:" in capsys.readouterr().out


def test_what_is_no_bundle(tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "no.zip"
    path.write_bytes(b"PK not at all")
    assert main(["verify", str(path), "--key", key]) == 1
    assert "This is not a bundle" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["absent.zip"], ["bundle.zip", "--key", "absent"], ["bundle.zip", "--key", "bad"]]
)
def test_wrong_use(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    bundles.bundle(CASE, tmp_path)
    Path("bad").write_text("no key")
    assert main(["verify", *arguments]) == 2
    assert capsys.readouterr().err.startswith("rollcall verify: ")


def test_with_the_own_export(tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    named, export = tmp_path / "named.zip", tmp_path / "export.csv"
    add_names(bundles.bundle(CASE, tmp_path), named, salt=SALT)
    rows = [
        f"{name},2026-06-0{day}T10:00:00+02:00,login" for day, name in enumerate(("anna", "bert", "carl", "dora"), 1)
    ]
    export.write_text("\n".join(["user_id,occurred_at,action", *rows, ""]))
    assert main(["verify", str(named), "--key", key, "--with", f"eu={export}"]) == 0
    assert "4 active users by the export, 4 by the bundle" in capsys.readouterr().out
    export.write_text("\n".join(["user_id,occurred_at,action", *rows[:3], ""]))
    assert main(["verify", str(named), "--key", key, "--with", str(export)]) == 1
    assert f"user {bundles.ref('dora')}: counted by the bundle, not by the export" in capsys.readouterr().out
