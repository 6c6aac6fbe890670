"""The child process: read a snapshot and what it encloses from standard input, write the document to standard output.

It ends when its owner closes the pipe or dies. It leaves the network where the kernel allows, and limits itself;
the owner watches its time and memory from outside (see `printer.py`).
"""

import ctypes
import json
import os
import resource
import shutil
import signal
import sys
import traceback
from typing import BinaryIO

from billing.documents.enclosed import Enclosed
from billing.documents.layout import Layout
from billing.documents.printer import LENGTH_BYTES

ADDRESS_SPACE_BYTES = 2 * 2**30
FILE_BYTES = 16 * 2**20  # the decoded fonts are the only files it writes
OPEN_FILES = 64
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000


def main() -> None:
    """Serve documents until the pipe closes."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever prints must not get into an answer
    limit_self()
    leave_network()
    serve(sys.stdin.buffer, answers, Layout())
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)  # the owner may be gone


def serve(requests: BinaryIO, answers: BinaryIO, layout: Layout) -> None:
    while head := requests.read(LENGTH_BYTES):
        request = requests.read(int.from_bytes(head, "big"))
        status, content = answer(request, layout)
        whole = memoryview(status + len(content).to_bytes(LENGTH_BYTES, "big") + content)
        while whole:
            whole = whole[answers.write(whole) :]


def answer(request: bytes, layout: Layout) -> tuple[bytes, bytes]:
    """Give the status byte and the document, or the words of what went wrong. The child outlives a bad document."""
    try:
        asked = json.loads(request)
        return b"P", layout.pdf(asked["snapshot"], Enclosed.from_json(asked["enclosed"]))
    except BaseException as error:  # noqa: BLE001 - everything is reported to the owner, which raises it
        traceback.print_exc()
        return b"E", (str(error) or type(error).__name__).encode("utf-8")


def limit_self() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for kind, most in (
        (resource.RLIMIT_AS, ADDRESS_SPACE_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most, most) if hard in (resource.RLIM_INFINITY, -1) or hard > most else (hard, hard))


def leave_network() -> bool:
    """Move into an empty network namespace, alone or with a user namespace; tell whether the kernel allowed it."""
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    if unshare is None:
        return False
    return bool(unshare(CLONE_NEWNET) == 0 or unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
