"""The children that lay out: kept warm, without secrets, limited, and replaced when they die."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from billing.documents import Enclosed, RenderFailed, SnapshotRefused, pool, render_pdf
from billing.documents.printer import Printer, environment
from tests.documents.samples_on_disk import snapshot

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def idle():
    """The one idle child of this process, warm."""
    while len(pool.POOL.idle) > 1:
        pool.POOL.idle.pop().close()
    render_pdf(snapshot("floor"))
    return pool.POOL.idle[0]


def run(program: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, env=os.environ | environ
    )
    return done.stdout


def test_the_calling_process_never_loads_the_layout_engine():
    program = """
import sys
from billing.documents import render_pdf
from tests.documents.samples_on_disk import snapshot
assert render_pdf(snapshot("floor"))[:5] == b"%PDF-"
print([name for name in sys.modules if name.split(".")[0] in ("weasyprint", "fontTools", "pydyf", "PIL")])
"""
    assert run(program) == "[]\n"


def test_the_same_child_prints_the_next_document(idle):
    before = idle.process.pid, idle.printed
    render_pdf(snapshot("yen"))
    assert (pool.POOL.idle[0].process.pid, pool.POOL.idle[0].printed) == (before[0], before[1] + 1)


def test_no_secret_reaches_the_child(idle, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary-in-the-environment")
    known = {"HOME", "TMPDIR", "XDG_CACHE_HOME", "LANG", "PATH", "FONTCONFIG_FILE", "LD_LIBRARY_PATH"}
    assert set(environment("/x")) <= known
    seen = Path(f"/proc/{idle.process.pid}/environ").read_bytes()
    assert b"SECRET" not in seen
    assert b"DATABASE" not in seen


def test_the_child_limits_itself(idle):
    limits = Path(f"/proc/{idle.process.pid}/limits").read_text()
    assert "Max core file size        0" in limits
    assert "Max open files            64" in limits
    assert f"Max address space         {2 * 2**30}" in limits


def test_a_child_that_dies_at_work_is_an_error_and_the_next_document_is_printed(idle):
    killer = threading.Timer(0.1, os.kill, (idle.process.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(RenderFailed, match="ended by itself"):
        render_pdf(snapshot("long"))
    killer.join()
    assert render_pdf(snapshot("floor"))[:5] == b"%PDF-"


def test_a_child_that_died_while_idle_is_replaced_without_a_word(idle):
    os.kill(idle.process.pid, signal.SIGKILL)
    idle.process.wait()
    assert render_pdf(snapshot("floor"))[:5] == b"%PDF-"


def test_too_much_time_is_an_error_and_ends_the_child(idle):
    with pytest.raises(RenderFailed, match="took too long"):
        render_pdf(snapshot("long"), seconds=0.2)
    assert idle.process.poll() is not None
    assert not Path(idle.folder).exists()
    assert render_pdf(snapshot("floor"))[:5] == b"%PDF-"


def test_too_much_memory_is_an_error_and_ends_the_child(idle, monkeypatch):
    monkeypatch.setattr("billing.documents.printer.MEMORY_BYTES", 2**20)
    with pytest.raises(RenderFailed, match="too much memory"):
        render_pdf(snapshot("long"))
    assert idle.process.poll() is not None


def test_a_worn_child_is_retired(idle, monkeypatch):
    monkeypatch.setattr(pool, "DOCUMENTS_PER_CHILD", 2)
    render_pdf(snapshot("floor"))
    assert idle.process.poll() is not None
    assert pool.POOL.idle == []


def test_a_failed_layout_is_an_error_with_its_words():
    broken = snapshot("floor")
    del broken["lines"]
    printer = Printer()
    try:
        with pytest.raises(RenderFailed, match="lacks 'lines'"):
            printer.print(json.dumps({"snapshot": broken, "enclosed": Enclosed().to_json()}).encode(), seconds=30)
    finally:
        printer.close()


def test_a_refused_snapshot_costs_no_child(idle):
    with pytest.raises(SnapshotRefused):
        render_pdf(snapshot("floor", totals={"gross": "1.00"}))
    assert pool.POOL.idle == [idle]


def test_threads_print_at_once_and_few_children_stay():
    results: list[bytes] = []
    threads = [threading.Thread(target=lambda: results.append(render_pdf(snapshot("floor")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert len(set(results)) == 1
    assert len(pool.POOL.idle) <= pool.KEPT_IDLE
    assert pool.POOL.in_use == set()


FORKING = """
import os, sys
from billing.documents import pool, render_pdf
from tests.documents.samples_on_disk import snapshot
want = render_pdf(snapshot("floor"))
parents = pool.POOL.idle[0].process.pid
pool.POOL.lock.acquire()  # as if another thread had held it at the fork
worker = os.fork()
if worker == 0:
    same = render_pdf(snapshot("floor")) == want
    own = pool.POOL.idle[0].process.pid != parents
    pool.POOL.close()
    os._exit(0 if same and own else 1)
pool.POOL.lock.release()
status = os.waitpid(worker, 0)[1]
print(status, render_pdf(snapshot("floor")) == want, pool.POOL.idle[0].process.pid == parents)
"""


def test_a_forked_worker_has_children_of_its_own():
    assert run(FORKING) == "0 True True\n"


ORPHANED = """
import os, signal
from billing.documents import pool, render_pdf
from tests.documents.samples_on_disk import snapshot
render_pdf(snapshot("floor"))
sibling = os.fork()
if sibling == 0:
    import time
    time.sleep(20)
    os._exit(0)
printer = pool.POOL.idle[0]
print(sibling, printer.process.pid, printer.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_child_ends_when_its_owner_is_killed_although_a_forked_sibling_lives():
    with subprocess.Popen([sys.executable, "-c", ORPHANED], cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        sibling, printer, folder = owner.stdout.readline().split()
        owner.wait()
        try:
            for _ in range(100):
                if not is_running(int(printer)):
                    break
                time.sleep(0.1)
            assert not is_running(int(printer))
            assert is_running(int(sibling))
            assert not Path(folder).exists()
        finally:
            os.kill(int(sibling), signal.SIGKILL)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
