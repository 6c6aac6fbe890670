"""The child that reads an accepted file to evidence, with DuckDB where it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rollcall.intake.child import answer
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest


def work(document: dict[str, Any], on_progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Read what the request asks for and return the result as JSON."""
    return read(ReadRequest.from_json(document["request"]), on_progress).to_json()


def main() -> None:
    """Do the one work that standard input asks for."""
    answer(work)
