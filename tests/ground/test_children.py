"""Children started cold and warm: the same ends, told the same way, and nothing that one child leaves to the next."""

import json
import os
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ground.children import WarmStarter, warm
from rollcall.intake import start
from rollcall.intake.start import start_cold
from usage.children import ENGINE, LOOK

# What a child does is the code that it reads; a module of the test's own, where children find it.
TOLD_TO = "import sys\nSEEN = []\ndef main():\n    exec(sys.stdin.read(), globals())\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "told.py").write_text(TOLD_TO)
    found = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
    monkeypatch.setattr(start, "_MAIN", found + start._MAIN)
    monkeypatch.setattr(warm, "_SERVE", found + warm._SERVE)
    return tmp_path


@pytest.fixture(params=["cold", "warm"])
def starter(request, folder):
    return start_cold if request.param == "cold" else WarmStarter("told")


def run(starter, code, *, seconds=20):
    """Return (status, what it said, what it complained of)."""
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as errors:
        asked.write(code.encode())
        asked.seek(0)
        child = starter("told", stdin=asked.fileno(), stdout=said.fileno(), stderr=errors.fileno())
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
        assert child.poll() == child.returncode == status
        said.seek(0)
        errors.seek(0)
        return status, said.read().decode(), errors.read().decode()


@pytest.mark.parametrize(
    ("code", "status", "said", "complaint"),
    [
        ("print('done')", 0, "done\n", ""),
        ("raise SystemExit(3)", 3, "", ""),
        ("print('half', end=''); raise ValueError('no such day')", 1, "half", "ValueError: no such day"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9, "", ""),
        ("import os; os.abort()", -6, "", ""),
        ("import no_such_module", 1, "", "ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_an_end_is_told_as_it_was(starter, code, status, said, complaint):
    ended, answer, complained = run(starter, code)
    assert (ended, answer) == (status, said)
    assert complained.strip().rpartition("\n")[2] == complaint


def test_a_module_that_is_not_there_is_named(starter):
    with tempfile.TemporaryFile() as errors, open(os.devnull) as nothing:
        child = starter("no_such_module", stdin=nothing.fileno(), stdout=errors.fileno(), stderr=errors.fileno())
        assert child.wait(20) == 1
        errors.seek(0)
        assert b"No module named 'no_such_module'" in errors.read()


def test_a_child_that_takes_too_long_can_be_ended_with_all_that_it_started(starter):
    began = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        run(starter, "import subprocess; subprocess.run(['sleep', '60'])", seconds=1)
    assert time.monotonic() - began < 30


def test_a_child_leads_a_session_of_its_own_and_has_no_environment_and_no_files(starter):
    code = (
        "import json, os\n"
        "print(json.dumps([os.getsid(0) == os.getpid(), dict(os.environ), os.getcwd(),\n"
        "    [int(name) for name in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + name)]]))\n"
    )
    leads, environment, folder, files = json.loads(run(starter, code)[1])
    assert leads
    assert set(environment) <= {"LC_ALL", "LC_CTYPE"}
    assert folder == "/"
    assert sorted(files) == [0, 1, 2]


def test_the_warm_process_has_one_thread_whatever_it_has_imported(folder):
    """Numbers of threads at a fork are numbers of locks that nobody will ever open again."""
    starter = WarmStarter("told", *ENGINE._modules, *LOOK._modules)
    code = (
        "import os, sys\n"
        "print(os.listdir(f'/proc/{os.getppid()}/task') == [str(os.getppid())],\n"
        "    *(name in sys.modules for name in ('duckdb', 'pyarrow', 'numpy')))\n"
    )
    assert run(starter, code)[1].split() == ["True"] * 4


def test_no_child_knows_what_another_did(starter):
    code = "import random\nSEEN.append(1)\nprint(len(SEEN), random.random())\n"
    seen = [run(starter, code)[1].split() for _ in range(3)]
    assert [number for number, _ in seen] == ["1", "1", "1"]
    assert len({drawn for _, drawn in seen}) == 3


def test_many_at_once_get_their_own_answers(folder):
    starter = WarmStarter("told")
    with ThreadPoolExecutor(8) as threads:
        found = list(
            threads.map(lambda n: run(starter, f"print({n} * {n}); raise SystemExit({n} % 7)")[:2], range(120))
        )
    assert found == [(n % 7, f"{n * n}\n") for n in range(120)]


def test_both_sides_of_a_fork_ask_the_same_warm_process(folder):
    starter = WarmStarter("told")
    assert run(starter, "print(1)")[1] == "1\n"
    forked = os.fork()
    if not forked:
        os._exit(0 if run(starter, "print(2); raise SystemExit(5)")[0] == 5 else 1)
    assert run(starter, "print(3)")[1] == "3\n"
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0


def test_a_warm_process_that_was_killed_is_started_again(folder):
    starter = WarmStarter("told")
    assert run(starter, "print(1)")[1] == "1\n"
    before = starter._process.pid
    os.kill(before, signal.SIGKILL)
    starter._process.wait()
    assert run(starter, "print(2)")[1] == "2\n"
    assert starter._process.pid != before


def test_the_end_of_the_warm_process_is_an_end_of_its_children(folder):
    starter = WarmStarter("told")
    with open(os.devnull) as nothing, tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said:
        asked.write(b"import time; time.sleep(60)")
        asked.seek(0)
        child = starter("told", stdin=asked.fileno(), stdout=said.fileno(), stderr=nothing.fileno())
        assert child.poll() is None
        os.kill(starter._process.pid, signal.SIGKILL)
        assert child.wait(20) == -9
        assert gone(child.pid)


def test_it_ends_with_the_last_who_could_ask(folder):
    """Also when that process was killed, which tidies nothing up."""
    told, tells = os.pipe()
    asking = os.fork()
    if not asking:
        starter = WarmStarter("told")
        run(starter, "print(1)")
        os.write(tells, starter._process.pid.to_bytes(4, "little"))
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(tells)
    warm_process = int.from_bytes(os.read(told, 4), "little")
    os.close(told)
    assert os.waitstatus_to_exitcode(os.waitpid(asking, 0)[1]) == -9
    assert gone(warm_process)


def gone(process):
    """Return whether a process is over within 20 seconds; nobody may have waited for it."""
    until = time.monotonic() + 20
    while _state(process) != "Z":
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _state(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
