"""Checking again the file of a report that was read before, by its bytes alone: nothing of it is parsed.

Whoever knows the statement knows the whole file but the signature and the table: an envelope has one spelling, and the
statement names the hash of the table.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from rollcall.signing.envelope import pre_authentication, sign_payload
from rollcall.signing.report import REPORT_TYPE
from rollcall.signing.report_file import BEGINNING

SIGNATURE_BYTES = 64
# The envelope ends with its signature in base64, and with this.
_END = b'"}]}\n'
_WRITTEN = len(base64.b64encode(bytes(SIGNATURE_BYTES)))


@dataclass(frozen=True)
class _Blank:
    """What stands in the place of a signature."""

    signature: bytes = bytes(SIGNATURE_BYTES)


@dataclass(frozen=True)
class _Anybody:
    """Signs with nothing, under the name of a key."""

    verify_key: VerifyKey

    def sign(self, message: bytes) -> _Blank:
        """Return a blank."""
        return _Blank()


def why_changed(path: Path, *, statement: Mapping[str, Any], public_key: bytes) -> str:
    """Return in words how a file is not the report of this statement, signed by this key; empty where it is."""
    key = VerifyKey(public_key)
    blank = sign_payload(payload=statement, payload_type=REPORT_TYPE, sign=_Anybody(key)) + b"\n"
    before = BEGINNING + blank[: -len(_END) - _WRITTEN]
    with open(path, "rb") as file:
        if file.read(len(before)) != before:
            return "its file states something else"
        written, end = file.read(_WRITTEN), file.read(len(_END))
        table = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        signature = base64.b64decode(written, validate=True)
        key.verify(pre_authentication(REPORT_TYPE, rfc8785.dumps(dict(statement))), signature)
    except (binascii.Error, ValueError, CryptoError):
        return "the signature in its file is not by its key"
    if end != _END or base64.b64encode(signature) != written:
        return "its file states something else"
    return "" if table == statement["table_sha256"] else "the table in its file is another one"
