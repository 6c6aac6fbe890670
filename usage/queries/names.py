"""The names behind references, where they still exist: of everybody, or of a few without reading everything.

A file of names is sorted by reference, and every field in it is quoted, so that a line feed, a quotation mark and a
reference stand together at the beginning of a record alone: inside a field a quotation mark is doubled.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from ground.storage import stored_path
from usage.models import ActiveUserCount, EvidenceFile

_RECORD = re.compile(rb'\n"([0-9a-f]{64})","')


def names_of(count: ActiveUserCount) -> dict[str, str]:
    """Return {user_ref: name as the file wrote it} for the evidence of a count, where the names still exist."""
    names: dict[str, str] = {}
    for user_ref, _, raw in _records(count):
        names.setdefault(user_ref, raw)
    return names


def keys_of(count: ActiveUserCount) -> dict[str, str]:
    """Return {user_ref: user_key}: the normalized ids behind the references, where they still exist."""
    return {user_ref: key for user_ref, key, _ in _records(count)}


def names_of_some(count: ActiveUserCount, user_refs: Iterable[str]) -> dict[str, str]:
    """Return the names of these people alone: each is looked up in the sorted files, until all are found."""
    names: dict[str, str] = {}
    missing = {user_ref.encode() for user_ref in user_refs}
    for file in _files(count):
        if not missing:
            break
        content = stored_path(file.names_key, file.names_sha256).read_bytes()
        for wanted in sorted(missing):
            raw = _looked_up(content, wanted)
            if raw is not None:
                names[wanted.decode()] = raw
        missing -= {user_ref.encode() for user_ref in names}
    return names


def has_names(count: ActiveUserCount) -> bool:
    """Return whether names of the people of a count still exist."""
    return any(True for _ in _files(count)[:1])


def _records(count: ActiveUserCount) -> Iterator[list[str]]:
    for file in _files(count):
        path = stored_path(file.names_key, file.names_sha256)
        with path.open(encoding="utf-8", newline="") as text:
            text.readline()
            yield from csv.reader(text)


def _files(count: ActiveUserCount) -> list[EvidenceFile]:
    ids = [entry["evidence_id"] for entry in count.evidence if entry["evidence_id"] is not None]
    return list(EvidenceFile.objects.filter(pk__in=ids).exclude(names_key="").order_by("pk"))


def _looked_up(content: bytes, wanted: bytes) -> str | None:
    """Return the name of a reference by halving the file; None when it is not there."""
    low, high = 0, len(content)
    while low < high:
        found = _RECORD.search(content, (low + high) // 2)
        if found is None or found.start() >= high:
            # No record begins in the upper half.
            high = (low + high) // 2
            continue
        if found[1] == wanted:
            after = _RECORD.search(content, found.end())
            text = content[found.start() + 1 : after.start() + 1 if after else len(content)].decode()
            return next(csv.reader(io.StringIO(text, newline="")))[2]
        low, high = (found.end(), high) if found[1] < wanted else (low, (low + high) // 2)
    return None
