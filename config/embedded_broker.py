"""The broker of one machine: kombu's folder of messages, each of which is there whole or not at all."""

import os
from pathlib import Path
from queue import Empty
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils import json


class Channel(filesystem.Channel):
    """Messages in a folder.

    kombu opens a message under its name and writes it then: a worker that looks in between reads an empty one and ends,
    and so does the next one after a process was killed there. It ends as well where the folder is away for a moment.
    """

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Write a message under a name that no worker takes, then give it its own."""
        name = f"{monotonic_ns():020}_{uuid4()}.{queue}.msg"
        part = Path(self.data_folder_out) / f".{name}"
        part.write_bytes(json.dumps(payload).encode())
        os.replace(part, part.with_name(name))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """Take the next message. While the folder is away, a worker waits for it and does not end."""
        try:
            return super()._get(queue)  # type: ignore[no-untyped-call]
        except FileNotFoundError as away:
            raise Empty from away

    def _size(self, queue: str) -> int:
        """Count what waits, which a worker asks once as it begins: nothing while the folder is away."""
        try:
            return int(super()._size(queue))  # type: ignore[no-untyped-call]
        except FileNotFoundError:
            return 0


class Transport(filesystem.Transport):
    """The transport `filesystem` with such messages."""

    Channel = Channel
