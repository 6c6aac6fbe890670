"""An archive with two meanings, with hidden bytes or that would fill the disk is refused in words."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from rollcall.evidence.archive import Archive, BundleRefused
from rollcall.evidence.verify import verify_bundle
from rollcall.evidence.write import write_members
from tests.rollcall.evidence import bundles
from tests.rollcall.evidence.bundles import Case, row

CASE = Case(reports={"one": [row("anna", 1)]})
PLAIN = dict.fromkeys(("README.txt", "MANIFEST.json", "INVOICE.json", "REPORTS.json", "recount.py"), b"x")
EVIDENCE = "evidence/0123456789abcdef.csv"


def refused(path: Path) -> str:
    """Return why an archive is refused when all its members are read."""
    with pytest.raises(BundleRefused) as caught, Archive(path) as archive:
        assert [archive.sha256(name) for name in archive.names] == []
    assert verify_bundle(path).status == 1
    return str(caught.value)


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    large = b"".join(b"%d,%d\n" % (number, number * number) for number in range(60_000))
    write_members({**PLAIN, EVIDENCE: large}, tmp_path / "a.zip")
    with Archive(tmp_path / "a.zip") as archive:
        assert archive.read(EVIDENCE) == large
        assert b"".join(archive.lines(EVIDENCE)) == large
        assert sum(1 for _ in archive.lines(EVIDENCE)) == 60_000


def test_a_bomb(tmp_path: Path) -> None:
    write_members({**PLAIN, EVIDENCE: bytes(20_000_000)}, tmp_path / "a.zip")
    assert "more than 250 times as much; no evidence does that." in refused(tmp_path / "a.zip")


def test_a_size_that_lies(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_members({**PLAIN, EVIDENCE: bytes(range(256)) * 2000}, path)
    content = path.read_bytes()
    size = struct.pack("<L", 512_000)
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, struct.pack("<L", 511_000)))
    assert "unpacks to more than the 511,000 bytes that it states" in refused(path)


@pytest.mark.parametrize(
    "name", ["evil.sh", "../INVOICE.json", "evidence/x.csv", "rated/01-Seats/TERMS.json", "INVOICE.JSON"]
)
def test_a_name_that_no_bundle_has(name: str, tmp_path: Path) -> None:
    write_members({**PLAIN, name: b"x"}, tmp_path / "a.zip")
    assert "is no member of a bundle." in refused(tmp_path / "a.zip")


def test_a_member_that_stands_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_members(PLAIN, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("INVOICE.json", b"y")
    assert "two members called INVOICE.json" in refused(path)


@pytest.mark.parametrize("place", ["before", "after"])
def test_bytes_that_belong_to_nothing(place: str, tmp_path: Path) -> None:
    path = bundles.bundle(CASE, tmp_path)
    content = path.read_bytes()
    path.write_bytes(b"#!/bin/sh\n" + content if place == "before" else content + b"more")
    assert refused(path)


def test_a_member_that_is_missing(tmp_path: Path) -> None:
    write_members({name: content for name, content in PLAIN.items() if name != "REPORTS.json"}, tmp_path / "a.zip")
    assert refused(tmp_path / "a.zip") == "The archive has no REPORTS.json."


def test_a_bundle_that_was_packed_anew(tmp_path: Path) -> None:
    path, again = bundles.bundle(CASE, tmp_path), tmp_path / "again.zip"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as other:
        for name in archive.namelist():
            other.writestr(name, archive.read(name))
    assert "is not what the directory says of it" in refused(again)
