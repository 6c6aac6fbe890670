"""One warm child process, seen from the process that owns it: start, ask, watch, end."""

import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASSETS = Path(__file__).resolve().parent / "assets"
START = "import sys; sys.path.insert(0, sys.argv[1]); from billing.documents.child import main; main()"
MEMORY_BYTES = 600 * 2**20  # resident; a document of 2,000 annex rows takes about 120 MB
WATCH_SECONDS = 0.1
LENGTH_BYTES = 8
WORDS_OF_A_DEAD_CHILD = 2000


class RenderFailed(RuntimeError):
    """The document could not be laid out; nothing was made, and asking again is safe."""


class Printer:
    """A child that turns snapshots into documents, one after the other.

    The pipe carries a length of 8 bytes and JSON one way; a status byte (`P` document, `E` words of an error),
    a length and the content the other way.
    """

    def __init__(self) -> None:
        self.printed = 0
        self.folder = tempfile.mkdtemp(prefix="rollcall-printer-")
        self.words = (Path(self.folder) / "stderr").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", START, str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.words,
            bufsize=0,
            cwd=self.folder,
            env=environment(self.folder),
            start_new_session=True,  # Ctrl-C belongs to the owner, which ends its children itself
        )
        os.set_blocking(self._stdin(), False)
        os.set_blocking(self._stdout(), False)

    def print(self, request: bytes, *, seconds: float) -> bytes:
        """Send one snapshot and wait for its document. After any exception the printer must be closed."""
        deadline = time.monotonic() + seconds
        self._send(len(request).to_bytes(LENGTH_BYTES, "big") + request, deadline)
        head = self._receive(1 + LENGTH_BYTES, deadline)
        content = self._receive(int.from_bytes(head[1:], "big"), deadline)
        if head[:1] != b"P":
            raise RenderFailed(f"The document could not be laid out: {content.decode('utf-8', 'replace')}")
        self.printed += 1
        return content

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def resident_bytes(self) -> int:
        """Give the memory the child holds now, 0 where the system does not tell."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def close(self) -> None:
        """End the child, whatever it is doing, and remove its folder."""
        self.process.kill()
        self.process.wait()
        self._close_pipes()
        shutil.rmtree(self.folder, ignore_errors=True)

    def forget(self) -> None:
        """Drop our copies of the pipes after a fork, so that the child still notices when its owner ends."""
        self._close_pipes()
        self.process.returncode = 0  # it is not our child: never wait for it

    def _close_pipes(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout, self.words):
            if pipe is not None:
                pipe.close()

    def _stdin(self) -> int:
        assert self.process.stdin is not None
        return self.process.stdin.fileno()

    def _stdout(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            self._wait(self._stdin(), selectors.EVENT_WRITE, deadline)
            try:
                view = view[os.write(self._stdin(), view) :]
            except BrokenPipeError:
                raise self._died() from None

    def _receive(self, length: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < length:
            self._wait(self._stdout(), selectors.EVENT_READ, deadline)
            part = os.read(self._stdout(), length - len(parts))
            if not part:
                raise self._died()
            parts += part
        return bytes(parts)

    def _wait(self, pipe: int, event: int, deadline: float) -> None:
        """Wait until the pipe is ready; look at time and memory meanwhile."""
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, event)
            while not selector.select(WATCH_SECONDS):
                if time.monotonic() > deadline:
                    raise RenderFailed("The document took too long to lay out and was given up.")
                if self.resident_bytes() > MEMORY_BYTES:
                    raise RenderFailed("The document took too much memory to lay out and was given up.")

    def _died(self) -> RenderFailed:
        status = self.process.wait()
        self.words.flush()
        said = (Path(self.folder) / "stderr").read_bytes()[-WORDS_OF_A_DEAD_CHILD:].decode("utf-8", "replace").strip()
        error = RenderFailed(f"The process that lays out documents ended by itself (status {status}).")
        if said:
            error.add_note(said)
        return error


def environment(folder: str) -> dict[str, str]:
    """Give the child its whole environment: no secret, no system fonts, a folder of its own for the font cache."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    own = {"HOME": folder, "TMPDIR": folder, "XDG_CACHE_HOME": folder, "LANG": "C.UTF-8", "PATH": os.defpath}
    return kept | own | {"FONTCONFIG_FILE": str(ASSETS / "fonts.conf")}
