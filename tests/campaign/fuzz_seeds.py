"""Where fuzzing begins: small true files of every kind, and a seeded way to break them."""

import bz2
import gzip
import json
import lzma
import random
from collections.abc import Iterator
from pathlib import Path

from backports import zstd

from tests.rollcall.intake import bombs

CASES = Path(__file__).parents[1] / "cases"
_LONGEST = 3_000
_TOKENS = (
    b'"', b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\x00", b"\x1a", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff",
    b"\xed\xa0\x80", b"\xe2\x80\xa8", b"{", b"}", b"[", b"]", b":", b"null", b"1e999", b"NaN", b"-0", b"\\ud800",
    b"2026-06-30T23:59:60Z", b"2026-03-29T02:30:00", b"30.06.2026", b"1782864000", b"9" * 30, b"=1+1", b"<c r=\"A1\"",
    b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x1f\x8b\x08", b"\xff" * 4, b"\x00" * 8, b"#", b"sep=;\n", b" !",
    b"true", b"1.5", b'"utf-16"', b'"epoch_ms"', b'"iso8601"', b'"event_id": "Who"', b'"Europe/Berlin"', b'"dmy"',
)  # fmt: skip

_MAPPINGS = (
    {
        "format": "csv",
        "encoding": "utf-8",
        "delimiter": ";",
        "header_line": 1,
        "columns": {"user": "Who", "at": "when", "action": "what"},
        "constants": {},
        "time": {"format": "ordered", "date_order": "dmy", "source_timezone": "Europe/Berlin"},
    },
    {"format": "csv", "columns": {"user": "Who", "at": "when"}, "outcome": {"success": ["ok"]}},
)


def seeds(target: str) -> list[bytes]:
    """Return the seeds of a target, always in the same order."""
    if target == "mapping":
        chosen = [bytes(22), bytes([0, 0, 0, 0, 7, 0, 2, 1, 3, 4, 0, 0, 0, 0]), bytes(range(22))]
        return [*(json.dumps(mapping).encode() for mapping in _MAPPINGS), *chosen]
    files = sorted(path for path in CASES.rglob("*") if path.is_file() and path.name != "manifest.json")
    found = [path.read_bytes() for path in files]
    small = [data if len(data) <= _LONGEST else data[: data.rfind(b"\n", 0, _LONGEST) + 1] for data in found]
    packed = [pack(bombs.CSV) for pack in (gzip.compress, bz2.compress, lzma.compress, zstd.compress)]
    packed.append(bombs.zipped(("a.csv", bombs.CSV), ("b.csv", bombs.CSV)))
    packed.append(bombs.zipped(("a.csv.gz", gzip.compress(bombs.CSV))))
    packed.append(bombs.archive([bombs.Entry(b"a.csv", bombs.CSV)], comment=b"x"))
    packed.extend(data for _, data in bombs.polyglots())
    return [data for data in [*small, *packed] if data]


def broken(target: str, number: int) -> Iterator[bytes]:
    """Yield so many broken seeds, the same ones every time."""
    draw = random.Random(20260930)
    beginnings = seeds(target)
    for _ in range(number):
        data = bytearray(draw.choice(beginnings))
        for _ in range(draw.randint(1, 6)):
            _break(data, draw, beginnings)
        yield bytes(data)


def _break(data: bytearray, draw: random.Random, beginnings: list[bytes]) -> None:
    at = draw.randint(0, len(data))
    match draw.randint(0, 6):
        case 0:
            data[at:at] = draw.choice(_TOKENS)
        case 1:
            data[at : at + draw.randint(1, 20)] = b""
        case 2:
            del data[at:]
        case 3 if data:
            data[at % len(data)] ^= 1 << draw.randint(0, 7)
        case 4:
            other = draw.choice(beginnings)
            data[at:at] = other[: draw.randint(0, len(other))]
        case 5:
            data[at : at + 4] = draw.randbytes(4)
        case _:
            data += data[at : at + draw.randint(0, 400)]
