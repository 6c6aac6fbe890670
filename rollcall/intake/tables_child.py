"""The child that reads plain tables, under a limit of its address space."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rollcall.intake.child import answer
from rollcall.intake.findings import FileRefused
from rollcall.intake.limits import Limits
from rollcall.intake.tables import read_tables


def read(document: dict[str, Any], on_progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Return {"tables": [...], "refused": ""}, or no tables and why."""
    del on_progress
    try:
        found = read_tables(
            Path(document["path"]), filename=document["filename"], limits=Limits.from_json(document["limits"])
        )
    except FileRefused as refused:
        return {"tables": [], "refused": str(refused)}
    except MemoryError:
        return {"tables": [], "refused": "Reading this file takes more memory than an import may use."}
    return {"tables": found, "refused": ""}


def main() -> None:
    """Do the one work that standard input asks for."""
    answer(read)
