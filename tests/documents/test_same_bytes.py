"""The same snapshot gives the same bytes: in one child, in another, with another hash seed, in another folder."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from billing.documents import render_pdf
from tests.documents.samples_on_disk import snapshot

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from billing.documents.layout import Layout
layout = Layout()
for text in json.load(sys.stdin):
    print(hashlib.sha256(layout.pdf(text)).hexdigest())
"""


def hashes_of(snapshots: list[dict], *, seed: str, folder: Path) -> list[str]:
    """Lay out in a process of its own, started elsewhere and with another seed."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT)],
        input=json.dumps(snapshots),
        env={"PYTHONHASHSEED": seed, "TZ": "Asia/Kolkata" if seed == "1" else "UTC", "HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_two_processes_with_different_hash_seeds_write_the_same_bytes(tmp_path):
    snapshots = [snapshot(name) for name in ("floor", "german", "french", "long")]
    here = [hashlib.sha256(render_pdf(sample)).hexdigest() for sample in snapshots]
    assert hashes_of(snapshots, seed="1", folder=tmp_path) == here
    assert hashes_of(snapshots, seed="4294967295", folder=tmp_path) == here


def test_order_of_documents_and_of_keys_changes_nothing():
    first = render_pdf(snapshot("floor"))
    render_pdf(snapshot("german"))
    turned = dict(reversed(snapshot("floor").items()))
    assert render_pdf(turned) == first


@pytest.mark.parametrize(
    ("_case", "changes"),
    [
        ("the number", {"number": "INV-2026-000999"}),
        ("a day", {"due_date": "2026-10-30"}),
        ("the accent", {"seller": {"accent": "#7a1f3d"}}),
        ("a digest", {"count": {"digest": "sha256:" + "0" * 64}}),
    ],
)
def test_other_facts_give_other_bytes(_case, changes):
    assert render_pdf(snapshot("floor", **changes)) != render_pdf(snapshot("floor"))
