"""The digests of billing: over canonical JSON (RFC 8785), so that any program in any language makes the same."""

import hashlib
from typing import Any

import rfc8785


def json_digest(value: Any) -> str:
    """Return "sha256:<hex>" of a JSON value in its canonical form. Amounts must be strings; a float is refused."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(_without_floats(value))).hexdigest()


def chain_digest(*, previous: str, snapshot_digest: str) -> str:
    """Return the digest that covers a document and, through `previous`, every document of the series before it.

    The same expression stands in the database as a CHECK of `billing_invoice`.
    """
    return "sha256:" + hashlib.sha256(f"{previous}\n{snapshot_digest}".encode()).hexdigest()


def _without_floats(value: Any) -> Any:
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float; amounts are written as text.")
    if isinstance(value, dict):
        return {key: _without_floats(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_floats(part) for part in value]
    return value
