"""The child that looks at a file first: pure Python under a limit of its address space."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rollcall.intake.child import answer
from rollcall.intake.limits import Limits
from rollcall.intake.result import REJECTED, SniffResult
from rollcall.intake.sniff import sniff


def look(document: dict[str, Any], on_progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Sniff the file that the document names and return the result as JSON."""
    del on_progress
    try:
        return sniff(
            Path(document["path"]),
            filename=document["filename"],
            limits=Limits.from_json(document["limits"]),
            encoding=document["encoding"],
            source_timezone=document["source_timezone"],
            sheet=document["sheet"],
            delimiter=document["delimiter"],
        ).to_json()
    except MemoryError:
        words = "Looking at this file takes more memory than an upload may use."
        return SniffResult(outcome=REJECTED, code="size.memory", message=words).to_json()


def main() -> None:
    """Do the one work that standard input asks for."""
    answer(look)
