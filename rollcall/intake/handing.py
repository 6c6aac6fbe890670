"""Files handed to a child that runs as another user, and taken back without trusting what it left.

Only a process that was started as root can become another user. What that user may not read is copied for it; what it
writes is taken back only as plain files, because a link would make the parent read what the child could not.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NOBODY = "nobody"


class NotAFile(Exception):
    """The child left something that is no plain file."""


@dataclass(frozen=True)
class User:
    """Whom a child becomes."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Handed:
    """Where the child finds its files, and where it may write."""

    files: tuple[Path, ...]
    out: Path | None


def user_for_children(name: str) -> User | None:
    """Return whom children become: None when this process is not root or the host has no such user."""
    if os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return User(found.pw_uid, found.pw_gid) if found.pw_uid != 0 else None


@contextmanager
def handed(files: Sequence[Path], out: Path | None, user: User | None) -> Iterator[Handed]:
    """Give the files, and a folder to write into, to the user; bring what was written back into `out`.

    Raises NotAFile.
    """
    if user is None:
        yield Handed(tuple(files), out)
        if out is not None:
            _refuse_links(out)
        return
    reached = out is not None and reaches(out, user)
    near = out.parent if out is not None and reached else None
    with tempfile.TemporaryDirectory(prefix="rollcall-", dir=near) as place:
        folder = Path(place)
        # The user passes through and cannot list it; what it owns lies below.
        folder.chmod(0o711)
        given = tuple(_given(file, folder / f"in{number}", user) for number, file in enumerate(files))
        if out is None or reached:
            written = out
        else:
            written = folder / "out"
            written.mkdir()
        if written is not None:
            os.chown(written, user.uid, user.gid)
        try:
            yield Handed(given, written)
        finally:
            if written is not None:
                os.chown(written, os.geteuid(), os.getegid())
        if written is not None and out is not None:
            _take_back(written, out)


def _given(file: Path, copy: Path, user: User) -> Path:
    """Return where the user can read the file: in its place, or a copy that is the user's alone."""
    if reaches(file, user) and _allows(file.stat(), user, stat.S_IRUSR):
        return file
    shutil.copyfile(file, copy)
    os.chown(copy, user.uid, user.gid)
    copy.chmod(0o400)
    return copy


def _take_back(written: Path, out: Path) -> None:
    _refuse_links(written)
    for entry in written.iterdir():
        os.chown(entry, os.geteuid(), os.getegid(), follow_symlinks=False)
        if written != out:
            shutil.move(entry, out / entry.name)


def _refuse_links(folder: Path) -> None:
    for entry in folder.iterdir():
        found = entry.lstat()
        # Folders are leavings of DuckDB's spilling; nothing is read from them.
        if not stat.S_ISDIR(found.st_mode) and (not stat.S_ISREG(found.st_mode) or found.st_nlink != 1):
            raise NotAFile(entry.name)


def reaches(path: Path, user: User) -> bool:
    """Return whether the user may pass through every folder above."""
    return all(may_enter(folder, user) for folder in path.resolve().parents)


def may_enter(folder: Path, user: User) -> bool:
    """Return whether the user may pass through a folder."""
    return _allows(folder.stat(), user, stat.S_IXUSR)


def _allows(found: os.stat_result, user: User, bit: int) -> bool:
    """Return whether the user has a right, given as that of the owner."""
    if found.st_uid == user.uid:
        return bool(found.st_mode & bit)
    if found.st_gid == user.gid:
        return bool(found.st_mode & bit >> 3)
    return bool(found.st_mode & bit >> 6)
