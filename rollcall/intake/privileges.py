"""From root to a user without rights, with Python's own files still in reach.

Python may be installed below a folder that only root may enter, such as /root; modules that are loaded when first used
would then be missing. In a mount namespace of the child's own that folder is covered by an empty one, which shows
nothing but Python and this package.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from rollcall.intake.handing import User, may_enter, reaches
from rollcall.intake.host import called

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_PRIVATE = 0x40000
_O_PATH = 0o10000000


def leave_network() -> bool:
    """Leave every network; return whether the kernel allowed it."""
    return called("unshare", _CLONE_NEWNET) or called("unshare", _CLONE_NEWUSER | _CLONE_NEWNET)


def become(user: User) -> bool:
    """Become the user for good and return True; False when Python's files would then be out of reach."""
    if not _uncover(user):
        return False
    os.setgroups([])
    os.setresgid(user.gid, user.gid, user.gid)
    os.setresuid(user.uid, user.uid, user.uid)
    return True


def _uncover(user: User) -> bool:
    """Bring what Python needs into the user's reach; return whether it is."""
    hidden = [path for path in _needed() if not reaches(path / "any", user)]
    if not hidden:
        return True
    if not all(may_enter(path, user) for path in hidden):
        return False
    if not called("unshare", _CLONE_NEWNS) or not called("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None):
        return False
    # What is needed is kept open before the folders above it are covered.
    kept = {path: os.open(path, _O_PATH) for path in hidden}
    for cover in {_closed_folder(path, user) for path in hidden}:
        if not called("mount", b"tmpfs", os.fsencode(cover), b"tmpfs", 0, b"mode=0755,size=1m"):
            return False
    for path, descriptor in kept.items():
        _shown_folder(path)
        source = f"/proc/self/fd/{descriptor}".encode()
        if not called("mount", source, os.fsencode(path), None, _MS_BIND | _MS_REC, None):
            return False
        os.close(descriptor)
    return all(reaches(path / "any", user) for path in hidden)


def _needed() -> Iterable[Path]:
    """Return the folders from which Python loads, none below another."""
    found = {Path(place).resolve() for place in (sys.base_prefix, sys.prefix, *sys.path) if os.path.isdir(place)}
    return sorted(path for path in found if not any(path != other and path.is_relative_to(other) for other in found))


def _closed_folder(path: Path, user: User) -> Path:
    """Return the topmost folder that the user may not enter."""
    return next(folder for folder in [*reversed(path.parents), path] if not may_enter(folder, user))


def _shown_folder(path: Path) -> None:
    before = os.umask(0o022)
    path.mkdir(parents=True, exist_ok=True)
    os.umask(before)
