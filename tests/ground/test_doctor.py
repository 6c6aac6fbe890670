"""`manage.py doctor`: plain lines about what the host gives, and status 1 only for what must be there."""

import io
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from config import doctor
from rollcall.intake import handing
from rollcall.intake.sandbox import ChildDied

GIVEN = dict.fromkeys(("memory_limited", "unprivileged", "no_network", "no_new_privileges", "dies_with_parent"), True)


def lines_and_status() -> tuple[list[str], int]:
    said = io.StringIO()
    try:
        call_command("doctor", stdout=said)
    except SystemExit as ended:
        return said.getvalue().splitlines(), int(str(ended.code))
    return said.getvalue().splitlines(), 0


def looked_at(check: str, patch: pytest.MonkeyPatch) -> tuple[list[str], int]:
    patch.setattr(doctor, "CHECKS", (getattr(doctor, check),))
    return lines_and_status()


@pytest.mark.django_db
def test_a_host_that_has_everything_is_told_so_line_by_line() -> None:
    lines, status = lines_and_status()
    assert status == 0, lines
    assert lines[-1].startswith("doctor: ")
    assert lines[-1].endswith("0 that must be put right")
    for words in (
        "a file cannot fill the memory",
        "uploads are read by a user without rights",
        "an honest file is read",
        "an endless file of nothing is refused",
        "a page was printed",
        "works as rollcall_app",
        "every customer's rows stand behind a wall",
        "every migration has been applied",
        "agree on the time",
        "filesystem answers",
        "can be written",
        "GB are free",
    ):
        assert any(words in line for line in lines), words


@pytest.mark.parametrize(
    ("missing", "status", "words"),
    [
        ("no_network", 0, "the kernel refuses a network namespace"),
        ("no_new_privileges", 0, "it could gain rights"),
        ("dies_with_parent", 0, "may outlive its worker"),
        ("memory_limited", 1, "memory of a program that reads uploads is not limited"),
        ("unprivileged", 1, "uploads are read as root; start Rollcall as another user, or let nobody enter"),
    ],
)
def test_a_missing_protection_is_named(monkeypatch: pytest.MonkeyPatch, missing: str, status: int, words: str) -> None:
    monkeypatch.setattr(doctor, "protections", lambda user: GIVEN | {missing: False})
    lines, ended = looked_at("_children", monkeypatch)
    [line] = [line for line in lines if words in line]
    assert line.startswith("MUST" if status else "lacks")
    assert ended == status


def test_a_sandbox_that_does_not_start_must_be_put_right(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(user: str) -> dict[str, bool]:
        raise ChildDied("killed", "no such file")

    monkeypatch.setattr(doctor, "protections", dies)
    lines, status = looked_at("_children", monkeypatch)
    assert (lines[0], status) == ("MUST  sandbox   a program that reads uploads does not start: no such file", 1)


def test_a_broker_that_does_not_answer_must_be_put_right(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setattr(settings, "CELERY_BROKER_URL", f"redis://127.0.0.1:{port}/0")
    lines, status = looked_at("_broker", monkeypatch)
    assert lines[0].startswith("MUST  broker    redis does not answer")
    assert status == 1


def test_a_store_that_cannot_be_written_must_be_put_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(settings, "STORAGE_ROOT", tmp_path / "file" / "storage")
    lines, status = looked_at("_storage", monkeypatch)
    assert lines[0].startswith("MUST  storage   ")
    assert status == 1


def test_a_disk_without_room_for_an_upload_must_be_put_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "STORAGE_ROOT", tmp_path)
    monkeypatch.setattr(settings, "USAGE_LARGEST_UPLOAD", 10**18)
    lines, status = looked_at("_storage", monkeypatch)
    assert any("the largest upload does not fit" in line for line in lines)
    assert status == 1


def test_clocks_that_differ_are_named() -> None:
    late = doctor._clock(datetime.now(UTC) - timedelta(minutes=3))
    assert (late.state, "180 seconds" in late.words or "179 seconds" in late.words) == (doctor.MUST, True)
    assert doctor._clock(datetime.now(UTC)).state == doctor.OK


def test_the_user_of_the_children_is_a_setting() -> None:
    assert settings.USAGE_CHILD_USER == handing.NOBODY
