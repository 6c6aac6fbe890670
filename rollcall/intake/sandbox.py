"""Runs sniffing and reading in child processes, so that no file can hurt the process that received it.

The child gets an empty environment, no network where the kernel allows it, limits of time, memory and file size, and is
killed when it passes one. A child that dies says so with a reason; the file it was reading is then in a named state.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any, TypeVar

from rollcall.intake.handing import NOBODY, Handed, NotAFile, User, handed, user_for_children
from rollcall.intake.limits import DEFAULT_LIMITS, Limits
from rollcall.intake.request import ReadRequest
from rollcall.intake.result import ReadResult, ResultRefused, SniffResult
from rollcall.intake.start import Running, Start, start_cold

Progress = Callable[[int, int, str], None]
_Result = TypeVar("_Result")

# The longest line that a child may answer: a result with its thousand findings is far below.
_ANSWER_BYTES = 32_000_000
_COMPLAINT_BYTES = 100_000
_WATCH_SECONDS = 0.05
# What Python, DuckDB and the reader of spreadsheets say last when the limit of memory stops them.
_OUT_OF_MEMORY = ("MemoryError", "Out of Memory", "memory allocation of", "std::bad_alloc", "Cannot allocate memory")


class ChildDied(Exception):
    """The child did not answer. `reason` is time, memory, killed or answer; the message is for people."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def _no_progress(done: int, total: int, words: str) -> None:
    """Report progress to nobody."""


def run_sniff(
    path: Path,
    filename: str,
    *,
    limits: Limits = DEFAULT_LIMITS,
    encoding: str | None = None,
    source_timezone: str | None = None,
    sheet: str | None = None,
    delimiter: str | None = None,
    user: str = NOBODY,
    start: Start = start_cold,
) -> SniffResult:
    """Say what a file is, in a child. `user` is whom the child of a process of root becomes. Raises ChildDied."""
    become = user_for_children(user)
    memory = limits.sniff_workbook_memory_bytes if _may_be_a_workbook(path) else limits.sniff_memory_bytes
    with _handed([path], None, become) as given:
        document = {
            "path": str(given.files[0]),
            "filename": filename,
            "limits": limits.to_json(),
            "encoding": encoding,
            "source_timezone": source_timezone,
            "sheet": sheet,
            "delimiter": delimiter,
            "confine": {
                "seconds": limits.sniff_seconds,
                "written_bytes": 1_000_000,
                "memory_bytes": memory,
                "processes": 0,
                **_identity(become),
            },
        }
        child = _Child("rollcall.intake.sniff_child", document, limits.sniff_seconds, memory, start)
        return _shaped(SniffResult.from_json, child.run(_no_progress))


def run_tables(
    path: Path, filename: str, *, limits: Limits = DEFAULT_LIMITS, user: str = NOBODY, start: Start = start_cold
) -> dict[str, Any]:
    """Read the plain tables of a file, in a child: {"tables": [...], "refused": why not}. Raises ChildDied."""
    become = user_for_children(user)
    memory = limits.sniff_workbook_memory_bytes if _may_be_a_workbook(path) else limits.sniff_memory_bytes
    with _handed([path], None, become) as given:
        confine = {"seconds": limits.sniff_seconds, "written_bytes": 0, "memory_bytes": memory, "processes": 0}
        document = {
            "path": str(given.files[0]),
            "filename": filename,
            "limits": limits.to_json(),
            "confine": confine | _identity(become),
        }
        child = _Child("rollcall.intake.tables_child", document, limits.sniff_seconds, memory, start)
        return child.run(_no_progress)


def run_confined(
    module: str,
    files: Sequence[Path],
    out: Path | None,
    document: Callable[[tuple[Path, ...], Path | None], dict[str, Any]],
    *,
    limits: Limits = DEFAULT_LIMITS,
    user: str = NOBODY,
    start: Start = start_cold,
) -> dict[str, Any]:
    """Have a module of children look at files under the limits of a first look; return its answer.

    One that writes may take as long as a reading. `document` says what is asked, given where the child finds the files
    and the folder to write into. `user` as for `run_sniff`. Raises ChildDied.
    """
    become = user_for_children(user)
    memory, seconds = limits.sniff_memory_bytes, limits.sniff_seconds if out is None else limits.read_seconds
    with _handed(list(files), out, become) as given:
        confine = {
            "seconds": seconds,
            "written_bytes": 0 if out is None else limits.written_bytes,
            "memory_bytes": memory,
            "processes": 0,
            **_identity(become),
        }
        asked = document(given.files, given.out) | {"confine": confine}
        return _Child(module, asked, seconds, memory, start).run(_no_progress)


def _may_be_a_workbook(path: Path) -> bool:
    """Return whether a file begins as spreadsheets do; nothing more of it is looked at outside the child."""
    with open(path, "rb") as file:
        return file.read(4) == b"PK\x03\x04"


def run_read(
    request: ReadRequest,
    *,
    on_progress: Progress = _no_progress,
    user: str = NOBODY,
    start: Start = start_cold,
) -> ReadResult:
    """Read a request's files to evidence, in a child. `user` as for `run_sniff`. Raises ChildDied."""
    limits = request.limits
    become = user_for_children(user)
    with _handed([Path(file) for file in request.files], request.evidence_dir, become) as given:
        asked = replace(request, files=tuple(map(str, given.files)), out_dir=str(given.out))
        document = {
            "request": asked.to_json(),
            "confine": {
                "seconds": limits.read_seconds * max(1, limits.threads),
                "written_bytes": limits.written_bytes,
                "memory_bytes": None,
                **_identity(become),
            },
        }
        child = _Child("rollcall.intake.read_child", document, limits.read_seconds, limits.read_memory_bytes, start)
        result = _shaped(ReadResult.from_json, child.run(on_progress))
        _refuse_paths(result)
    return result


def run_again(
    module: str,
    request: ReadRequest,
    *,
    document: dict[str, Any],
    more: Sequence[Path] = (),
    on_progress: Progress = _no_progress,
    user: str = NOBODY,
    start: Start = start_cold,
) -> dict[str, Any]:
    """Have a module of children go through the files of a reading again, confined like the reading; return its answer.

    The child is given `document`, the request under "request" and the paths of further files under "more".
    `user` as for `run_sniff`. Raises ChildDied.
    """
    limits = request.limits
    become = user_for_children(user)
    files = [Path(file) for file in request.files]
    with _handed([*files, *more], request.evidence_dir, become) as given:
        asked = replace(request, files=tuple(map(str, given.files[: len(files)])), out_dir=str(given.out))
        whole = document | {
            "request": asked.to_json(),
            "more": [str(path) for path in given.files[len(files) :]],
            "confine": {
                "seconds": limits.read_seconds * max(1, limits.threads),
                "written_bytes": limits.written_bytes,
                "memory_bytes": None,
                **_identity(become),
            },
        }
        return _Child(module, whole, limits.read_seconds, limits.read_memory_bytes, start).run(on_progress)


def protections(user: str = NOBODY) -> dict[str, bool]:
    """Return which protections a child gets on this host, by asking one. Raises ChildDied."""
    confine = {"seconds": 30, "written_bytes": 0, "memory_bytes": DEFAULT_LIMITS.sniff_memory_bytes, "processes": 0}
    document = {"confine": confine | _identity(user_for_children(user))}
    child = _Child("rollcall.intake.idle_child", document, 30, DEFAULT_LIMITS.sniff_memory_bytes, start_cold)
    child.run(_no_progress)
    return child.confined


def _identity(become: User | None) -> dict[str, int]:
    return {} if become is None else {"uid": become.uid, "gid": become.gid}


@contextmanager
def _handed(files: list[Path], out: Path | None, become: User | None) -> Iterator[Handed]:
    try:
        with handed(files, out, become) as given:
            yield given
    except NotAFile as error:
        raise ChildDied("answer", f"Reading this file left something that is no file: {error}.") from error


def _refuse_paths(result: ReadResult) -> None:
    """Refuse a result that names files outside of its folder. Raises ChildDied."""
    for name in (result.evidence_file, result.names_file, result.findings_file):
        if name is not None and (Path(name).name != name or name in ("", ".", "..")):
            raise ChildDied("answer", "Reading this file gave an answer that makes no sense, so it was stopped.")


class _Child:
    """One child process, from its start to its answer."""

    def __init__(self, module: str, document: dict[str, Any], seconds: int, memory_bytes: int, start: Start) -> None:
        self._module = module
        self._document = document
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._start = start
        self._result: dict[str, Any] | None = None
        self.confined: dict[str, bool] = {}
        self._death: ChildDied | None = None

    def run(self, on_progress: Progress) -> dict[str, Any]:
        """Start the child, watch it, and return its result. Raises ChildDied."""
        with tempfile.TemporaryFile() as errors:
            process, asked, answered = self._started(errors)
            over = Event()
            watch = Thread(target=self._watch, args=(process, over), daemon=True)
            watch.start()
            try:
                with answered:
                    self._talk(process, asked, answered, on_progress)
            finally:
                _kill(process)
                process.wait()
                over.set()
                watch.join()
            return self._outcome(process.returncode, errors)

    def _started(self, errors: IO[bytes]) -> tuple[Running, IO[bytes], IO[bytes]]:
        """Start the child; return it, where it is asked, and where it answers."""
        stdin, asked = os.pipe()
        answered, stdout = os.pipe()
        try:
            process = self._start(self._module, stdin=stdin, stdout=stdout, stderr=errors.fileno())
        except BaseException:
            os.close(asked)
            os.close(answered)
            raise
        finally:
            os.close(stdin)
            os.close(stdout)
        return process, os.fdopen(asked, "wb"), os.fdopen(answered, "rb")

    def _talk(self, process: Running, asked: IO[bytes], answered: IO[bytes], on_progress: Progress) -> None:
        try:
            with asked:
                asked.write(json.dumps(self._document).encode())
        except BrokenPipeError:
            return
        while line := answered.readline(_ANSWER_BYTES):
            self._take(line, on_progress)
            if self._death is not None or self._result is not None:
                return
        # No more answers: the child is about to end and to say why; the watch ends it if it does not.
        process.wait()

    def _take(self, line: bytes, on_progress: Progress) -> None:
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        if isinstance(said, dict) and len(said) == 1:
            if isinstance(said.get("result"), dict):
                self._result = said["result"]
                return
            match said.get("progress"):
                case [int(done), int(total), str(words)]:
                    on_progress(done, total, words[:200])
                    return
            if isinstance(said.get("confined"), dict):
                self.confined = {str(name): bool(given) for name, given in said["confined"].items()}
                return
        self._death = ChildDied("answer", "Reading this file gave an answer that makes no sense, so it was stopped.")

    def _watch(self, process: Running, over: Event) -> None:
        deadline = time.monotonic() + self._seconds
        while process.poll() is None:
            if time.monotonic() > deadline:
                self._death = ChildDied("time", f"Reading this file took longer than {self._seconds:,} seconds.")
                _kill(process)
            elif _resident(process.pid) > self._memory_bytes:
                megabytes = self._memory_bytes // 1_000_000
                self._death = ChildDied("memory", f"Reading this file took more than {megabytes:,} MB of memory.")
                _kill(process)
            over.wait(_WATCH_SECONDS)

    def _outcome(self, status: int, errors: IO[bytes]) -> dict[str, Any]:
        if self._death is not None:
            raise self._death
        if self._result is not None:
            return self._result
        errors.seek(0)
        complaint = errors.read(_COMPLAINT_BYTES).decode("utf-8", "replace").strip()
        if -status == signal.SIGXCPU:
            raise ChildDied("time", "Reading this file took more processor time than an upload may use.")
        if any(words in complaint for words in _OUT_OF_MEMORY):
            raise ChildDied("memory", "Reading this file takes more memory than an upload may use.")
        if -status == signal.SIGKILL:
            raise ChildDied("killed", "The system ended the reading of this file, perhaps because its memory ran out.")
        said = complaint.rpartition("\n")[2][:300]
        raise ChildDied("killed", f"The program that read this file ended without an answer (status {status}). {said}")


def _kill(process: Running) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _resident(pid: int) -> int:
    """Return the resident size of a process in bytes, 0 where the host does not tell."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def _shaped(shape: Callable[[dict[str, Any]], _Result], document: dict[str, Any]) -> _Result:
    try:
        return shape(document)
    except (ResultRefused, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ChildDied("answer", f"Reading this file gave an answer of an unknown shape: {error}") from error
