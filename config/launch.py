"""Start things: `python -m config.launch serve | worker | demo | migrate | env | run COMMAND...`.

Where DATABASE_URL is not set, a private PostgreSQL is started first and stopped last; the commands it starts get
DATABASE_URL (role rollcall_app) and DATABASE_OWNER_URL (role rollcall_owner, for migrations) in their environment.
"""

import argparse
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from config.environment import BASE_DIR, load_env_file
from config.private_postgres import ServerDidNotStart, private_postgres

PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]
# Long enough for a worker to finish or give back its job, short enough that Ctrl-C feels like it worked.
STOP_SECONDS = 20


START_SECONDS = 60

Children = dict[str, "subprocess.Popen[bytes]"]


class Stopped(Exception):
    """Somebody asked this process to stop."""


class DidNotStart(RuntimeError):
    """A process that others need did not come up."""


@contextmanager
def database_environment() -> Iterator[dict[str, str]]:
    """Give the environment for children: as it is, or completed by the addresses of the private server."""
    environment = dict(os.environ)
    if environment.get("DATABASE_URL"):
        yield environment
        return
    var = Path(environment.get("ROLLCALL_VAR") or BASE_DIR / "var")
    with private_postgres(var) as addresses:
        yield environment | {"DATABASE_URL": addresses.app(), "DATABASE_OWNER_URL": addresses.owner()}


def web_command(port: int) -> list[str]:
    options = ["--bind", f"{os.environ.get('BIND', '127.0.0.1')}:{port}", "--workers", "2", "--threads", "4"]
    return [
        PYTHON,
        "-m",
        "gunicorn",
        "config.wsgi",
        *options,
        "--graceful-timeout",
        "10",
        "--log-level",
        "warning",
        "--no-control-socket",
    ]


def worker_command() -> list[str]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    return [PYTHON, "-m", "celery", "--quiet", "-A", "config.celery", "worker", "--concurrency", "2", *quiet]


def all_commands(port: int) -> dict[str, list[str]]:
    """Return every process of one machine by name."""
    return {
        "web": web_command(port),
        "worker": worker_command(),
        "sweeper": [*MANAGE, "sweeper"],
        "scheduler": [*MANAGE, "scheduler"],
    }


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run one command to its end and return its status; a request to stop is passed on to it."""
    child = subprocess.Popen(command, env=environment, cwd=BASE_DIR)
    try:
        return child.wait()
    except (Stopped, KeyboardInterrupt):
        stop({"": child})
        return 130


@contextmanager
def running(commands: dict[str, list[str]], environment: dict[str, str]) -> Iterator[Children]:
    """Run commands side by side while the block lasts; then stop them all."""
    # Each in a session of its own: Ctrl-C reaches this process only, which then stops the others in order. The name
    # shows in pg_stat_activity, so one can see as which role each process works.
    children = {
        name: subprocess.Popen(
            command,
            env={**environment, "PGAPPNAME": f"rollcall-{name}"},
            cwd=BASE_DIR,
            start_new_session=True,
            # What they have to say comes on standard error; standard output holds greetings.
            stdout=subprocess.DEVNULL,
        )
        for name, command in commands.items()
    }
    try:
        yield children
    finally:
        stop(children)


def watch(children: Children) -> int:
    """Wait until one of the processes ends, or somebody asks to stop; return the exit status."""
    try:
        while True:
            for name, child in children.items():
                if child.poll() is not None:
                    sys.stderr.write(f"{name} ended with {child.returncode}; stopping the others.\n")
                    return child.returncode or 1
            time.sleep(0.3)
    except (Stopped, KeyboardInterrupt):
        return 0


def serve(environment: dict[str, str], port: int) -> int:
    """Serve the portal with everything it needs on one machine."""
    with running(all_commands(port), environment) as children:
        wait_for_web(port, children["web"])
        sys.stdout.write(f"Rollcall answers on http://localhost:{port} (Ctrl-C stops it)\n")
        sys.stdout.flush()
        return watch(children)


def demo(environment: dict[str, str], port: int, *, then_serve: bool) -> int:
    """Play the demo's story against the running portal, through its pages and its queue; then go on serving."""
    with running(all_commands(port), environment) as children:
        wait_for_web(port, children["web"])
        status = run([*MANAGE, "demo", "--url", f"http://localhost:{port}"], environment)
        if status or not then_serve:
            return status
        sys.stdout.write(f"\nRollcall answers on http://localhost:{port} (Ctrl-C stops it)\n")
        sys.stdout.flush()
        return watch(children)


def wait_for_web(port: int, web: "subprocess.Popen[bytes]") -> None:
    """Return when the web process answers; raise DidNotStart when it ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while web.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise DidNotStart(f"The web process does not answer on port {port}; is another program using it? Try PORT=8001.")


def free_port() -> int:
    """Return a port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop(children: Children) -> None:
    """Ask all to stop, wait, and end what did not listen. An impatient second Ctrl-C must not leave any behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    living = [child for child in children.values() if child.poll() is None]
    for child in living:
        child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in living:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def migrate(environment: dict[str, str]) -> None:
    """Bring the database's schema up to date, as the owner."""
    subprocess.run([*MANAGE, "migrate", "--verbosity", "0"], env=environment, cwd=BASE_DIR, check=True)


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.launch", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (
        ("serve", "web, worker, sweeper and scheduler together until Ctrl-C"),
        ("worker", "a worker alone"),
        ("demo", "set up and play the demo, then serve"),
        ("migrate", "bring the schema up to date"),
        ("env", "print the addresses of the database for a shell"),
    ):
        command = commands.add_parser(name, help=words)
        command.add_argument("--port", type=int, default=8000)
        if name == "demo":
            command.add_argument("--no-serve", action="store_true", help="stop after the table")
    commands.add_parser("run", help="run a command with the database").add_argument("words", nargs=argparse.REMAINDER)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit status."""
    chosen = _arguments(arguments)
    load_env_file()
    if chosen.command == "demo":
        folder = Path(os.environ.get("ROLLCALL_VAR") or BASE_DIR / "var") / "demo"
        os.environ.setdefault("ROLLCALL_DEMO", "true")
        os.environ.setdefault("ROLLCALL_DEMO_CLOCK", str(folder / "clock"))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ask_to_stop)
    try:
        return _do(chosen)
    except (DidNotStart, ServerDidNotStart) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (Stopped, KeyboardInterrupt):
        return 130


def _do(chosen: argparse.Namespace) -> int:
    with database_environment() as environment:
        if chosen.command == "run":
            return run(chosen.words, environment)
        if chosen.command == "worker":
            return run(worker_command(), environment)
        if chosen.command == "env":
            for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
                sys.stdout.write(f"export {name}={shlex.quote(environment.get(name, ''))}\n")
            return 0
        migrate(environment)
        if chosen.command == "serve":
            return serve(environment, chosen.port)
        if chosen.command == "demo":
            return demo(environment, free_port() if chosen.no_serve else chosen.port, then_serve=not chosen.no_serve)
    return 0


if __name__ == "__main__":
    sys.exit(main())
