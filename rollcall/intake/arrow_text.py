"""Hashes a column of text that DuckDB computes, from its own buffers, without a Python object per row.

DuckDB hands over its result through the Arrow C stream interface (`ArrowArrayStream`),
which needs no Arrow library: each batch has the texts of its rows back to back in one buffer, in the order of the rows.
"""

from __future__ import annotations

import ctypes
import hashlib
from typing import Any


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


def digest_of_texts(connection: Any, query: str) -> str:
    """Return the SHA-256, in hex, of the texts in the first column of a query, back to back in the order of its rows.

    The column is text without NULL. Raises StreamFailed.
    """
    # The capsule owns the stream and releases it when it goes.
    capsule = connection.sql(query).__arrow_c_stream__()
    stream = _Stream.from_address(_pointer(capsule, b"arrow_array_stream"))
    digest = hashlib.sha256()
    while True:
        batch = _Array()
        if stream.get_next(ctypes.byref(stream), ctypes.byref(batch)) != 0:
            raise StreamFailed("The canonical text of the evidence could not be computed.")
        if not batch.release:
            return digest.hexdigest()
        _add(digest, batch)
        batch.release(ctypes.byref(batch))


def _add(digest: Any, batch: _Array) -> None:
    """Add the texts of one batch: the bytes between its first and its last offset (32 bits each)."""
    texts = batch.children[0].contents
    ends = ctypes.cast(texts.buffers[1], ctypes.POINTER(ctypes.c_int32))
    first = texts.offset + batch.offset
    start, end = ends[first], ends[first + batch.length]
    if end > start:
        digest.update((ctypes.c_char * (end - start)).from_address(texts.buffers[2] + start))
