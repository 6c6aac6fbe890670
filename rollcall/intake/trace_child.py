"""The child that goes through a file for one person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rollcall.intake.child import answer
from rollcall.intake.request import ReadRequest
from rollcall.intake.trace import trace


def work(document: dict[str, Any], on_progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Find the lines that the document asks for and return them as JSON."""
    return trace(
        ReadRequest.from_json(document["request"]),
        wanted=document["wanted"],
        first_day=document["first_day"],
        end_day=document["end_day"],
        at_most=document["at_most"],
        on_progress=on_progress,
    ).to_json()


def main() -> None:
    """Do the one work that standard input asks for."""
    answer(work)
