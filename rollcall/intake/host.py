"""Calls of the C library that Python has no words for."""

import ctypes
import signal

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def called(name: str, *arguments: object) -> bool:
    """Return whether the host has this call of the C library and allowed it."""
    call = getattr(_LIBC, name, None)
    return call is not None and call(*arguments) == 0


def die_with_parent() -> bool:
    """Have the kernel kill this process when its parent ends; return whether it will. A change of user undoes it."""
    return called("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL)
