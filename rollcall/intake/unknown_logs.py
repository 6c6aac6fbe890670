"""Logs that cannot be counted: what is said of them, so that nobody takes them for a table without a header."""

from __future__ import annotations

from rollcall.formats.mapping import recognize
from rollcall.formats.profile import Look
from rollcall.formats.registry import refusal_of
from rollcall.intake.findings import FileRefused


def refuse_log(look: Look) -> None:
    """Raise FileRefused for a log that no format counts; a table whose columns are known by name is none."""
    if look.table is not None and not recognize(look.table.header).missing:
        return
    said = refusal_of(look)
    if said is not None:
        raise FileRefused(said.code, said.message)
