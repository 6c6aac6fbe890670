"""Which actions the evidence holds, and how many people did each: what a definition can choose from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from rollcall.counting.connection import EvidenceUnreadable, opened, see_only

MOST_ACTIONS = 200


class SeenAction(NamedTuple):
    """One action as evidence keeps it ("login !failed" is no activity), the people who did it, and how often."""

    action: str
    users: int
    events: int


def seen_actions(*, parquet_paths: Sequence[Path], most: int = MOST_ACTIONS) -> list[SeenAction]:
    """Return the actions of evidence files, those of the most people first. Raises EvidenceUnreadable."""
    paths = sorted({Path(path).resolve() for path in parquet_paths})
    with opened() as connection:
        try:
            see_only(connection, paths)
            found = connection.execute(
                "SELECT action, count(DISTINCT user_ref), sum(events)::BIGINT FROM evidence "
                "GROUP BY action ORDER BY 2 DESC, 1 LIMIT $1",
                [most],
            ).fetchall()
        except duckdb.Error as error:
            raise EvidenceUnreadable(f"The actions of the evidence cannot be read: {error}") from error
    return [SeenAction(action=action, users=users, events=events) for action, users, events in found]
