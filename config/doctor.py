"""What this host gives Rollcall and what it lacks: asked, tried out, and said in plain lines.

A check returns a `Finding` or several. `MUST` is a lack with which Rollcall must not be used, `LACKS` one that a person
should know of. Nothing here changes anything but temporary files.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError as BrokerError

from billing.documents.printer import ASSETS
from ground.database.roles import APP, PORTAL, PowerfulRole
from rollcall.intake.engine import duckdb
from rollcall.intake.sandbox import ChildDied, protections, run_sniff
from usage.limits import child_user, intake_limits

OK = "ok"
LACKS = "lacks"
MUST = "MUST"

GIGABYTE = 1_000_000_000
_SKEW_SECONDS = 5
_SERVER_VERSION = 160000
_BOMB_BYTES = 2 * GIGABYTE

# What a child of intake says about itself: the words when it holds, when it does not, and how bad that is.
_PROTECTIONS = {
    "memory_limited": (
        "a file cannot fill the memory",
        "the memory of a program that reads uploads is not limited",
        MUST,
    ),
    "unprivileged": (
        "uploads are read by a user without rights",
        "uploads are read as root; start Rollcall as another user, or let {user} enter Python's folder",
        MUST,
    ),
    "no_network": (
        "uploads are read without any network",
        "uploads are read with the network in reach; the kernel refuses a network namespace",
        LACKS,
    ),
    "no_new_privileges": ("a program that reads uploads cannot gain rights", "it could gain rights", LACKS),
    "dies_with_parent": ("a program that reads uploads ends with its worker", "it may outlive its worker", LACKS),
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line: OK, LACKS or MUST, what was looked at, and what was found."""

    state: str
    what: str
    words: str

    def line(self) -> str:
        """Return the line for people."""
        return f"{self.state:<6}{self.what:<10}{self.words}"


def examine() -> Iterator[Finding]:
    """Look at everything, one thing after the other; a check that fails keeps no other from running."""
    for check in CHECKS:
        yield from check()


def _children() -> Iterator[Finding]:
    """Ask a child what it was given, and let it look at a file."""
    try:
        given = protections(child_user())
    except ChildDied as death:
        yield Finding(state=MUST, what="sandbox", words=f"a program that reads uploads does not start: {death}")
        return
    for name, (good, bad, state) in _PROTECTIONS.items():
        held = given.get(name, False)
        words = good if held else bad.format(user=child_user())
        yield Finding(state=OK if held else state, what="sandbox", words=words)
    with tempfile.TemporaryDirectory() as folder:
        yield _honest_file(Path(folder) / "honest.csv")
        yield _endless_file(Path(folder) / "endless.csv")


def _honest_file(path: Path) -> Finding:
    path.write_text("user,time,action\nann,2026-06-01T08:00:00Z,login\n", encoding="ascii")
    try:
        result = run_sniff(path, path.name, limits=intake_limits(), user=child_user())
    except ChildDied as death:
        return Finding(state=MUST, what="self-test", words=f"an honest file is not read: {death}")
    if result.outcome != "ok":
        return Finding(state=MUST, what="self-test", words=f"an honest file is refused: {result.message}")
    return Finding(state=OK, what="self-test", words="an honest file is read")


def _endless_file(path: Path) -> Finding:
    """Let a file of NUL bytes that takes no room on the disk be refused; it must not be read to its end first."""
    with path.open("wb") as file:
        file.truncate(_BOMB_BYTES)
    try:
        result = run_sniff(path, path.name, limits=intake_limits(), user=child_user())
    except ChildDied as death:
        return Finding(state=OK, what="self-test", words=f"an endless file is stopped ({death.reason})")
    if result.outcome == "ok":
        return Finding(state=MUST, what="self-test", words="an endless file of nothing was taken for an export")
    return Finding(state=OK, what="self-test", words="an endless file of nothing is refused")


def _readers() -> Iterator[Finding]:
    if duckdb is None:
        yield Finding(state=LACKS, what="reading", words="DuckDB is missing; large files are read slowly")
    else:
        yield Finding(state=OK, what="reading", words=f"DuckDB {duckdb.__version__} reads large files")
    for module, what in (("python_calamine", "spreadsheets"), ("backports.zstd", "files packed with zstd")):
        if _runs(f"import {module}"):
            yield Finding(state=OK, what="reading", words=f"{what} are read")
        else:
            yield Finding(state=LACKS, what="reading", words=f"{what} are refused: {module} is missing")


def _printing() -> Iterator[Finding]:
    fonts = len(list(ASSETS.glob("*.woff2")))
    if not fonts:
        yield Finding(state=MUST, what="printing", words=f"the fonts of invoices are missing from {ASSETS}")
    elif _runs("from weasyprint import HTML; HTML(string='<p>x</p>').write_pdf()"):
        yield Finding(state=OK, what="printing", words=f"a page was printed; {fonts} fonts are there")
    else:
        words = "nothing can be printed: WeasyPrint or a library that it needs (pango, harfbuzz) is missing"
        yield Finding(state=MUST, what="printing", words=words)


def _runs(code: str) -> bool:
    """Return whether code runs, in a process of its own: what it loads is heavy, or fails noisily."""
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, capture_output=True, check=False, timeout=120).returncode == 0


def _database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('server_version_num')::int, clock_timestamp()")
            role, version, there = cursor.fetchone()
            cursor.execute(_WALLS)
            [(open_tables, can_be_portal, is_portal)] = cursor.fetchall()
    except PowerfulRole as error:
        yield Finding(state=MUST, what="database", words=str(error))
        return
    except DatabaseError as error:
        first = str(error).strip().partition("\n")[0]
        yield Finding(state=MUST, what="database", words=f"PostgreSQL is not reached: {first}")
        return
    large = version >= _SERVER_VERSION
    yield Finding(
        state=OK if large else MUST,
        what="database",
        words=f"PostgreSQL {version // 10000}" + ("" if large else "; 16 or newer is needed"),
    )
    yield Finding(state=OK if role == APP else LACKS, what="database", words=f"works as {role}, without special rights")
    walls = not open_tables and can_be_portal and not is_portal
    words = "every customer's rows stand behind a wall" if walls else _wall_words(open_tables, can_be_portal)
    yield Finding(state=OK if walls else MUST, what="database", words=words)
    yield _clock(there)
    plan = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    words = f"{len(plan)} migrations have not been applied" if plan else "every migration has been applied"
    yield Finding(state=MUST if plan else OK, what="database", words=words)


_WALLS = f"""
    SELECT (SELECT array_agg(c.relname::text ORDER BY c.relname) FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'customer_id' AND NOT a.attisdropped
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
              AND NOT (c.relrowsecurity AND c.relforcerowsecurity)),
           EXISTS (SELECT FROM pg_roles WHERE rolname = '{PORTAL}') AND pg_has_role('{PORTAL}', 'SET'),
           EXISTS (SELECT FROM pg_roles WHERE rolname = '{PORTAL}') AND pg_has_role('{PORTAL}', 'USAGE')
"""


def _wall_words(open_tables: list[str] | None, can_be_portal: bool) -> str:
    if open_tables:
        return f"these tables have no wall between customers: {', '.join(open_tables)}"
    if not can_be_portal:
        return f"the role {PORTAL} is missing or may not be taken; deploy/roles.sql makes it"
    return f"the role {PORTAL} must be asked for, not inherited; deploy/roles.sql grants it so"


def _clock(there: datetime) -> Finding:
    if settings.ROLLCALL_DEMO_CLOCK:
        return Finding(state=LACKS, what="clock", words="the demo's clock is in force")
    skew = abs((datetime.now(UTC) - there).total_seconds())
    if skew > _SKEW_SECONDS:
        words = f"this host and the database differ by {skew:,.0f} seconds; set both by the network"
        return Finding(state=MUST, what="clock", words=words)
    return Finding(state=OK, what="clock", words="this host and the database agree on the time")


def _broker() -> Iterator[Finding]:
    kind = settings.CELERY_BROKER_URL.partition(":")[0]
    try:
        with current_app.connection_for_write(settings.CELERY_BROKER_URL, connect_timeout=3) as reached:
            reached.ensure_connection(max_retries=1, timeout=5)
    except (BrokerError, OSError) as error:
        yield Finding(state=MUST, what="broker", words=f"{kind} does not answer: {error}")
        return
    if kind == "filesystem" and settings.PRODUCTION:
        yield Finding(state=LACKS, what="broker", words="messages lie in files, for one machine only")
    else:
        yield Finding(state=OK, what="broker", words=f"{kind} answers")


def _storage() -> Iterator[Finding]:
    folder = Path(settings.STORAGE_ROOT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"doctor")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        yield Finding(state=MUST, what="storage", words=f"{folder} cannot be written: {error.strerror}")
        return
    yield Finding(state=OK, what="storage", words=f"{folder} can be written")
    # The upload, what is unpacked of it while it is read, and as much again for what else goes on.
    needed = settings.USAGE_LARGEST_UPLOAD + 2 * intake_limits().plain_bytes
    for place in sorted({str(folder), tempfile.gettempdir()}):
        free = shutil.disk_usage(place).free
        words = f"{free / GIGABYTE:,.0f} GB are free below {place}"
        if free < settings.USAGE_LARGEST_UPLOAD:
            yield Finding(state=MUST, what="disk", words=f"{words}; the largest upload does not fit")
        elif free < needed:
            words = f"{words}; reading the largest upload may take {needed / GIGABYTE:,.0f} GB"
            yield Finding(state=LACKS, what="disk", words=words)
        else:
            yield Finding(state=OK, what="disk", words=words)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (_children, _readers, _printing, _database, _broker, _storage)
