"""What is fuzzed: each target takes any bytes, and either ends or says in its own words why it cannot go on.

Any other exception is a fault of ours. What holds for every input is asserted here, not only that nothing breaks.
"""

import io
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rollcall.formats.mapping import ROLES, ColumnMapping, MappingRefused
from rollcall.formats.registry import PROFILES
from rollcall.formats.times import DATE_ORDERS, FORMATS
from rollcall.intake import evidence
from rollcall.intake.checks import FAILED
from rollcall.intake.findings import FileRefused, QuestionsOpen
from rollcall.intake.head import head_of
from rollcall.intake.layout import layout_of
from rollcall.intake.limits import Limits
from rollcall.intake.packings import packing_of
from rollcall.intake.parts import Part, parts_of
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.intake.result import ACCEPTED, NEEDS_ANSWER, OK, QUARANTINED, REJECTED, ReadResult, SniffResult
from rollcall.intake.sniff import sniff
from rollcall.intake.text import ENCODINGS, is_broken, open_text
from rollcall.terms.activity import NO_ACTIVITY_MARK

LIMITS = replace(Limits(), plain_bytes=2_000_000, members=20, cells=50_000, window_bytes=1 << 20, rows=20_000)
# In memory where that is possible: an input takes far longer to reach a disk than to be looked at.
_FOLDER = tempfile.TemporaryDirectory(prefix="rollcall-fuzz-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
_PATH = Path(_FOLDER.name) / "sent"
_OUT = Path(_FOLDER.name) / "out"
_OUT.mkdir()
# Evidence as text: what a reading decides is looked at here, not how DuckDB writes it down.
evidence.duckdb = None


def unpacking(data: bytes) -> None:
    """Take a container apart: no part is larger than allowed, and reading it twice gives the same bytes."""
    _PATH.write_bytes(data)
    try:
        found = parts_of(_PATH, filename="sent", limits=LIMITS)
        contents = [_content(part) for part in found.parts]
    except FileRefused as refused:
        _assert_says_why(refused)
        _assert_shows(str(refused))
        return
    assert sum(map(len, contents)) <= max(LIMITS.plain_bytes, len(data))
    assert contents == [_content(part) for part in found.parts]
    if packing_of(data) == "none" and found.packing == "none":
        assert contents == [data]


def _assert_says_why(refused: Exception) -> None:
    assert len(str(refused)) > 10


def _assert_shows(words: str) -> None:
    assert words.isprintable(), "a name out of an archive is shown as it stands"


def _content(part: Part) -> bytes:
    with part.open(LIMITS) as plain:
        return plain.read()


def decoding(data: bytes) -> None:
    """Find the encoding and decode: nothing is lost, and what cannot be decoded stays visible."""
    try:
        head = head_of(data, len(data), filename="sent", encoding=None)
    except (FileRefused, QuestionsOpen) as said:
        _assert_says_why(said)
    else:
        assert head.encoding in ENCODINGS
        # A byte that could not be decoded is a lone surrogate and gives the same byte back.
        if head.encoding == "utf-8":
            assert head.text.encode("utf-8", "surrogateescape") == data
    for encoding in ENCODINGS:
        try:
            text = open_text(io.BufferedReader(io.BytesIO(data)), encoding).read()
        except FileRefused as refused:
            _assert_says_why(refused)
            continue
        if encoding in ("utf-8", "cp1252", "iso-8859-1"):
            assert text.encode(encoding, "surrogateescape") == data
            assert is_broken(text) == (not _decodes(data, encoding))


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def sniffing(data: bytes) -> None:
    """Look at a file: always an answer, which goes through JSON unchanged."""
    _PATH.write_bytes(data)
    result = sniff(_PATH, filename="sent", limits=LIMITS)
    assert result.outcome in (OK, REJECTED)
    assert result.outcome == OK or (result.code and result.message)
    text = json.dumps(result.to_json(), allow_nan=False)
    assert SniffResult.from_json(json.loads(text)).to_json() == json.loads(text)


def mapping(data: bytes) -> None:
    """Read a mapping that a person or a program made, lay a file out by it, and read the file."""
    try:
        said = json.loads(data) if data.startswith(b"{") else _chosen(data)
        wanted = ColumnMapping.from_json(said)
    except (ValueError, RecursionError):
        return
    assert ColumnMapping.from_json(wanted.to_json()).to_json() == wanted.to_json()
    try:
        head = head_of(_SOME_ROWS, len(_SOME_ROWS), filename="sent", encoding=wanted.encoding)
        layout = layout_of(head, limits=LIMITS, mapping=wanted)
        layout.mapping.positions(layout.table.header)
    except (FileRefused, QuestionsOpen, MappingRefused) as refused:
        _assert_says_why(refused)
        return
    _read(_SOME_ROWS, mapping=layout.mapping)


def _chosen(data: bytes) -> dict[str, object]:
    """Return a mapping whose every value a byte has chosen, so that guided bytes reach beyond the JSON."""
    choices = iter(data)

    def one_of(*values: object) -> object:
        return values[next(choices, 0) % len(values)]

    def column() -> object:
        return one_of(None, "when", "Who", "what", "id", "", " who ", "Who\n", 0, 7, "nobody")

    return {
        "format": one_of("csv", "csv", "csv", "json", "keycloak_events", "", None),
        "encoding": one_of("utf-8", "utf-8-sig", *ENCODINGS, "rot13", None),
        "delimiter": one_of(";", ",", "\t", "|", "", ";;", '"', "\n", None),
        "header_line": one_of(1, 2, 3, 0, -1, 10**9, "1", None, True),
        "columns": {role: column() for role in ROLES[: next(choices, 7) % 8]},
        "constants": one_of({}, {"action": "login"}, {"action": " !x"}, {"user": "ann"}, None, []),
        "time": {
            "format": one_of(None, *FORMATS, "later"),
            "date_order": one_of(None, *DATE_ORDERS, "xyz"),
            "source_timezone": one_of(None, "UTC", "Europe/Berlin", "Mars/Base", "", "../etc/passwd"),
        },
        "outcome": one_of({"success": []}, {"success": ["login"]}, {"success": [1]}, None, {"failure": []}),
    }


_SOME_ROWS = b"when;Who;what;id\n2026-06-01T08:00:00Z;ann;login;1\n2026-06-02;bob;login;2\n1782864000;cy;open;3\n01.02.2026;d;x;4\n"


def rows(data: bytes) -> None:
    """Read a file to evidence: every row is accounted for, and every finding names its line and its reason."""
    _read(data, mapping=None)


def _read(data: bytes, *, mapping: ColumnMapping | None) -> None:
    _PATH.write_bytes(data)
    for left in _OUT.iterdir():
        left.unlink()
    request = ReadRequest(
        files=(str(_PATH),),
        filenames=("sent",),
        out_dir=str(_OUT),
        timezone="Europe/Berlin",
        source_timezone="Africa/Cairo",
        mapping=mapping,
        contract_from="2020-01-01",
        contract_to="2030-01-01",
        salt_hex="5a" * 32,
        engine="plain",
        limits=LIMITS,
    )
    result = read(request)
    assert result.outcome in (ACCEPTED, QUARANTINED, REJECTED, NEEDS_ANSWER)
    counts = result.rows
    assert counts.read == counts.accepted + counts.quarantined + counts.duplicate + counts.not_owned
    assert sum(result.rows_by_day.values()) == (counts.accepted if result.evidence_file or result.reported else 0)
    explained = PROFILES[result.format].no_activity if result.format in PROFILES else {FAILED: ""}
    assert {action.partition(NO_ACTIVITY_MARK)[2] for action in result.actions} <= {"", *explained}
    for finding in result.findings:
        assert finding.line >= 1
        assert finding.code
        assert finding.message
    text = json.dumps(result.to_json(), allow_nan=False)
    assert ReadResult.from_json(json.loads(text)).to_json() == json.loads(text)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "unpacking": unpacking,
    "decoding": decoding,
    "sniffing": sniffing,
    "mapping": mapping,
    "rows": rows,
}
