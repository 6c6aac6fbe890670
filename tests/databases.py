"""Databases for tests: a template migrated once per state of the migrations, and clones of it that live a moment.

Nothing is ever flushed: the triggers that refuse TRUNCATE stay as they are. Several runs may work side by side: the
template is made under a lock and appears under its name only when complete; every clone has a name of its own.
"""

import hashlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connections
from environ import Env

from config.environment import BASE_DIR
from config.private_postgres import DATABASE_SQL

PREFIX = "rollcall_test"
LOCK = 7_302_514_001
KEPT_TEMPLATES = 4
DROP_ATTEMPTS = 4
MEMORY, MEMORY_BYTES = Path("/dev/shm"), 4 * 1024**3


def server_folder() -> Path:
    """Return where the tests' own server keeps its data: in memory, where the machine has enough of it to spare.

    A clone is a thousand files. To make and drop one costs a file system on disk ten times what it costs one in memory.
    The folder stays until the machine starts again, so that the next run finds its template.
    """
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES:
        mark = hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:12]
        return MEMORY / f"rollcall-tests-{os.geteuid()}-{mark}"
    return BASE_DIR / "var" / "tests"


def at_database(url: str, name: str) -> str:
    """Return the same address with another database name."""
    head, mark, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{mark}{query}"


@dataclass(frozen=True, kw_only=True)
class TestServer:
    """The server that tests use: how the app and the owner reach it."""

    __test__ = False

    app_url: str
    owner_url: str

    def app(self, database: str) -> str:
        return at_database(self.app_url, database)

    def owner(self, database: str) -> str:
        return at_database(self.owner_url, database)

    def connect(self) -> psycopg.Connection:
        """Connect as the owner to the main database, to make and drop others."""
        return psycopg.connect(self.owner_url, autocommit=True)


def migrations_digest() -> str:
    """Return a mark of every migration file of every installed app, and of what makes a database."""
    digest = hashlib.sha256(DATABASE_SQL.read_bytes())
    for config in apps.get_app_configs():
        # The SQL that an app's migrations run stands beside its models.
        for path in sorted([*Path(config.path).glob("migrations/*.py"), *Path(config.path).glob("database*.py")]):
            digest.update(f"{config.label}/{path.name}\n".encode())
            digest.update(path.read_bytes())
    for path in sorted((BASE_DIR / "ground" / "database").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def ensure_template(server: TestServer) -> str:
    """Return the name of the migrated template, made now if this state of the migrations has none yet."""
    name = f"{PREFIX}_template_{migrations_digest()}"
    with server.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not known:
            _make_template(server, connection, name)
        drop_leftovers(server, connection, keep=name)
    return name


def _make_template(server: TestServer, connection: psycopg.Connection, name: str) -> None:
    draft = f"{PREFIX}_{_mine()}_draft"
    connection.execute(f'CREATE DATABASE "{draft}"')
    with psycopg.connect(server.owner(draft), autocommit=True) as fresh:
        fresh.execute(DATABASE_SQL.read_bytes())
    environment = os.environ | {"DATABASE_URL": server.owner(draft), "DATABASE_OWNER_URL": server.owner(draft)}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
    migrated = subprocess.run(command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if migrated.returncode:
        connection.execute(f'DROP DATABASE "{draft}"')
        raise RuntimeError(f"The migrations do not run:\n{migrated.stderr}")
    connection.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    # Nobody has business in it, and a template with a visitor cannot be cloned.
    connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')


@contextmanager
def clone(server: TestServer, template: str) -> Iterator[str]:
    """Make a database from the template, give its name, and drop it at the end."""
    name = f"{PREFIX}_{_mine()}_{secrets.token_hex(4)}"
    with server.connect() as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    try:
        yield name
    finally:
        drop(server, name)


@contextmanager
def used(url: str) -> Iterator[None]:
    """Let Django's default connection, in every thread, lead to this address while the block lasts."""
    before = dict(settings.DATABASES["default"])
    connections.close_all()
    settings.DATABASES["default"].update(Env.db_url_config(url))
    try:
        yield
    finally:
        connections.close_all()
        settings.DATABASES["default"].update(before)


def drop(server: TestServer, name: str) -> None:
    """Drop a database, whatever a test left open in it.

    Without FORCE: the owner may not end the app's connections, and the server waits for those that are just ending.
    """
    with server.connect() as connection:
        for attempt in range(DROP_ATTEMPTS):
            end_connections(server, name)
            try:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            except psycopg.errors.ObjectInUse:
                if attempt == DROP_ATTEMPTS - 1:
                    raise
            else:
                return


def end_connections(server: TestServer, database: str) -> None:
    """End what threads and processes of a test left open. The app may end connections of its own role."""
    with psycopg.connect(server.app_url, autocommit=True) as connection:
        others = (
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
        )
        connection.execute(others, [database])


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]


def _mine() -> str:
    return f"{_host()}_{os.getpid()}"


def drop_leftovers(server: TestServer, connection: psycopg.Connection, *, keep: str) -> None:
    """Drop clones whose process is gone, and templates beyond the newest few. Call with the template lock held."""
    pattern = re.compile(rf"{PREFIX}_{_host()}_(\d+)_")
    rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid", [f"{PREFIX}%"])
    names = [row[0] for row in rows]
    for name in names:
        owner = pattern.match(name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            drop(server, name)
    templates = [name for name in names if name.startswith(f"{PREFIX}_template_") and name != keep]
    for name in templates[: max(0, len(templates) - KEPT_TEMPLATES)]:
        drop(server, name)
