"""`rollcall license` as a customer runs it: what the licence says, whether it is the vendor's, its exit status."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rollcall.cli import main
from rollcall.signing import public_file
from rollcall.signing.license import write_license
from rollcall.signing.revocations import Revocation, RevocationList, Revocations, write_revocations
from tests.rollcall.signing.licenses import INSTANCE, NEXT, NOW, PLAIN, VENDOR, name, public

SHOWN = """\
Licence 1 of contract K-2026-001, version 1: Atlas Analytics Server
For Aurel Maschinenbau GmbH (C-1001), by Atlas Software GmbH, issued 2026-05-04T09:00:00Z

feature    granted
---------  ----------------------------------
recurring  up to 100; enforced by the product
seats      no number is agreed; only billed

Use above a limit blocks nobody: it is counted, and billed as the contract says.
"""


def written(folder: Path, text: str, at: str) -> str:
    path = folder / at
    path.write_text(text)
    return str(path)


@pytest.fixture
def license(tmp_path: Path) -> str:
    return written(tmp_path, write_license(PLAIN, sign=VENDOR), "atlas.license")


@pytest.fixture
def key(tmp_path: Path) -> str:
    return written(tmp_path, public_file(public(VENDOR)), "VENDOR.pub")


def test_it_shows_what_is_granted_and_that_nobody_is_blocked(
    license: str, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["license", "show", license]) == 0
    said = capsys.readouterr().out
    assert said.startswith(SHOWN)
    assert f"Signed by {name(VENDOR)}: not checked; give the vendor's key with --key." in said
    assert "Reports are due for each day, by the days of Europe/Berlin." in said
    assert f"The vendor's next key is {name(NEXT)}." in said

    assert main(["license", "show", license, "--key", key, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["outcome"], found["signer"], found["state"]) == ("verified", name(VENDOR), None)
    assert found["license"] == PLAIN.to_payload()


def test_it_says_whether_a_licence_is_valid_at_an_instant(
    license: str, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for at, state in (
        ("2026-05-04T08:59:59Z", "to come"),
        ("2026-12-30T08:59:59+00:00", "valid"),
        ("2026-12-30T09:00:00Z", "in grace"),
        ("2027-01-29T09:00:00Z", "expired"),
    ):
        assert main(["license", "verify", license, "--key", key, "--at", at]) == 0
        said = capsys.readouterr().out
        assert said.startswith(f"Licence 1 of contract K-2026-001 is signed by {name(VENDOR)}, a key of Atlas")
        assert said.rstrip().endswith(f"it is {state}.")


def test_what_is_not_the_vendors_ends_with_3(
    tmp_path: Path, license: str, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = written(tmp_path, write_license(PLAIN, sign=INSTANCE), "foreign.license")
    cut = written(tmp_path, Path(license).read_text()[:-40], "cut.license")
    strange = tmp_path / "strange.license"
    strange.write_bytes(b"\xff\xfe")
    for file, words in ((foreign, "the keys given are"), (cut, "must begin with"), (str(strange), "other bytes")):
        assert main(["license", "verify", file, "--key", key]) == 3
        assert words in capsys.readouterr().err


def test_wrong_use_ends_with_2(tmp_path: Path, license: str, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    none = str(tmp_path / "none")
    for arguments, words in (
        (["show", none], "not a file that can be read"),
        (["verify", license, "--key", none], "none"),
        (["verify", license, "--key", license], "not the file of one public key"),
        (["verify", license, "--key", key, "--at", "2026-05-04"], "names no zone"),
        (["verify", license, "--key", key, "--at", "soon"], "is not an instant"),
        (["verify", license, "--key", key, "--known", none], "not a file that can be read"),
        (["show", license, "--known", license], "give the vendor's with --key"),
    ):
        assert main(["license", *arguments]) == 2
        assert words in capsys.readouterr().err


def test_keys_that_earlier_licences_announce_count_and_revoked_ones_do_not(
    tmp_path: Path, license: str, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = written(tmp_path, write_license(replace(PLAIN, serial=2), sign=NEXT), "newer.license")
    assert main(["license", "verify", newer, "--key", key]) == 3
    assert main(["license", "verify", newer, "--key", key, "--known", license]) == 0
    entry = Revocation(fingerprint=name(VENDOR), kind="vendor", from_seq=None, at=NOW)
    listed = RevocationList(
        vendor="Atlas", vendor_id=name(VENDOR), made_at=NOW, revocations=Revocations(number=1, revoked=(entry,))
    )
    revoked = written(tmp_path, write_revocations(listed, sign=NEXT), "revoked.txt")
    capsys.readouterr()
    assert main(["license", "verify", newer, "--key", key, "--known", license, "--revoked", revoked]) == 0
    assert main(["license", "verify", license, "--key", key, "--known", license, "--revoked", revoked]) == 3
    assert "was revoked from 2026-05-04T09:00:00Z on" in capsys.readouterr().err
