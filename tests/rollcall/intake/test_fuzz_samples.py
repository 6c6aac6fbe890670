"""Any bytes at all: the targets of the fuzzing campaign on seeded inputs, and on a million guided ones in `make campaign`.

What fuzzing has found stands below as tests of its own.
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rollcall.intake.findings import FileRefused
from rollcall.intake.text import is_broken, open_text
from tests.campaign.fuzz_run import HAS_ATHERIS
from tests.rollcall.intake.readings import HEADER, lines_of, reading

ROOT = Path(__file__).resolve().parents[3]
# Inputs in `make test` and in `make campaign`, together a million there.
RUNS = {
    "unpacking": (400, 300_000),
    "decoding": (400, 300_000),
    "sniffing": (300, 150_000),
    "mapping": (400, 150_000),
    "rows": (200, 100_000),
}
SECONDS = 3 * 3600


def fuzzed(target, runs, *, guided):
    """Run a target in a process of its own and return what it said."""
    command = [sys.executable, "-m", "tests.campaign.fuzz_run", target, str(runs), "guided" if guided else "drawn"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    return said


@pytest.mark.parametrize("target", RUNS)
def test_no_drawn_bytes_break_anything(target):
    runs, _ = RUNS[target]
    assert f"{target}: {runs:,} drawn inputs" in fuzzed(target, runs, guided=False)


@pytest.mark.parametrize("target", RUNS)
def test_no_guided_bytes_break_anything(target, figure):
    """Guided by what they reach, where atheris is there; in `make test` only as proof that the campaign can run."""
    runs = RUNS[target][1] if os.environ.get("ROLLCALL_CAMPAIGN") else 200
    said = fuzzed(target, runs, guided=HAS_ATHERIS)
    if not HAS_ATHERIS:
        assert f"{target}: {runs:,} drawn inputs" in said
        return
    executed = int(re.search(r"number_of_executed_units:\s*(\d+)", said)[1])
    assert executed >= runs
    if os.environ.get("ROLLCALL_CAMPAIGN"):
        reached = re.findall(r"cov: (\d+)", said)
        figure(
            f"fuzzing {target}: {executed:,} inputs, {reached[-1] if reached else '?'} branches reached, none broke it"
        )


def decoded(data, encoding):
    return open_text(io.BufferedReader(io.BytesIO(data)), encoding).read()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_half_a_character_at_the_end_of_utf16_is_kept_apart(tmp_path, encoding):
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b"\xfe\xff"
    text = HEADER + "e1,ann,2026-06-01T08:00:00Z,login\ne2,bob,2026-06-02T08:00:00Z,logi"
    for cut in (b"n", b"\xd8", b"\xd8\x3d\xd8"):
        result = reading(tmp_path, mark + text.encode(encoding) + cut)
        assert (result.outcome, result.rows.accepted, lines_of(result)) == ("quarantined", 1, [(3, "text.not_utf8")])


def test_a_large_utf16_file_may_have_a_pair_where_its_head_ends(tmp_path):
    line = "e{0},ann😀,2026-06-01T08:00:00Z,login\n"
    for shift in range(4):
        rows = "".join(line.format(f"{number:07}" + "x" * shift) for number in range(20_000))
        result = reading(tmp_path, b"\xff\xfe" + (HEADER + rows).encode("utf-16-le"))
        assert (result.outcome, result.rows.accepted, result.users) == ("accepted", 20_000, 1)


@pytest.mark.parametrize("data", [b"\x00\xd8a\x00", b"a\x00\x00\xdc", b"a\x00b"])
def test_what_is_no_utf16_stays_visible(data):
    assert is_broken(decoded(data, "utf-16-le"))


def test_an_encoding_that_nobody_offers_is_refused_by_its_name():
    for name in ("uvf-8", "rot13", "idna", "unicode_escape", "x" * 1000):
        with pytest.raises(FileRefused, match="encoding"):
            decoded(b"a,b\n", name)
    with pytest.raises(FileRefused, match="mark"):
        decoded(b"a,b\n", "utf-16")
    assert decoded(b"", "utf-16") == ""
