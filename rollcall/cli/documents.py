"""JSON documents that are named on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rollcall.strict_json import NotStrictJson, read_json


class CannotRead(ValueError):
    """A file that was named cannot be opened."""


def read_document(path: Path) -> Any:
    """Return the JSON of a file. Raises CannotRead, and NotStrictJson with the name of the file."""
    try:
        return read_json(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CannotRead(f"cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise NotStrictJson(f"{path} is not UTF-8 text.") from error
    except NotStrictJson as error:
        raise NotStrictJson(f"{path}: {error}") from error
