"""What a child cannot do, and how it dies: the same, whether it was started cold or from a warm process."""

import os
import textwrap
import time

import pytest

from ground.children import WarmStarter, warm
from rollcall.intake import sandbox, start
from rollcall.intake.handing import user_for_children
from rollcall.intake.sandbox import ChildDied
from rollcall.intake.start import start_cold

SPY = """
import json, os, resource, socket, sys
from rollcall.intake.child import answer

def spy(document, on_progress):
    try:
        socket.create_connection(("127.0.0.1", document["port"]), timeout=2)
        reached = True
    except OSError:
        reached = False
    return {
        "environment": dict(os.environ),
        "reached": reached,
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + name)),
    }

answer(spy)
"""
CONFINE = {"seconds": 20, "written_bytes": 1_000_000, "memory_bytes": None}


@pytest.fixture(params=["cold", "warm"])
def child_of(request, monkeypatch, tmp_path):
    """Runs code of the test's own as a child, started either way: what protects must not depend on the way."""
    # Whoever the child becomes must be able to read the module of the test.
    tmp_path.chmod(0o755)
    found = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
    monkeypatch.setattr(start, "_MAIN", found + start._MAIN)
    monkeypatch.setattr(warm, "_SERVE", found + warm._SERVE)
    starter = start_cold if request.param == "cold" else WarmStarter("rollcall.intake.child")

    def run(code, document=None, *, seconds=20, memory=10**9, confine=CONFINE):
        (tmp_path / "spying.py").write_text("def main():\n" + textwrap.indent(code, "    "))
        child = sandbox._Child("spying", {"confine": confine, **(document or {})}, seconds, memory, starter)
        return child.run(lambda *progress: None)

    return run


def test_a_child_of_root_is_nobody_and_reads_only_what_it_was_handed(child_of, tmp_path):
    """Run as root this changes the user; run as somebody else the child stays that somebody."""
    secret = tmp_path / "secret"
    secret.write_text("of another customer")
    secret.chmod(0o600)
    code = (
        "import os\n"
        "from rollcall.intake.child import answer\n"
        "def spy(document, on_progress):\n"
        "    try:\n"
        "        seen = open(document['secret']).read()\n"
        "    except OSError as error:\n"
        "        seen = type(error).__name__\n"
        "    import heapq, wave\n"
        "    return {'users': os.getresuid() + os.getresgid(), 'groups': os.getgroups(), 'seen': seen}\n"
        "answer(spy)\n"
    )
    become = user_for_children("nobody")
    confine = CONFINE if become is None else CONFINE | {"uid": become.uid, "gid": become.gid}
    seen = child_of(code, {"secret": str(secret)}, confine=confine)
    if become is None:
        assert set(seen["users"]) == {os.getuid(), os.getgid()}
    else:
        assert set(seen["users"]) == {become.uid, become.gid}
        assert seen["groups"] == []
        assert seen["seen"] == "PermissionError"


def test_the_first_look_starts_no_process_when_it_is_nobody(child_of):
    code = (
        "import os\n"
        "from rollcall.intake.child import answer\n"
        "def spy(document, on_progress):\n"
        "    try:\n"
        "        os.fork()\n"
        "    except OSError as error:\n"
        "        return {'refused': str(error)}\n"
        "    os._exit(0)\n"
        "answer(spy)\n"
    )
    become = user_for_children("nobody")
    confine = CONFINE | {"processes": 0} | ({} if become is None else {"uid": become.uid, "gid": become.gid})
    assert "unavailable" in child_of(code, confine=confine)["refused"]


def test_a_child_has_no_secrets_no_network_and_no_open_files(child_of, monkeypatch, tmp_path):
    import socket

    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    with socket.create_server(("127.0.0.1", 0)) as server, open(tmp_path / "open", "w"):
        seen = child_of(SPY, {"port": server.getsockname()[1]})
    assert set(seen["environment"]) <= {"LC_ALL", "LC_CTYPE"}
    assert not seen["reached"]
    assert seen["core"] == 0
    assert len(seen["descriptors"]) <= 4


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        ("while True: pass", "time"),
        ("import time; time.sleep(60)", "time"),
        ("x = bytearray(600_000_000); import time; time.sleep(60)", "memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed"),
        ("import os; os._exit(0)", "killed"),
        ("raise MemoryError", "memory"),
        ("import ctypes; ctypes.string_at(0)", "killed"),
        ("import os; os.abort()", "killed"),
        ("raise RecursionError", "killed"),
        ("import os; os.write(2, b'memory allocation of 9 bytes failed'); os.abort()", "memory"),
    ],
)
def test_a_child_that_dies_says_why(child_of, work, reason):
    code = f"from rollcall.intake.child import answer\ndef spy(document, on_progress):\n    {work}\n    return {{}}\nanswer(spy)\n"
    started = time.monotonic()
    with pytest.raises(ChildDied) as death:
        child_of(code, seconds=2, memory=400_000_000)
    assert death.value.reason == reason
    assert time.monotonic() - started < 8


@pytest.mark.parametrize(
    "said",
    [
        "not json",
        "[]",
        '{"progress": [1]}',
        '{"result": 1}',
        '{"a": 1, "b": 2}',
        '{"confined": [1]}',
        "[" * 100_000,
        '{"result": {"a": ' + "[" * 100_000,
        "x" * 1_000_000,
        "\x00\x7f",
    ],
    ids=lambda said: said[:20],
)
def test_a_child_that_talks_nonsense_is_stopped(child_of, said):
    with pytest.raises(ChildDied) as death:
        child_of(f"import time\nprint({said!r}, flush=True)\ntime.sleep(60)\n")
    assert death.value.reason == "answer"


def test_what_a_library_prints_is_no_answer(child_of):
    work = "import os; os.write(1, b'progress: 50 %\\n')"
    code = f"from rollcall.intake.child import answer\ndef spy(document, on_progress):\n    {work}\n    return {{'a': 1}}\nanswer(spy)\n"
    assert child_of(code) == {"a": 1}


def test_a_child_writes_no_large_file(child_of, tmp_path):
    code = (
        "from rollcall.intake.child import answer\n"
        "def spy(document, on_progress):\n"
        "    try:\n"
        "        open(document['path'], 'wb').write(b'x' * 3_000_000)\n"
        "    except OSError as error:\n"
        "        return {'refused': str(error)}\n"
        "    return {}\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "answer(spy)\n"
    )
    seen = child_of(code, {"path": str(tmp_path / "large")})
    assert "too large" in seen["refused"]
