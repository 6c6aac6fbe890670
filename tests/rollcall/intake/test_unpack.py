"""Compressions: told by content, undone whole, and refused with a clear word for every kind of damage."""

import bz2
import gzip
import lzma
import random
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from backports import zstd
from isal import isal_zlib

from rollcall.intake import packings
from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.parts import parts_of
from rollcall.intake.unpack import compression, open_plain
from tests.rollcall.intake import bombs

NASTY = Path(__file__).parents[2] / "cases" / "nasty"
LIMITS = Limits()
TEXT = b"user,time,action\n" + b"".join(b"u%d,2026-06-%02dT08:00:00Z,login\n" % (n, n % 28 + 1) for n in range(60_000))
CHECKED_ZSTD = {zstd.CompressionParameter.checksum_flag: 1}
PACKERS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: zstd.compress(data, options=CHECKED_ZSTD),
}


def plain_of(path, limits=LIMITS):
    (part,) = parts_of(path, filename=path.name, limits=limits).parts
    with part.open(limits) as plain:
        return plain.read()


def refusal_of(path, limits=LIMITS):
    with pytest.raises(FileRefused) as refused:
        plain_of(path, limits)
    return refused.value


def written(tmp_path, data, name="usage.csv"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("packing", PACKERS)
def test_the_content_tells_the_compression_whatever_the_name(tmp_path, packing):
    path = written(tmp_path, PACKERS[packing](TEXT), "usage.pdf")
    assert compression(path) == packing
    found = parts_of(path, filename="usage.pdf", limits=LIMITS)
    assert (found.packing, [part.filename for part in found.parts]) == (packing, ["usage.pdf"])
    assert plain_of(path) == TEXT
    with open_plain(path, LIMITS) as plain:
        assert plain.read(10) == TEXT[:10]


def test_a_plain_file_is_one_part_whatever_its_name(tmp_path):
    path = written(tmp_path, TEXT, "usage.zip")
    found = parts_of(path, filename="usage.zip", limits=LIMITS)
    assert (found.packing, found.parts[0].is_packed) == ("none", False)
    assert plain_of(path) == TEXT


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_streams_behind_one_another_are_one_file(tmp_path, packing, pieces):
    size = len(TEXT) // pieces + 1
    streams = [PACKERS[packing](TEXT[at : at + size]) for at in range(0, len(TEXT), size)]
    assert plain_of(written(tmp_path, b"".join(streams))) == TEXT


@pytest.mark.parametrize("packing", PACKERS)
def test_an_empty_stream_is_an_empty_file(tmp_path, packing):
    assert plain_of(written(tmp_path, PACKERS[packing](b""))) == b""


@pytest.mark.parametrize("packing", PACKERS)
def test_a_file_that_ends_in_the_middle_is_incomplete(tmp_path, packing):
    packed = PACKERS[packing](TEXT)
    for size in (len(packed) - 1, len(packed) - 5, len(packed) // 2, 40, 12):
        refusal = refusal_of(written(tmp_path, packed[:size]))
        assert refusal.code == f"{packing}.incomplete", size
        assert "incomplete" in str(refusal)


def flipped(packed, at):
    broken = bytearray(packed)
    broken[at] ^= 0x10
    return bytes(broken)


def answer_to(path, packing):
    if compression(path) != packing:
        return "another type"
    try:
        return plain_of(path)
    except FileRefused as refused:
        return refused.code.partition(".")[2]


@pytest.mark.parametrize("packing", PACKERS)
def test_no_flipped_bit_goes_unnoticed(tmp_path, packing):
    """Every byte from the fixed fields on, one at a time: the same text, or a refusal; never another text."""
    text = TEXT[:3000]
    packed = PACKERS[packing](text)
    answers = [answer_to(written(tmp_path, flipped(packed, at)), packing) for at in range(len(packed))]
    assert set(answers) - {text} <= {"checksum", "incomplete", "behind", "window", "nested", "another type"}
    # Only the fields that say nothing about the content, such as gzip's time and system.
    assert answers.count(text) <= 8


@pytest.mark.parametrize("packing", PACKERS)
def test_a_wrong_checksum_is_named(tmp_path, packing):
    packed = bytearray(PACKERS[packing](TEXT))
    packed[len(packed) // 2] ^= 0xFF
    refusal = refusal_of(written(tmp_path, bytes(packed)))
    assert refusal.code == f"{packing}.checksum"
    assert "checksum" in str(refusal)


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("behind", [b"garbage", b"x", TEXT, bombs.zipped(("a.csv", TEXT))])
def test_something_behind_the_data_is_refused(tmp_path, packing, behind):
    refusal = refusal_of(written(tmp_path, PACKERS[packing](TEXT) + behind))
    assert refusal.code == f"{packing}.behind"
    assert "behind" in str(refusal)


@pytest.mark.parametrize("packing", ["gzip", "xz"])
def test_padding_behind_the_data_is_allowed_where_the_format_allows_it(tmp_path, packing):
    packed = PACKERS[packing](TEXT)
    assert plain_of(written(tmp_path, packed + bytes(512))) == TEXT
    assert plain_of(written(tmp_path, packed + bytes(512) + packed)) == TEXT * 2


@pytest.mark.parametrize("outer", PACKERS)
@pytest.mark.parametrize("inner", [*PACKERS, "zip"])
def test_packed_twice_is_refused(tmp_path, outer, inner):
    inside = bombs.zipped(("usage.csv", TEXT)) if inner == "zip" else PACKERS[inner](TEXT)
    refusal = refusal_of(written(tmp_path, PACKERS[outer](inside)))
    assert refusal.code == "type.nested"
    assert f"{inner} " in str(refusal)


@pytest.mark.parametrize("packing", PACKERS)
def test_growth_is_limited_while_reading(tmp_path, packing):
    path = written(tmp_path, PACKERS[packing](TEXT))
    assert refusal_of(path, replace(LIMITS, plain_bytes=len(TEXT) - 1)).code == "size.plain"
    assert plain_of(path, replace(LIMITS, plain_bytes=len(TEXT))) == TEXT
    assert refusal_of(path, replace(LIMITS, ratio=2, ratio_from_bytes=100_000)).code == "size.ratio"


def test_a_part_may_be_read_twice_within_one_limit(tmp_path):
    path = written(tmp_path, gzip.compress(TEXT))
    limits = replace(LIMITS, plain_bytes=len(TEXT))
    (part,) = parts_of(path, filename="x", limits=limits).parts
    for _ in range(2):
        with part.open(limits) as plain:
            assert plain.read() == TEXT


def test_a_large_window_within_the_limit_is_read(tmp_path):
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    assert plain_of(written(tmp_path, packer.compress(TEXT) + packer.flush())) == TEXT
    assert plain_of(written(tmp_path, lzma.compress(TEXT, preset=9))) == TEXT


def test_a_frame_to_be_skipped_may_stand_first(tmp_path):
    skipped = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    assert plain_of(written(tmp_path, skipped + zstd.compress(TEXT))) == TEXT


def test_without_a_reader_of_zstd_the_file_is_refused_by_its_name(tmp_path, monkeypatch):
    path = written(tmp_path, zstd.compress(TEXT))
    monkeypatch.setattr(packings, "_zstd", None)
    refusal = refusal_of(path)
    assert refusal.code == "type.zstd"
    assert "zstd" in str(refusal)


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [
        ("gz_truncated.csv.gz", "gzip.incomplete", "incomplete"),
        ("gz_bad_crc.csv.gz", "gzip.checksum", "checksum"),
    ],
)
def test_the_damaged_files_are_refused_by_their_word(name, code, word):
    refusal = refusal_of(NASTY / name)
    assert refusal.code == code
    assert word in str(refusal)


@pytest.mark.parametrize(
    ("name", "packing"),
    [
        ("plain_gz.csv.gz", "gzip"),
        ("gz_named_csv.csv", "gzip"),
        ("gz_two_members.csv.gz", "gzip"),
        ("xz.csv.xz", "xz"),
        ("zstd.csv.zst", "zstd"),
        ("csv_named_xlsx.xlsx", "none"),
    ],
)
def test_the_good_files_have_their_two_hundred_rows(name, packing):
    assert parts_of(NASTY / name, filename=name, limits=LIMITS).packing == packing
    assert plain_of(NASTY / name).count(b"\n") == 201


def verdict_of(path):
    """What a packed file comes to: its plain bytes, or the code by which it is refused."""
    try:
        return plain_of(path)
    except FileRefused as refused:
        return refused.code


def test_the_fast_and_the_standard_decoder_refuse_and_give_the_same(tmp_path, monkeypatch):
    """Every one of 600 gzip files with a changed, lost or added byte, in one stream or two, comes to the same."""
    chance = random.Random(20261121)
    whole = gzip.compress(TEXT[:20_000], mtime=0)
    two = whole + gzip.compress(TEXT[:300], mtime=0)
    asked = []
    for number in range(600):
        damaged = bytearray(chance.choice((whole, two)))
        # A third of the damage meets a header or a trailer, where the libraries check for themselves.
        at = chance.choice((chance.randrange(2, 10), -chance.randrange(1, 9), chance.randrange(len(damaged))))
        match number % 3:
            case 0:
                damaged[at] ^= 1 << chance.randrange(8)
            case 1:
                del damaged[at:]
            case 2:
                damaged += chance.randbytes(chance.randrange(1, 20))
        asked.append(written(tmp_path, bytes(damaged), f"{number}.csv.gz"))
    answers = {}
    for name, library in (("fast", isal_zlib), ("standard", zlib)):
        monkeypatch.setattr(packings, "_inflate", library)
        answers[name] = [verdict_of(path) for path in asked]
    assert answers["fast"] == answers["standard"]
    assert {type(answer) for answer in answers["fast"]} == {bytes, str}
