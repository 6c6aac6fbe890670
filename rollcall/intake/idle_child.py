"""The child that does nothing: it says which protections this host gives to the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rollcall.intake.child import answer


def rest(document: dict[str, Any], on_progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Return nothing."""
    del document, on_progress
    return {}


def main() -> None:
    """Do the one work that standard input asks for."""
    answer(rest)
