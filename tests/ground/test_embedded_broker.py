"""The broker of one machine: a worker never meets half a message, whoever is killed while writing one."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

import pytest
from kombu import Connection

from config.embedded_broker import Transport


@pytest.fixture
def connection(tmp_path: Path, folder: Path) -> Iterator[Connection]:
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(tmp_path / "control"),
    }
    with Connection("filesystem://", transport_options=options) as connection:
        assert isinstance(connection.transport, Transport)
        yield connection


@pytest.fixture
def line(connection: Connection) -> Any:
    """A queue of a name of its own: kombu remembers in the process what is bound, whatever folder it was in."""
    return connection.SimpleQueue(f"line-{uuid4()}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "messages"
    folder.mkdir()
    return folder


def test_messages_come_whole_and_in_order(line: Any) -> None:
    for number in range(3):
        line.put({"number": number})
    taken = [line.get_nowait() for _ in range(3)]
    for message in taken:
        message.ack()
    assert [message.payload["number"] for message in taken] == [0, 1, 2]
    with pytest.raises(Empty):
        line.get_nowait()


def test_whoever_ends_while_writing_leaves_nothing_to_take(
    line: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename: Callable[..., None] = os.replace

    def killed(*names: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        line.put({"number": 1})
    monkeypatch.setattr(os, "replace", rename)
    assert len(list(folder.iterdir())) == 1
    with pytest.raises(Empty):
        line.get_nowait()
    line.put({"number": 2})
    assert line.get_nowait().payload == {"number": 2}


def test_a_folder_that_is_away_has_no_messages_until_it_is_back(line: Any, folder: Path) -> None:
    line.put({"number": 1})
    away = folder.rename(folder.with_name("away"))
    with pytest.raises(Empty):
        line.get_nowait()
    away.rename(folder)
    assert line.get_nowait().payload == {"number": 1}


def test_who_begins_while_the_folder_is_away_waits_for_it(connection: Connection, folder: Path) -> None:
    away = folder.rename(folder.with_name("away"))
    begun = connection.SimpleQueue(f"line-{uuid4()}")
    with pytest.raises(Empty):
        begun.get_nowait()
    away.rename(folder)
    begun.put({"number": 1})
    assert begun.get_nowait().payload == {"number": 1}
