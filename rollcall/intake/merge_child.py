"""The child that puts corrected rows into the file that they came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rollcall.intake.child import answer
from rollcall.intake.merge import merge
from rollcall.intake.request import ReadRequest


def work(document: dict[str, Any], on_progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Merge what the document names and return what was written as JSON."""
    findings, corrected = map(Path, document["more"])
    return merge(
        ReadRequest.from_json(document["request"]),
        findings=findings,
        corrected=corrected,
        corrected_name=document["corrected_name"],
        on_progress=on_progress,
    ).to_json()


def main() -> None:
    """Do the one work that standard input asks for."""
    answer(work)
