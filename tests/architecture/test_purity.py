"""`rollcall/` is arithmetic: no Django, no database, no network, no clock. Operations read no clock either."""

import subprocess
import sys
from pathlib import Path

from config.environment import BASE_DIR
from tests.architecture.house import APPS, calls, imports, sources

OUTSIDE = {
    "django", "psycopg", "sqlite3", "celery", "kombu", "redis", "requests", "socket", "socketserver", "ssl", "http",
    "urllib", "ftplib", "smtplib", "asyncio", "environ", "structlog", "weasyprint", "random", "secrets", "uuid",
}  # fmt: skip
CLOCKS = (
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now", "datetime.date.today",
    "timezone.now", "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime", "clock.now",
    "clock.today", "localdate", "localtime", "Now",
)  # fmt: skip

EVERY_MODULE = """
import importlib, pkgutil, sys
sys.modules["django"] = None
sys.path.insert(0, sys.argv[1])
import rollcall
names = [module.name for module in pkgutil.walk_packages(rollcall.__path__, "rollcall.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""

# What runs at the customer's site: one file looks at the machine, the others open connections.
AT_THE_SITE = ("rollcall/instance/host.py", "rollcall/client/call.py")


def arithmetic() -> list[Path]:
    """The files of rollcall/ that touch nothing outside."""
    return [path for path in sources("rollcall") if not str(path.relative_to(BASE_DIR)).startswith(AT_THE_SITE)]


def test_the_arithmetic_imports_nothing_from_outside() -> None:
    wrong = [str(found) for path in arithmetic() for found in imports(path) if found.name.partition(".")[0] in OUTSIDE]
    assert wrong == []


def test_the_arithmetic_runs_where_there_is_no_django() -> None:
    command = [sys.executable, "-I", "-c", EVERY_MODULE, str(BASE_DIR)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr
    assert int(loaded.stdout) > 20


def test_neither_the_arithmetic_nor_an_operation_reads_a_clock() -> None:
    """ground's own operations use the database's clock for leases, which nothing that is rated or printed reads."""
    operations = [f"{app}/operations" for app in APPS if app != "ground"]
    wrong = [
        f"{path.relative_to(BASE_DIR)}:{line} calls {name}"
        for path in [*arithmetic(), *sources(*operations)]
        for line, name in calls(path)
        if name in CLOCKS
    ]
    assert wrong == []


def test_wake_ups_are_sent_in_one_place_after_the_commit() -> None:
    wrong = [
        f"{path.relative_to(BASE_DIR)}:{line} calls {name}"
        for path in sources(*APPS, "config")
        for line, name in calls(path)
        if name.endswith((".delay", ".apply_async", ".send_task")) and path.name != "wakeup.py"
    ]
    assert wrong == []
