"""Logs that cannot be counted: what is said of them, so that nobody takes them for a table without a header."""

from __future__ import annotations

import re

from rollcall.formats.mapping import recognize
from rollcall.formats.profile import LineRecords, Look
from rollcall.formats.registry import PROFILES, refusal_of
from rollcall.intake.findings import FileRefused
from rollcall.intake.records import shown

# A line of many logs begins with its time or level in brackets; behind such brackets in a table stands a delimiter.
_IN_BRACKETS = re.compile(r"\[[^\]]{1,80}\][ :]*[^\s,;|:]")
# Of the first lines so many in ten must begin so.
_MOST = 9


def refuse_log(look: Look) -> None:
    """Raise FileRefused for a log that no format counts; a table whose columns are known by name is none."""
    if look.table is not None and not recognize(look.table.header).missing:
        return
    said = refusal_of(look)
    if said is not None:
        raise FileRefused(said.code, said.message)
    filled = [(number, line) for number, line in enumerate(look.lines, start=1) if line.strip()]
    found = [(number, line) for number, line in filled if _IN_BRACKETS.match(line)]
    if found and len(found) * 10 >= len(filled) * _MOST:
        number, line = found[0]
        logs = ", ".join(profile.title for profile in PROFILES.values() if isinstance(profile.shape, LineRecords))
        words = (
            f"This is a log of no known format: line {number} begins '{shown(line[:80])}'. Known are: {logs}. "
            "Send one of these, or a CSV file or JSON with the user, the time and the action of each request."
        )
        raise FileRefused("log.unknown", words)
