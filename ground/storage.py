"""Stored files: uploads, evidence, documents. A file is whole or absent, and is checked against its hash when read.

Keys are random under the customer, so no hash or number of one customer tells another of a file.
"""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from ground.ids import new_public_id

BLOCK = 1024 * 1024


class StoredFileDamaged(Exception):
    """The bytes in the store are not the bytes that were stored."""


class StoredFileMissing(Exception):
    """The store has no file under this key."""


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """What the database keeps of a stored file. `sha256` is hex without prefix, `size` in bytes."""

    key: str
    sha256: str
    size: int


def store_file(*, customer_id: int, kind: str, source: Path | bytes) -> StoredFile:
    """Store bytes or a file's content under a new key. On any failure nothing is left and OSError is raised."""
    if not kind.isidentifier():
        raise ValueError(f"{kind!r} is not a kind of file.")
    key = f"{int(customer_id)}/{kind}/{new_public_id()}"
    target = Path(settings.STORAGE_ROOT) / key
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    try:
        sha256, size = _write(partial, source)
        partial.rename(target)
        _sync_folder(target.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return StoredFile(key=key, sha256=sha256, size=size)


def open_stored(key: str, sha256: str) -> BinaryIO:
    """Open a stored file for reading after its whole content matched the hash.

    Raises StoredFileMissing or StoredFileDamaged.
    """
    return stored_path(key, sha256).open("rb")


def stored_path(key: str, sha256: str) -> Path:
    """Return the path of a stored file after its whole content matched the hash; for readers that need a path."""
    path = _path_of(key)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise StoredFileMissing(f"The stored file {key} is missing.") from error
    if found != sha256:
        raise StoredFileDamaged(f"The stored file {key} has changed since it was stored: its SHA-256 is {found}.")
    return path


def has_stored(key: str) -> bool:
    """Return whether the store has a file under this key; its content is not looked at."""
    return _path_of(key).is_file()


def remove_stored(key: str) -> None:
    """Remove a stored file; a key without a file is fine. For erasure and for files whose row was never committed."""
    _path_of(key).unlink(missing_ok=True)


def _path_of(key: str) -> Path:
    root = Path(settings.STORAGE_ROOT).resolve()
    path = (root / key).resolve()
    if not path.is_relative_to(root):
        raise StoredFileMissing(f"{key!r} is not a key of the store.")
    return path


def _write(path: Path, source: Path | bytes) -> tuple[str, int]:
    """Write, flush to the disk, and compare with what the disk has; return hex SHA-256 and size."""
    digest = hashlib.sha256()
    with path.open("xb") as file:
        if isinstance(source, bytes):
            digest.update(source)
            file.write(source)
        else:
            with source.open("rb") as reader:
                while block := reader.read(BLOCK):
                    digest.update(block)
                    file.write(block)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    if path.stat().st_size != size:
        raise OSError(f"{path} holds fewer bytes than were written.")
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_bytes() -> int:
    """Return the bytes still free where files are stored."""
    root = Path(settings.STORAGE_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root).free
