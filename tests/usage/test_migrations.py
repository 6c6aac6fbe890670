"""The walls can be taken down and put up again: a release that goes wrong can be taken back."""

import os
import subprocess
import sys

import psycopg

from config.environment import BASE_DIR
from tests.databases import TestServer, clone

WALLS = """
    SELECT 'policy ' || c.relname || ' ' || p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    UNION ALL SELECT 'trigger ' || c.relname || ' ' || t.tgname FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
    UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    ORDER BY 1
"""


def walls(server: TestServer, database: str) -> list[str]:
    with psycopg.connect(server.owner(database)) as connection:
        return [row[0] for row in connection.execute(WALLS).fetchall() if "licenses_" in row[0] or "usage_" in row[0]]


def test_tables_and_walls_go_and_come_back_the_same(database_server: TestServer, database_template: str) -> None:
    with clone(database_server, database_template) as name:
        owner = database_server.owner(name)
        environment = os.environ | {"DATABASE_URL": owner, "DATABASE_OWNER_URL": owner}
        before = walls(database_server, name)
        assert len(before) > 100
        for arguments in (["usage", "zero"], []):
            done = subprocess.run(
                [sys.executable, "manage.py", "migrate", *arguments, "--verbosity", "0"],
                env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
        assert walls(database_server, name) == before
