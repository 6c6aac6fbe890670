"""Whoever works on the database, web, worker, sweeper, scheduler or these tests, is held by its walls."""

import os
import subprocess
import urllib.request

import psycopg
import pytest
from django.db import connection

from config.environment import BASE_DIR
from config.launch import all_commands, free_port, running
from ground.operations import enqueue_job
from tests.workers import wait_until

EVERY_PROCESS = {"rollcall-web", "rollcall-worker", "rollcall-sweeper", "rollcall-scheduler"}
PATIENCE_SECONDS = 90


def roles_at_work(database: str) -> dict[str, set[tuple[str, bool]]]:
    """{name of a process: {(its role, whether walls do not hold for it)}} of those connected to a database."""
    query = """
        SELECT a.application_name, r.rolname, r.rolsuper OR r.rolbypassrls
        FROM pg_stat_activity a JOIN pg_roles r ON r.rolname = a.usename WHERE a.datname = %s"""
    found: dict[str, set[tuple[str, bool]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, [database])
        for name, role, is_powerful in cursor.fetchall():
            found.setdefault(name, set()).add((role, is_powerful))
    return found


def test_every_process_works_as_a_role_that_the_walls_hold(
    worker_environment: dict[str, str], cloned_database: str
) -> None:
    port = free_port()
    database = str(connection.settings_dict["NAME"])
    seen: dict[str, set[tuple[str, bool]]] = {}

    def all_were_seen() -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5).close()
        except OSError:
            return False
        for name, roles in roles_at_work(database).items():
            seen.setdefault(name, set()).update(roles)
        return seen.keys() >= EVERY_PROCESS

    enqueue_job(key="look", kind="usage.settle_stuck_reports", args={})
    with psycopg.connect(cloned_database) as another, running(all_commands(port), worker_environment):
        # The worker's job waits for this lock, so that it can be seen at work.
        another.execute("LOCK TABLE usage_usagereport IN ACCESS EXCLUSIVE MODE")
        wait_until(all_were_seen, "not every process is at work", PATIENCE_SECONDS)
        another.rollback()
    assert {role for roles in seen.values() for role in roles} == {("rollcall_app", False)}


@pytest.mark.parametrize("role", ["rollcall_app", "rollcall_portal", "rollcall_owner"])
@pytest.mark.django_db
def test_no_role_of_ours_passes_the_walls(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s", [role])
        assert cursor.fetchone() == (False, False, False)
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("rollcall_app",)


@pytest.fixture
def powerful_environment(worker_environment: dict[str, str]) -> dict[str, str]:
    """The environment of a process that somebody gave the private server's superuser."""
    if os.environ.get("DATABASE_URL"):
        pytest.skip("DATABASE_URL leads to a server whose superuser is not ours")
    url = worker_environment["DATABASE_URL"].replace("rollcall_app", "postgres", 1)
    return worker_environment | {"DATABASE_URL": url}


@pytest.mark.parametrize("name", ["web", "worker", "sweeper", "scheduler"])
def test_no_process_starts_as_a_superuser(powerful_environment: dict[str, str], name: str) -> None:
    command = all_commands(free_port())[name]

    ended = subprocess.run(
        command, env=powerful_environment, cwd=BASE_DIR, capture_output=True, text=True, timeout=120, check=False
    )

    assert ended.returncode != 0
    assert "The database role postgres is a superuser" in ended.stderr


def test_the_superuser_is_a_superuser(powerful_environment: dict[str, str]) -> None:
    """Without this the refusals above could have another cause."""
    with psycopg.connect(powerful_environment["DATABASE_URL"]) as superuser:
        assert superuser.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,)
