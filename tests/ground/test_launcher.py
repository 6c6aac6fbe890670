"""The launcher: a private server where none is given, shared by those who need it, stopped with the last of them."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from config.environment import BASE_DIR
from config.launch import free_port
from config.private_postgres import LONGEST_SOCKET_FOLDER, Addresses, is_running, private_postgres

SAY_WHO = "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).info.user)"
PATIENCE_SECONDS = 60
NOBODY = 65534
EVERY_PROCESS = {"rollcall-web", "rollcall-sweeper", "rollcall-scheduler"}


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder of this test. Not pytest's own: that one is closed to the server's user whenever another run starts."""
    with tempfile.TemporaryDirectory(prefix="rollcall-launcher-") as folder:
        yield Path(folder)


def environment(var: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "ROLLCALL"))}
    return kept | {"ROLLCALL_VAR": str(var)}


def launch(var: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "config.launch", *words]
    return subprocess.Popen(command, env=environment(var), cwd=BASE_DIR, text=True, stdout=subprocess.PIPE)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def roles(addresses: Addresses) -> list[str]:
    urls = (addresses.app(), addresses.owner())
    found = []
    for url in urls:
        with psycopg.connect(url) as connection:
            query = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            row = connection.execute(query).fetchone()
            assert row is not None
            assert row[1] is False
            found.append(row[0])
    return found


def test_the_last_user_stops_the_server_and_the_data_stays(var: Path) -> None:
    home = var / "postgres"
    with private_postgres(var) as first:
        with private_postgres(var) as second:
            assert first == second
            assert roles(second) == ["rollcall_app", "rollcall_owner"]
            with psycopg.connect(second.owner()) as connection:
                connection.execute("CREATE TABLE kept (id int)")
        assert is_running(home)
    assert not is_running(home)
    with private_postgres(var) as again, psycopg.connect(again.app()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_server_left_behind_by_a_killed_user_is_taken_over(var: Path) -> None:
    child = launch(var, "run", sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    child.kill()
    child.wait()
    home = var / "postgres"
    assert is_running(home)
    with private_postgres(var) as addresses:
        assert roles(addresses) == ["rollcall_app", "rollcall_owner"]
    assert not is_running(home)


def test_a_folder_half_made_by_a_killed_start_is_made_again(var: Path) -> None:
    (var / "postgres" / "data.4711" / "base").mkdir(parents=True)
    with private_postgres(var) as addresses:
        assert roles(addresses) == ["rollcall_app", "rollcall_owner"]
    assert not (var / "postgres" / "data.4711").exists()


def test_a_path_too_long_for_a_socket_gets_a_short_one(var: Path) -> None:
    with private_postgres(var / ("long" * 30)) as addresses:
        assert len(str(addresses.folder)) <= LONGEST_SOCKET_FOLDER
        assert roles(addresses) == ["rollcall_app", "rollcall_owner"]
    addresses.folder.rmdir()


def test_the_server_listens_to_nobody_else(var: Path) -> None:
    with private_postgres(var) as addresses, psycopg.connect(addresses.app()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW unix_socket_permissions").fetchone() == ("0700",)
        assert (var / "postgres" / "data").stat().st_mode & 0o077 == 0


def test_run_gives_its_command_the_app_role_and_its_status(var: Path) -> None:
    said = launch(var, "run", sys.executable, "-c", SAY_WHO)
    assert said.communicate()[0].strip() == "rollcall_app"
    assert said.returncode == 0
    assert launch(var, "run", sys.executable, "-c", "raise SystemExit(7)").wait() == 7


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_normal_user_may_run_a_server_while_root_does(var: Path) -> None:
    """Nothing lies in folders that users share, so neither is stopped by files of the other."""
    var.chmod(0o755)
    theirs = var / "theirs"
    theirs.mkdir()
    os.chown(theirs, NOBODY, NOBODY)
    with private_postgres(var):
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            with private_postgres(theirs) as addresses:
                os._exit(0 if roles(addresses) == ["rollcall_app", "rollcall_owner"] else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (theirs / "postgres" / "data").stat().st_uid == NOBODY


def test_serve_runs_all_processes_as_the_app_role_until_it_is_asked_to_stop(var: Path) -> None:
    port = free_port()
    child = launch(var, "serve", "--port", str(port))
    try:
        assert child.stdout is not None
        assert f"http://localhost:{port}" in child.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=30) as page:
            assert (page.status, page.read()) == (200, b"ok")
        addresses = Addresses(folder=var / "postgres" / "socket")
        wait_until(lambda: {name for name, _ in processes(addresses)} >= EVERY_PROCESS)
        assert {role for _, role in processes(addresses)} == {"rollcall_app"}
    finally:
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
    assert not is_running(var / "postgres")


def processes(addresses: Addresses) -> set[tuple[str, str]]:
    with psycopg.connect(addresses.app()) as connection:
        query = "SELECT application_name, usename FROM pg_stat_activity WHERE application_name LIKE 'rollcall-%'"
        return {(str(name), str(role)) for name, role in connection.execute(query)}
