"""Hashes a column of text that DuckDB computes, from its own buffers, without a Python object per row.

DuckDB hands over its result through the Arrow C stream interface (`ArrowArrayStream`),
which needs no Arrow library: each batch has the texts of its rows back to back in one buffer, in the order of the rows.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

# So many queries are computed beside the one that is hashed.
_AHEAD = 2


class StreamFailed(Exception):
    """DuckDB could not compute the next batch."""


class _Array(ctypes.Structure):
    """struct ArrowArray."""


class _Stream(ctypes.Structure):
    """struct ArrowArrayStream."""


_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.POINTER(_Array)),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))),
    ("private_data", ctypes.c_void_p),
]
_Stream._fields_ = [
    ("get_schema", ctypes.c_void_p),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))),
    ("get_last_error", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))),
    ("private_data", ctypes.c_void_p),
]
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def digest_of_texts(connection: Any, queries: Iterable[str]) -> str:
    """Return the SHA-256, in hex, of the texts in the first column of some queries, back to back in the order of the
    queries and of their rows.

    While the texts of one query are hashed, those of the next are computed; so many are in memory at once. The column
    is text without NULL. Raises StreamFailed.
    """
    digest = hashlib.sha256()
    waiting: deque[Future[list[_Array]]] = deque()
    with ThreadPoolExecutor(max_workers=_AHEAD) as beside:
        for query in queries:
            if len(waiting) > _AHEAD:
                _add(digest, waiting.popleft().result())
            waiting.append(beside.submit(_batches, connection, query))
        for found in waiting:
            _add(digest, found.result())
    return digest.hexdigest()


def _batches(connection: Any, query: str) -> list[_Array]:
    with connection.cursor() as cursor:
        return _drained(cursor.sql(query).__arrow_c_stream__())


def _drained(capsule: object) -> list[_Array]:
    """Return the batches of a stream, which the capsule owns and releases when it goes; they stay."""
    stream = _Stream.from_address(_pointer(capsule, b"arrow_array_stream"))
    found: list[_Array] = []
    while True:
        batch = _Array()
        if stream.get_next(ctypes.byref(stream), ctypes.byref(batch)) != 0:
            raise StreamFailed("The canonical text of the evidence could not be computed.")
        if not batch.release:
            return found
        found.append(batch)


def _add(digest: Any, batches: Iterable[_Array]) -> None:
    """Add the texts of some batches, and give the batches back."""
    for batch in batches:
        _add_one(digest, batch)
        batch.release(ctypes.byref(batch))


def _add_one(digest: Any, batch: _Array) -> None:
    """Add the texts of one batch: the bytes between its first and its last offset (32 bits each)."""
    texts = batch.children[0].contents
    ends = ctypes.cast(texts.buffers[1], ctypes.POINTER(ctypes.c_int32))
    first = texts.offset + batch.offset
    start, end = ends[first], ends[first + batch.length]
    if end > start:
        digest.update((ctypes.c_char * (end - start)).from_address(texts.buffers[2] + start))
