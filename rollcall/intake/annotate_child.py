"""The child that gives a file back with what was wrong with each of its records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rollcall.intake.annotate import annotate
from rollcall.intake.child import answer
from rollcall.intake.request import ReadRequest


def work(document: dict[str, Any], on_progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Write the table that the document asks for and return what was written as JSON."""
    return annotate(
        ReadRequest.from_json(document["request"]),
        findings=Path(document["more"][0]),
        scope=document["scope"],
        written_as=document["written_as"],
        on_progress=on_progress,
    ).to_json()


def main() -> None:
    """Do the one work that standard input asks for."""
    answer(work)
