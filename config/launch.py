"""Start things: `python -m config.launch serve | worker | demo | migrate | env | run COMMAND...`.

Where DATABASE_URL is not set, a private PostgreSQL is started first and stopped last; the commands it starts get
DATABASE_URL (role rollcall_app) and DATABASE_OWNER_URL (role rollcall_owner, for migrations) in their environment.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from config.environment import BASE_DIR, load_env_file
from config.private_postgres import private_postgres

PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]
# Long enough for a worker to finish or give back its job, short enough that Ctrl-C feels like it worked.
STOP_SECONDS = 20


class Stopped(Exception):
    """Somebody asked this process to stop."""


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
    return [PYTHON, "-m", "gunicorn", "config.wsgi", *options, "--graceful-timeout", "10", "--log-level", "warning"]


def worker_command() -> list[str]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    return [PYTHON, "-m", "celery", "-A", "config.celery", "worker", "--concurrency", "2", *quiet]


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
        _stop({"": child})
        return 130


def serve(commands: dict[str, list[str]], environment: dict[str, str]) -> int:
    """Run commands side by side until one ends or somebody asks to stop; then stop them all."""
    # Each in a session of its own: Ctrl-C reaches this process only, which then stops the others in order.
    children = {
        name: subprocess.Popen(command, env=environment, cwd=BASE_DIR, start_new_session=True)
        for name, command in commands.items()
    }
    try:
        while True:
            for name, child in children.items():
                if child.poll() is not None:
                    sys.stderr.write(f"{name} ended with {child.returncode}; stopping the others.\n")
                    return child.returncode or 1
            time.sleep(0.3)
    except (Stopped, KeyboardInterrupt):
        return 0
    finally:
        _stop(children)


def _stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask all to stop, wait, and end what did not listen."""
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


def demo(environment: dict[str, str], port: int, *, then_serve: bool) -> int:
    """Play the demo's story; then serve it."""
    status = run([*MANAGE, "demo", "--port", str(port)], environment)
    if status or not then_serve:
        return status
    return serve(all_commands(port), environment)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit status."""
    chosen = _arguments(arguments)
    load_env_file()
    if chosen.command == "demo":
        folder = Path(os.environ.get("ROLLCALL_VAR") or BASE_DIR / "var") / "demo"
        os.environ.setdefault("ROLLCALL_DEMO", "true")
        os.environ.setdefault("ROLLCALL_DEMO_CLOCK", str(folder / "clock"))
    signal.signal(signal.SIGTERM, _ask_to_stop)
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
            return serve(all_commands(chosen.port), environment)
        if chosen.command == "demo":
            return demo(environment, chosen.port, then_serve=not chosen.no_serve)
    return 0


if __name__ == "__main__":
    sys.exit(main())
