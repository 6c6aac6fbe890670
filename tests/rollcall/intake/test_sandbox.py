"""The two children: what they answer, what they cannot do, and how they die."""

import gzip
import json
import os
import shutil
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from ground.children import WarmStarter
from rollcall.intake import sandbox
from rollcall.intake.handing import NotAFile, User, handed, user_for_children
from rollcall.intake.limits import Limits
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.intake.sandbox import ChildDied, protections, run_read, run_sniff
from rollcall.intake.sniff import sniff
from rollcall.intake.start import start_cold

SAMPLES = Path(__file__).parents[2] / "cases" / "samples"
ROWS = "user,time,action\n" + "".join(f"u{n % 9},2026-06-{n % 28 + 1:02d}T08:00:00Z,login\n" for n in range(6000))


STARTS = {"cold": start_cold, "warm": WarmStarter("rollcall.intake.sniff_child")}


@pytest.fixture
def export(tmp_path):
    file = tmp_path / "june.csv"
    file.write_text(ROWS)
    return file


def request_for(file, folder, **asked):
    folder.mkdir(exist_ok=True)
    return ReadRequest(files=(str(file),), filenames=(file.name,), out_dir=str(folder), salt_hex="11" * 32, **asked)


def test_the_child_says_what_the_process_says(export, tmp_path):
    assert run_sniff(export, "june.csv") == sniff(export, filename="june.csv")
    inside = read(request_for(export, tmp_path / "inside"))
    outside = run_read(request_for(export, tmp_path / "outside"))
    assert outside == inside
    assert (tmp_path / "outside" / "result.json").read_text() == (tmp_path / "inside" / "result.json").read_text()


@pytest.mark.parametrize("way", STARTS)
@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.*")), ids=lambda file: file.name)
def test_a_child_says_of_every_sample_what_the_process_says(file, way):
    """The child may be nobody, who cannot load what was not loaded before."""
    assert run_sniff(file, file.name, start=STARTS[way]).to_json() == sniff(file, filename=file.name).to_json()


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("name", ["keycloak_events.json", "gitlab_license_usage.csv", "slack_members.csv"])
def test_a_child_reads_in_every_zone_what_the_process_reads(tmp_path, name, zone):
    asked = {"timezone": zone, "source_timezone": "Africa/Cairo"}
    inside = read(request_for(SAMPLES / name, tmp_path / "inside", **asked))
    assert run_read(request_for(SAMPLES / name, tmp_path / "outside", **asked)).to_json() == inside.to_json()


def test_progress_reaches_the_parent(export, tmp_path):
    told = []
    run_read(request_for(export, tmp_path / "out"), on_progress=lambda *progress: told.append(progress))
    assert told
    for done, total, words in told:
        assert done >= 0
        assert total == 0 or done <= total
        assert "read" in words


def test_an_error_of_the_listener_ends_the_child(export, tmp_path):
    class Cancelled(Exception):
        pass

    def cancel(done, total, words):
        raise Cancelled

    with pytest.raises(Cancelled):
        run_read(request_for(export, tmp_path / "out"), on_progress=cancel)


def test_what_the_child_wrote_belongs_to_the_parent(export, tmp_path):
    run_read(request_for(export, tmp_path / "out"))
    left = [tmp_path / "out", *(tmp_path / "out").iterdir()]
    assert {entry.stat().st_uid for entry in left} == {os.geteuid()}
    assert {entry.name for entry in left[1:]} >= {"names.csv", "result.json"}
    assert export.read_text() == ROWS


@pytest.mark.parametrize("user", [None, User(os.getuid(), os.getgid())])
def test_links_that_a_child_leaves_are_not_followed(tmp_path, user):
    secret, out = tmp_path / "secret", tmp_path / "out"
    secret.write_text("of another customer")
    for link in (os.symlink, os.link):
        out.mkdir()
        with pytest.raises(NotAFile, match="evidence"), handed([secret], out, user) as given:
            link(secret, given.out / "evidence.parquet")
        shutil.rmtree(out)
    out.mkdir()
    with pytest.raises(NotAFile, match="pipe"), handed([], out, user) as given:
        os.mkfifo(given.out / "pipe")


def test_only_root_can_become_somebody_else():
    became = user_for_children("nobody")
    assert (became is None) == (os.geteuid() != 0)
    assert user_for_children("no-such-user") is None
    assert user_for_children("root") is None


def test_a_result_that_names_other_files_is_not_believed(export, tmp_path, monkeypatch):
    document = read(request_for(export, tmp_path / "out")).to_json()
    for name in ("../secret", "/etc/passwd", "..", ""):
        monkeypatch.setattr(sandbox._Child, "run", lambda self, on_progress, n=name: document | {"evidence_file": n})
        with pytest.raises(ChildDied) as death:
            run_read(request_for(export, tmp_path / "out"))
        assert death.value.reason == "answer"


def test_the_host_is_asked_which_protections_it_gives():
    given = protections()
    assert set(given) == {"dies_with_parent", "memory_limited", "no_network", "no_new_privileges", "unprivileged"}
    assert given["memory_limited"]
    assert given["unprivileged"]


def gzip_bomb(path, gigabytes):
    """Write a gzip file that unpacks to so many gigabytes of one row, without unpacking it here."""
    line = b"ann,2026-06-01T08:00:00Z,login\n" * 33_000
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with open(path, "wb") as file:
        file.write(packer.compress(b"user,time,action\n"))
        for _ in range(gigabytes * 1000):
            file.write(packer.compress(line))
        file.write(packer.flush())


def measured(work):
    """Return (answer, seconds, most bytes that the child had resident)."""
    most = 0
    resident = sandbox._resident

    def watch(pid):
        nonlocal most
        size = resident(pid)
        most = max(most, size)
        return size

    sandbox._resident, started = watch, time.monotonic()
    try:
        return work(), time.monotonic() - started, most
    finally:
        sandbox._resident = resident


def test_a_gzip_bomb_is_refused_quickly_and_in_little_memory(tmp_path):
    bomb = tmp_path / "bomb.csv.gz"
    gzip_bomb(bomb, 1)
    assert bomb.stat().st_size < 5_000_000
    result, seconds, memory = measured(lambda: run_sniff(bomb, "bomb.csv.gz"))
    assert (result.outcome, result.code) == ("rejected", "size.ratio")
    assert "times its size" in result.message
    assert seconds < 10
    assert memory < 300_000_000
    assert run_read(request_for(bomb, tmp_path / "out")).code == "size.ratio"


def test_a_file_that_is_too_large_unpacked_is_refused(export, tmp_path):
    packed = tmp_path / "june.csv.gz"
    packed.write_bytes(gzip.compress(ROWS.encode()))
    small = replace(Limits(), plain_bytes=10_000)
    assert run_sniff(packed, "june.csv.gz", limits=small).code == "size.plain"
    assert run_read(request_for(export, tmp_path / "out", limits=small)).code == "size.plain"


HOSTILE_TEXTS = {
    "one field": (b"user,time\n", b"x", 60_000_000),
    "one row of commas": (b"user,time\n", b",", 60_000_000),
    "open quote": (b'user,time\n"', b"x\n", 30_000_000),
    "quotes": (b"", b'"', 60_000_001),
    "wide header": (b"user", b",c", 20_000_000),
    "blank lines": (b"", b"\n", 60_000_000),
    "CR only": (b"", b"a,b\r", 10_000_000),
    "wide quoted": (b"", b'"a",', 10_000_000),
}


@pytest.mark.parametrize(("head", "piece", "times"), HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_a_hostile_text_hurts_only_its_child(tmp_path, head, piece, times):
    file = tmp_path / "hostile.csv"
    file.write_bytes(head + piece * times)
    result, seconds, memory = measured(lambda: run_sniff(file, "hostile.csv"))
    assert result.outcome in ("ok", "rejected")
    assert seconds < 15
    assert memory < 300_000_000
    answer, seconds, memory = measured(lambda: run_read(request_for(file, tmp_path / "out")))
    assert answer.outcome in ("rejected", "needs_answer")
    assert seconds < 40
    assert memory < 1_000_000_000


def test_an_answer_of_another_shape_is_not_believed(export, tmp_path, monkeypatch):
    document = sniff(export, filename="x").to_json() | {"more": 1}
    monkeypatch.setattr(sandbox._Child, "run", lambda self, on_progress: document)
    with pytest.raises(ChildDied, match="more"):
        run_sniff(export, "x")


def test_requests_and_results_go_through_json(export, tmp_path):
    request = request_for(
        export,
        tmp_path / "out",
        spans=(("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"),),
        mapping=sniff(export, filename="x").mapping,
        limits=Limits(rows=10_000),
    )
    assert ReadRequest.from_json(json.loads(json.dumps(request.to_json()))) == request
    result = read(request)
    assert type(result).from_json(json.loads(json.dumps(result.to_json()))) == result
    assert os.path.exists(tmp_path / "out" / "names.csv")
