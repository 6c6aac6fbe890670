"""Whom a customer's list of exclusions names in a sample: service accounts and guests, by the ids of its user field.

Where the user of an export is an id that says nothing, the customer takes it from the record that names the account.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rollcall.formats.fields import dig
from rollcall.formats.registry import PROFILES

_UNIQUE_CHARACTERS = 30


def by_name(names: Sequence[str]) -> list[str]:
    """Return the exclusions of accounts by their names, also within an address or behind a domain."""
    return [glob for name in names for glob in (name, f"{name}@*", f"*[\\|]{name}", f"*[\\|]{name}@*")]


def service_accounts(files: Sequence[Path], names: Sequence[str], format: str) -> set[str]:
    """Return the ids of records that name one of these accounts."""
    return _ids(files, format, lambda leaves: any(name in leaf for name in names for leaf in leaves.values()))


def guests(files: Sequence[Path], format: str) -> set[str]:
    """Return the ids of accounts that a record calls a guest."""
    return _ids(files, format, lambda leaves: leaves.get("is_guest") == "True")


def unique(ids: Iterable[str]) -> set[str]:
    """Return the ids that mean the same account in every system, because they are too long to be used twice."""
    return {one for one in ids if len(one) >= _UNIQUE_CHARACTERS}


def _ids(files: Sequence[Path], format: str, is_meant: Callable[[dict[str, str]], bool]) -> set[str]:
    user = PROFILES[format].labels["user"]
    records = (record for file in files for value in _values(file) for record in _objects(value))
    users = ((str(dig(record, user)), record) for record in records if dig(record, user) not in (None, ""))
    return {one.replace("[", "[[]") for one, record in users if is_meant(dict(_leaves(record)))}


def _values(file: Path) -> Iterator[Any]:
    """Yield the JSON of a file, whole or line by line; nothing where it is none."""
    data = file.read_bytes()
    written = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig", "replace")
    try:
        yield json.loads(written)
    except ValueError:
        for line in written.splitlines():
            if line.startswith("{"):
                yield json.loads(line)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    else:
        yield name, str(value)
