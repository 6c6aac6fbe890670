"""Zip archives: every file in them once, in the order of names, and what no honest archive holds by its word."""

import gzip
import io
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.parts import parts_of
from tests.rollcall.intake.bombs import CSV, Entry, archive, zipped

NASTY = Path(__file__).parents[2] / "cases" / "nasty"
LIMITS = Limits()
LINK, PIPE, REGULAR, FOLDER = 0o120777 << 16, 0o010644 << 16, 0o100644 << 16, 0o040755 << 16


@pytest.fixture
def sent(tmp_path):
    def send(data):
        path = tmp_path / "sent.zip"
        path.write_bytes(data)
        return path

    return send


def read_all(path, limits=LIMITS):
    """Return {name as shown: plain bytes} of every part, read to its end."""
    found = {}
    for part in parts_of(path, filename="sent.zip", limits=limits).parts:
        with part.open(limits) as plain:
            found[part.filename] = plain.read()
    return found


def refusal_of(path, limits=LIMITS):
    with pytest.raises(FileRefused) as refused:
        read_all(path, limits)
    return refused.value


def assert_refused(path, code, *words, limits=LIMITS):
    refusal = refusal_of(path, limits)
    assert refusal.code == code, refusal
    assert [word for word in words if word not in str(refusal)] == []


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_file_is_a_part_in_the_order_of_names(sent, method):
    path = sent(zipped(("b.csv", CSV), ("inner/a.csv", CSV + b"x"), ("a.csv", b""), method=method))
    found = parts_of(path, filename="sent.zip", limits=LIMITS)
    assert found.packing == "zip"
    assert all(part.is_packed for part in found.parts)
    assert list(read_all(path).items()) == [
        ("sent.zip/a.csv", b""),
        ("sent.zip/b.csv", CSV),
        ("sent.zip/inner/a.csv", CSV + b"x"),
    ]


def test_the_order_in_the_archive_does_not_matter(sent):
    members = [(f"{number}.csv", CSV * number) for number in range(9)]
    forward, backward = read_all(sent(zipped(*members))), read_all(sent(zipped(*reversed(members))))
    assert list(forward.items()) == list(backward.items())


def test_what_systems_add_is_left_out_and_named(sent):
    junk = ["__MACOSX/._usage.csv", ".DS_Store", "a/.DS_Store", "Thumbs.db", "a/desktop.ini", "a/._b.csv"]
    found = parts_of(
        sent(zipped(("usage.csv", CSV), *((name, b"junk") for name in junk))), filename="s.zip", limits=LIMITS
    )
    assert [part.filename for part in found.parts] == ["s.zip/usage.csv"]
    assert set(found.skipped) == set(junk)


def test_folders_are_no_files(sent):
    path = sent(archive([Entry(b"june/", b"", attributes=FOLDER | 0x10), Entry(b"june/usage.csv", CSV)]))
    assert list(read_all(path)) == ["sent.zip/june/usage.csv"]


def test_a_compressed_file_in_an_archive_is_unpacked_once(sent):
    path = sent(zipped(("a.csv.gz", gzip.compress(CSV)), ("b.csv", CSV)))
    assert set(read_all(path).values()) == {CSV}
    assert [part.packing for part in parts_of(path, filename="s", limits=LIMITS).parts] == ["gzip", "none"]
    twice = sent(zipped(("a.csv.gz.gz", gzip.compress(gzip.compress(CSV)))))
    assert_refused(twice, "type.nested", "gzip")
    assert_refused(sent(zipped(("a.csv.gz", gzip.compress(CSV)[:-3]))), "gzip.incomplete", "incomplete")


def test_sizes_that_stand_behind_the_data_are_read(sent):
    class Unseekable(io.RawIOBase):
        def __init__(self):
            self.written = io.BytesIO()

        def writable(self):
            return True

        def write(self, data):
            return self.written.write(data)

    stream = Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", CSV)
        packed.writestr("b.csv", CSV)
    assert set(read_all(sent(stream.written.getvalue())).values()) == {CSV}


def test_an_archive_with_fields_for_large_sizes_is_read(sent, monkeypatch):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed, packed.open("a.csv", "w", force_zip64=True) as member:
        member.write(CSV)
    assert read_all(sent(buffer.getvalue())) == {"sent.zip/a.csv": CSV}
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    assert len(read_all(sent(zipped(("a.csv", CSV), ("b.csv", CSV))))) == 2


@pytest.mark.parametrize(
    "name",
    [
        b"../../etc/cron.d/evil.csv",
        b"a/../../b.csv",
        b"..\\b.csv",
        b"/etc/passwd",
        b"\\server\\share.csv",
        b"C:\\windows\\x.csv",
        b"c:x.csv",
        b"a\x00.csv",
        b"a\nb.csv",
        b"",
        b"n" * 600,
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(sent, name):
    assert_refused(sent(archive([Entry(name, CSV)])), "zip.name", "name")


def test_a_name_that_is_no_text_or_turns_around_is_refused(sent):
    assert_refused(sent(archive([Entry(b"\xff\xfe.csv", CSV, flags=0x800)])), "zip.name", "text")
    assert_refused(sent(archive([Entry(b"n\n" * 600, CSV)])), "zip.name", "n\\n", "control")
    turned = "abc\u202evsc.exe".encode()
    assert_refused(sent(archive([Entry(turned, CSV, flags=0x800)])), "zip.name", "control")


def test_names_are_for_people_and_never_written(sent, tmp_path):
    path = sent(zipped(("june/usage.csv", CSV)))
    before = set(tmp_path.rglob("*"))
    read_all(path)
    assert set(tmp_path.rglob("*")) == before


def test_the_same_name_twice_is_refused(sent):
    assert_refused(sent(archive([Entry(b"a.csv", CSV), Entry(b"a.csv", CSV + CSV)])), "zip.name", "twice", "a.csv")


def test_two_names_for_one_file_are_refused(sent):
    assert_refused(sent(archive([Entry(b"a.csv", CSV, local_name=b"b.csv")])), "zip.name", "two names")


def test_an_archive_in_an_archive_is_refused(sent):
    for inner in (zipped(("a.csv", CSV)), zipped()):
        assert_refused(sent(zipped(("inner.zip", inner), ("a.csv", CSV))), "zip.nested", "zip inside", "inner.zip")


@pytest.mark.parametrize(("flags", "method"), [(0x1, 8), (0x41, 8), (0x2000, 8), (0x1, 99)])
def test_a_locked_file_asks_for_one_without_a_password(sent, flags, method):
    assert_refused(sent(archive([Entry(b"a.csv", CSV, flags=flags, method=method)])), "zip.password", "password")


@pytest.mark.parametrize("attributes", [LINK, PIPE])
def test_links_and_devices_are_refused(sent, attributes):
    assert_refused(sent(archive([Entry(b"a.csv", b"/etc/passwd", attributes=attributes)])), "zip.kind", "link")


@pytest.mark.parametrize(("method", "word"), [(9, "Deflate64"), (12, "bzip2"), (14, "LZMA"), (93, "zstd"), (77, "77")])
def test_other_methods_are_refused_by_name(sent, method, word):
    assert_refused(sent(archive([Entry(b"a.csv", CSV, method=method)])), "zip.method", word, "a.csv")


def test_a_wrong_checksum_is_named_with_its_file(sent):
    assert_refused(sent(archive([Entry(b"a.csv", CSV, crc=1)])), "zip.checksum", "checksum", "a.csv")
    broken = bytearray(zipped(("a.csv", CSV * 50)))
    broken[45] ^= 0xFF
    assert refusal_of(sent(bytes(broken))).code in ("zip.checksum", "zip.size", "zip.incomplete")


def deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("declared", [0, 10, len(CSV) - 1, len(CSV) + 1, 10 * len(CSV)])
def test_a_file_of_another_size_than_declared_is_refused(sent, declared):
    entry = Entry(b"a.csv", deflated(CSV), method=8, plain_size=declared, crc=zlib.crc32(CSV))
    assert_refused(sent(archive([entry])), "zip.size", "size", "a.csv")


def test_two_declared_sizes_are_refused(sent):
    entry = Entry(b"a.csv", deflated(CSV), method=8, plain_size=len(CSV), crc=zlib.crc32(CSV), sizes=(5, 10))
    assert_refused(sent(archive([entry])), "zip.size", "two sizes")


def test_packed_data_behind_the_end_of_a_file_is_refused(sent):
    entry = Entry(b"a.csv", deflated(CSV) + b"more", method=8, plain_size=len(CSV), crc=zlib.crc32(CSV))
    assert_refused(sent(archive([entry])), "zip.size", "size")


def test_files_that_share_bytes_are_refused(sent):
    one = Entry(b"a.csv", CSV)
    assert_refused(sent(archive([one, Entry(b"a.csv", CSV, at=0)])), "zip.overlap", "overlap")
    # The quoting bomb: the first file's data holds the header of the second.
    inner = archive([Entry(b"b.csv", CSV)])
    quoted = Entry(b"a.csv", inner)
    at = 30 + len(b"a.csv")
    assert_refused(sent(archive([quoted, Entry(b"b.csv", CSV, at=at)])), "zip.overlap", "b.csv")


def test_too_many_files_are_refused(sent):
    members = [(f"{number}.csv", CSV) for number in range(LIMITS.members + 1)]
    assert_refused(sent(zipped(*members)), "zip.members", "1,001", "1,000")
    assert len(read_all(sent(zipped(*members[:-1])))) == LIMITS.members
    # A directory that announces few and holds many, or the other way round.
    entries = [Entry(b"%d.csv" % number, CSV) for number in range(3)]
    assert_refused(sent(archive(entries, counted=2)), "zip.damaged", "directory")
    assert_refused(sent(archive(entries, counted=4)), "zip.damaged", "directory")


def test_all_files_share_the_limit_of_plain_bytes(sent):
    path = sent(zipped(*((f"{number}.csv", CSV) for number in range(10))))
    assert_refused(path, "size.plain", limits=replace(LIMITS, plain_bytes=len(CSV) * 10 - 1))
    assert len(read_all(path, replace(LIMITS, plain_bytes=len(CSV) * 10))) == 10
    packed = sent(zipped(*((f"{number}.csv.gz", gzip.compress(CSV)) for number in range(10))))
    assert_refused(packed, "size.plain", limits=replace(LIMITS, plain_bytes=len(CSV) * 10 - 1))


@pytest.mark.parametrize("data", [zipped(), zipped((".DS_Store", b"x")), archive([Entry(b"june/", b"")])])
def test_an_archive_without_files_is_empty(sent, data):
    assert_refused(sent(data), "zip.empty", "empty")


def test_an_archive_that_ends_in_the_middle_is_incomplete(sent):
    data = zipped(("a.csv", CSV * 100), ("b.csv", CSV))
    for size in (len(data) - 1, len(data) - 22, len(data) // 2, 50):
        assert_refused(sent(data[:size]), "zip.incomplete", "incomplete")


def test_something_around_the_archive_is_refused(sent):
    entry = Entry(b"a.csv", CSV)
    assert_refused(sent(archive([entry], behind=b"more")), "zip.behind", "behind")
    hidden = archive([Entry(b"hidden.csv", CSV)])
    assert refusal_of(sent(hidden + archive([entry]))).code == "zip.damaged"
    assert_refused(sent(archive([entry], before=hidden[: 30 + 10 + len(CSV)])), "zip.damaged", "does not name")
    assert read_all(sent(archive([entry], comment=b"made by hand"))) == {"sent.zip/a.csv": CSV}


def test_a_piece_of_a_split_archive_is_refused(sent):
    data = bytearray(archive([Entry(b"a.csv", CSV)]))
    data[-18:-16] = struct.pack("<H", 3)
    assert_refused(sent(bytes(data)), "zip.split", "split")
    assert refusal_of(sent(b"PK\x07\x08" + archive([Entry(b"a.csv", CSV)]))).code in ("zip.damaged", "zip.split")


def test_every_flipped_byte_of_an_archive_is_noticed_or_means_nothing(sent):
    """Whatever byte is wrong: the same files, or a refusal; never other bytes under a name."""
    honest = zipped(("usage.csv", CSV), ("other.csv", CSV[::-1]))
    contents = {CSV, CSV[::-1]}
    for at in range(len(honest)):
        for mask in (0x01, 0x80):
            broken = bytearray(honest)
            broken[at] ^= mask
            try:
                found = parts_of(sent(bytes(broken)), filename="s", limits=LIMITS)
                assert found.packing in ("zip", "none"), at
                if found.packing == "zip":
                    assert set(read_all(sent(bytes(broken))).values()) <= contents, at
            except FileRefused as refused:
                assert refused.code.partition(".")[0] in ("zip", "size", "type", "gzip"), refused.code  # noqa: PT017


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("zip_traversal.zip", "name"),
        ("zip_nested.zip", "zip inside"),
        ("zip_encrypted.zip", "password"),
        ("zip_bad_crc.zip", "checksum"),
        ("zip_empty.zip", "empty"),
        ("zip_lies_about_size.zip", "size"),
    ],
)
def test_the_nasty_archives_are_refused_by_their_word(name, word):
    assert word in str(refusal_of(NASTY / name))


@pytest.mark.parametrize(
    ("name", "rows"), [("zip_two_members.zip", [101, 101]), ("zip_macosx.zip", [201]), ("zip_two_kinds.zip", [2, 201])]
)
def test_the_good_archives_have_all_their_rows(name, rows):
    assert [data.count(b"\n") for data in read_all(NASTY / name).values()] == rows
