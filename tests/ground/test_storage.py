"""A stored file is whole or absent, is checked when it is read, and its key gives nothing away."""

import os
import resource
import signal
from pathlib import Path
from typing import Any

import pytest

from ground.storage import (
    StoredFileDamaged,
    StoredFileMissing,
    open_stored,
    remove_stored,
    store_file,
    stored_path,
)

TEN_MEGABYTES = 10 * 1024 * 1024


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGE_ROOT = tmp_path / "store"
    return tmp_path / "store"


def files(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


@pytest.mark.parametrize("as_path", [False, True])
def test_what_goes_in_comes_out(store: Path, tmp_path: Path, as_path: bool) -> None:
    content = b"user_id,occurred_at\n" * 100_000
    source: Path | bytes = content
    if as_path:
        source = tmp_path / "export.csv"
        source.write_bytes(content)
    stored = store_file(customer_id=7, kind="upload", source=source)
    assert stored.size == len(content)
    with open_stored(stored.key, stored.sha256) as file:
        assert file.read() == content


def test_keys_are_random_under_the_customer_even_for_the_same_bytes(store: Path) -> None:
    first, second = (store_file(customer_id=7, kind="upload", source=b"same") for _ in range(2))
    assert first.sha256 == second.sha256
    assert first.key != second.key
    assert first.key.startswith("7/upload/")
    assert first.sha256[:8] not in first.key


def test_one_flipped_byte_is_noticed_and_nothing_is_served(store: Path) -> None:
    stored = store_file(customer_id=7, kind="upload", source=b"320 users")
    path = stored_path(stored.key, stored.sha256)
    path.write_bytes(b"321 users")
    with pytest.raises(StoredFileDamaged):
        open_stored(stored.key, stored.sha256)


@pytest.mark.parametrize("key", ["7/upload/nothing", "../secret", "/etc/passwd", "7/../../secret"])
def test_a_key_that_is_none_opens_nothing(store: Path, tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_text("salt")
    with pytest.raises(StoredFileMissing):
        open_stored(key, "0" * 64)


@pytest.mark.parametrize("kind", ["../x", "a/b", ""])
def test_a_kind_is_a_word(store: Path, kind: str) -> None:
    with pytest.raises(ValueError, match="kind of file"):
        store_file(customer_id=7, kind=kind, source=b"x")


def test_a_full_disk_leaves_no_short_file(store: Path) -> None:
    """A child may write 1 MB per file and stores ten: the write fails half way, as on a full disk."""
    store.mkdir()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, 1024 * 1024))
        try:
            store_file(customer_id=7, kind="upload", source=b"x" * TEN_MEGABYTES)
        except OSError:
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 3
    assert files(store) == []


def test_a_writer_that_is_killed_leaves_no_file_under_a_key(store: Path, tmp_path: Path) -> None:
    """A pipe that is never filled holds the writer in the middle; then it is killed."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    child = os.fork()
    if child == 0:
        store_file(customer_id=7, kind="upload", source=pipe)
        os._exit(0)
    with pipe.open("wb") as writer:
        writer.write(b"x" * TEN_MEGABYTES)
        writer.flush()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert [path.suffix for path in files(store)] == [".partial"]


def test_removing_a_file_twice_is_fine(store: Path) -> None:
    stored = store_file(customer_id=7, kind="upload", source=b"x")
    remove_stored(stored.key)
    remove_stored(stored.key)
    assert files(store) == []
