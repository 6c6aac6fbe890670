"""Hostile containers, made here and never stored: bombs of every compression, archives that lie, and polyglots."""

import bz2
import gzip
import io
import lzma
import random
import struct
import zipfile
import zlib

from backports import zstd

LINE = b"ann,2026-06-01T08:00:00Z,login\n"
MEGABYTE = (LINE * (1_000_000 // len(LINE) + 1))[:1_000_000]
HEADER = b"user,time,action\n"
CSV = HEADER + LINE * 20


def noisy_megabyte(noise):
    """Return a million plain bytes that pack to a little more than the noise."""
    return random.Random(7).randbytes(noise) + MEGABYTE[noise:]


def gzip_30_mb_to_10_gb(path):
    """Ten thousand members of a million bytes each; every checksum and length is right."""
    member = gzip.compress(noisy_megabyte(2_000), 9)
    path.write_bytes(member * 10_000)


def gzip_bomb_behind_honest_data(path):
    honest = gzip.compress(random.Random(3).randbytes(20_000_000).hex().encode(), 1)
    path.write_bytes(gzip.compress(CSV) + honest + gzip.compress(MEGABYTE * 10, 9) * 1000)


def xz_to_10_gb(path):
    stream = lzma.compress(MEGABYTE * 100, preset=0)
    path.write_bytes(stream * 100)


def bzip2_to_10_gb(path):
    path.write_bytes(bz2.compress(b"0" * 100_000_000) * 100)


def zstd_to_10_gb(path):
    path.write_bytes(zstd.compress(MEGABYTE * 100) * 100)


def zip_to_10_gb(path, *, declared=10_000_000_000):
    """One member that unpacks to ten gigabytes, as deflate packs zeros at best; or that says it were smaller."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    packed = start + block * 9_999 + end
    path.write_bytes(archive([Entry(b"usage.csv", packed, method=8, plain_size=declared)]))


def zip_of_many_small_bombs(path):
    """Each member stays below what is looked at alone; together they are a bomb."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(200):
            packed.writestr(f"{number}.csv", HEADER + MEGABYTE * 40 if number < 30 else CSV)


def zip_of_gzip_bombs(path):
    bomb = gzip.compress(HEADER + MEGABYTE * 45, 9)
    with zipfile.ZipFile(path, "w") as packed:
        for number in range(100):
            packed.writestr(f"{number}.csv.gz", bomb)


def xz_with_a_huge_dictionary(path):
    packer = lzma.LZMACompressor(lzma.FORMAT_XZ, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}])
    small = packer.compress(CSV) + packer.flush()
    # The dictionary's size is one byte of the block header, which has a checksum of its own.
    head = bytearray(small)
    begin = 12
    size = (head[begin] + 1) * 4
    block = head[begin : begin + size]
    at = block.index(b"\x21\x01") + 2
    block[at] = 36
    block[-4:] = struct.pack("<L", zlib.crc32(bytes(block[:-4])))
    head[begin : begin + size] = block
    path.write_bytes(bytes(head))


def zstd_with_a_huge_window(path):
    parameters = {zstd.CompressionParameter.window_log: 30, zstd.CompressionParameter.enable_long_distance_matching: 1}
    packer = zstd.ZstdCompressor(options=parameters)
    path.write_bytes(packer.compress(CSV) + packer.flush())


class Entry:
    """One member of an archive written by hand; every field may lie."""

    def __init__(self, name, packed, *, method=0, plain_size=None, crc=None, flags=0, attributes=0, at=None, **local):
        self.name, self.packed, self.method, self.flags, self.attributes, self.at = (
            name,
            packed,
            method,
            flags,
            attributes,
            at,
        )
        self.plain_size = len(packed) if plain_size is None else plain_size
        self.crc = zlib.crc32(packed) if crc is None else crc
        self.local = local


def archive(entries, *, comment=b"", behind=b"", before=b"", counted=None, gap=b""):
    """Return a zip archive of entries as they are."""
    body, directory = bytearray(before), bytearray()
    for entry in entries:
        at = len(body) if entry.at is None else entry.at
        sizes = (len(entry.packed), entry.plain_size)
        extra = b""
        if max(sizes) >= 0xFFFFFFFF:
            extra = struct.pack("<2HQQ", 1, 16, sizes[1], sizes[0])
            sizes = (0xFFFFFFFF, 0xFFFFFFFF)
        name = entry.local.get("local_name", entry.name)
        local = (0x04034B50, 20, entry.flags, entry.local.get("method", entry.method), 0, 0)
        if entry.at is None:
            body += struct.pack("<L5H", *local)
            body += struct.pack("<3L2H", entry.crc, *entry.local.get("sizes", sizes), len(name), len(extra))
            body += name + extra + entry.packed + gap
        directory += struct.pack("<L6H", 0x02014B50, 0x0314, 20, entry.flags, entry.method, 0, 0)
        directory += struct.pack(
            "<3L5H2L", entry.crc, *sizes, len(entry.name), len(extra), 0, 0, 0, entry.attributes, at
        )
        directory += entry.name + extra
    number = len(entries) if counted is None else counted
    end = struct.pack("<L4H2LH", 0x06054B50, 0, 0, number, number, len(directory), len(body), len(comment))
    return bytes(body) + bytes(directory) + end + comment + behind


def overlapping(path, members=50):
    """The bomb that quotes: many names for the same packed bytes."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(bytes(1_000_000)) + packed.flush()
    crc = zlib.crc32(bytes(1_000_000))
    first = Entry(b"0.csv", data, method=8, plain_size=1_000_000, crc=crc)
    others = [Entry(b"0.csv", data, method=8, plain_size=1_000_000, crc=crc, at=0) for _ in range(members)]
    path.write_bytes(archive([first, *others]))


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    """Return an honest archive of (name, data)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as packed:
        for name, data in members:
            packed.writestr(name, data)
    return buffer.getvalue()


_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def workbook(sheet, *, shared=b"", more=()):
    """Return the least that is told as a workbook, with this XML as its sheet."""
    return zipped(
        ("[Content_Types].xml", _TYPES),
        ("_rels/.rels", _RELATIONS.format("officeDocument", "xl/workbook.xml")),
        (
            "xl/workbook.xml",
            '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        ),
        ("xl/_rels/workbook.xml.rels", _RELATIONS.format("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", sheet),
        *([("xl/sharedStrings.xml", shared)] if shared else []),
        *more,
    )


_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/></Relationships>'
)
_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))


def workbook_with_entities(path):
    text = b'<!DOCTYPE w [<!ENTITY l0 "lol">' + _LAUGHS + b"]>"
    path.write_bytes(workbook(text + _SHEET % b'<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>'))


def workbook_of_zeros(path):
    path.write_bytes(workbook(_SHEET % (b"<row><c><v>" + b"0" * 400_000_000 + b"</v></c></row>")))


def workbook_with_distant_cells(path):
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path.write_bytes(workbook(_SHEET % cells))


def workbook_of_one_long_text_everywhere(path):
    """A megabyte whose cells all name the same text; a reader that copies it for each of them needs six gigabytes."""
    text = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>%s</t></si></sst>'
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (row, row) for row in range(1, 200_001))
    path.write_bytes(workbook(_SHEET % rows, shared=text % (b"x" * 32_000)))


def opendocument_of_repeats(path):
    """One cell that says it were there in every row and column."""
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("table", "text")
    )
    body = (
        '<table:table table:name="a"><table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
        "</table:table-row></table:table>"
    )
    start = f'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"{names}>'
    content = (
        f"{start}<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    path.write_bytes(zipped(("mimetype", kind), ("META-INF/manifest.xml", "<m/>"), ("content.xml", content)))


def opendocument_with_entities(path):
    text = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">' + _LAUGHS + b"]><office:document-content/>"
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    path.write_bytes(zipped(("mimetype", kind), ("content.xml", text)))


SMALL_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
FOREIGN = {
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "program": b"\x7fELF\x02\x01\x01\x00",
    "Parquet": b"PAR1\x15\x04\x15\x10",
    "Arrow": b"ARROW1\x00\x00\xff\xff\xff\xff",
    "SQLite": b"SQLite format 3\x00\x10\x00",
    "image": SMALL_PNG,
    "Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "RAR": b"Rar!\x1a\x07\x01\x00",
    "Avro": b"Obj\x01\x04\x16avro.schema",
    "tar": b"usage.csv".ljust(257, b"\x00") + b"ustar\x0000",
    "lz4": b"\x04\x22\x4d\x18\x64\x40",
    "RTF": b"{\\rtf1\\ansi",
}


def polyglots():
    """Yield (name, bytes): files that are two things at once."""
    honest = zipped(("usage.csv", CSV))
    yield "gif_and_zip", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;" + honest
    yield "pdf_and_zip", b"%PDF-1.4\n1 0 obj\nstream\n" + honest + b"\nendstream\n%%EOF"
    yield "elf_and_zip", b"\x7fELF\x02\x01\x01" + bytes(57) + honest
    yield "png_and_gzip", SMALL_PNG + gzip.compress(CSV)
    yield "gzip_and_zip", gzip.compress(CSV) + honest
    yield "zip_and_csv", honest + CSV
    yield "zip_and_zip", honest + honest
    yield "hidden_and_zip", archive([Entry(b"shown.csv", CSV)], before=archive([Entry(b"hidden.csv", CSV)])[:-60])
