"""The warm process: imports what its children need, then forks one for every request, and tells how each ended.

Started by `warm.WarmStarter` with a socket and the modules to import. A request is the name of a module and four open
files: standard input, output and errors of the child, and a pipe on which its process id and then its status are told.
It has one thread, so a fork is safe, and it reads nothing of what passes between its children and who asked for them.
"""

import array
import importlib
import os
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from typing import NoReturn

from rollcall.intake.host import die_with_parent

# A process id, then a status as subprocess gives it.
TOLD = struct.Struct("=i")
FILES = 4
LONGEST_NAME = 200
# Some libraries begin threads while they are imported: NumPy for an algebra that nobody here uses, Arrow to give memory
# back. What they are told so that they do not is nothing for the children.
WITHOUT_THREADS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
# Without requests for so long it ends; whoever needs it again starts another.
IDLE_SECONDS = 600


def main(asked_fd: int, modules: Sequence[str]) -> None:
    """Serve until nobody is left who could ask, or nobody has asked for long."""
    _load(modules)
    asked = socket.socket(fileno=asked_fd)
    woken, wake = socket.socketpair()
    for end in (woken, wake):
        end.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _note)
    running: dict[int, int] = {}
    with selectors.DefaultSelector() as events:
        events.register(asked, selectors.EVENT_READ)
        events.register(woken, selectors.EVENT_READ)
        while ready := [key.fileobj for key, _ in events.select(None if running else IDLE_SECONDS)]:
            if woken in ready:
                woken.recv(4096)
                _tell_ends(running)
            if asked in ready and not _take(asked, running):
                return


def _load(modules: Sequence[str]) -> None:
    os.environ.update(WITHOUT_THREADS)
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:
            # An engine that is not installed: a child that wants it says so itself, where somebody hears it.
            continue
    for name in WITHOUT_THREADS:
        del os.environ[name]


def _note(signum: int, frame: object) -> None:
    """Ends of children come in through the wakeup file; without a handler the kernel would not write there."""


def _take(asked: socket.socket, running: dict[int, int]) -> bool:
    """Take one request and start its child; return False where nobody is left who could ask."""
    found = array.array("i")
    name, ancillary, _, _ = asked.recvmsg(LONGEST_NAME, socket.CMSG_SPACE(FILES * found.itemsize))
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    if not name:
        return False
    stdin, stdout, stderr, told = found
    warm = os.getpid()
    child = os.fork()
    if not child:
        _be_the_child(name.decode(), (stdin, stdout, stderr), warm)
    for file in (stdin, stdout, stderr):
        os.close(file)
    running[child] = told
    _tell(told, child)
    return True


def _be_the_child(module: str, streams: Sequence[int], parent: int) -> NoReturn:
    """Become what a new interpreter would be, run the module, and end."""
    status = 1
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    die_with_parent()
    if os.getppid() != parent:
        # It died before this child could ask to die with it.
        os._exit(status)
    os.chdir("/")
    for standard, given in enumerate(streams):
        os.dup2(given, standard)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    try:
        importlib.import_module(module).main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        # Whatever happens, a fork must not return into the loop of its parent.
        if status and sys.exc_info()[0] is not None:
            sys.excepthook(*sys.exc_info())
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def _tell_ends(running: dict[int, int]) -> None:
    while running:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        told = running.pop(child)
        _tell(told, os.waitstatus_to_exitcode(status))
        os.close(told)


def _tell(told: int, number: int) -> None:
    try:
        os.write(told, TOLD.pack(number))
    except BrokenPipeError:
        # Nobody waits for this child any more: its parent was killed.
        return


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
