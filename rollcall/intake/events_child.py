"""The child that reads events from the network: pure Python under a limit of its address space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from typing import Any

from rollcall.intake.child import answer
from rollcall.intake.events import Batch, BatchRefused, read_batch
from rollcall.intake.events_day import write_day


def look(document: dict[str, Any], on_progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Read what the document names: one batch for its answers, or many for the events of one day."""
    del on_progress
    try:
        batches = map(_batch, document["batches"])
        if document["out"] is None:
            return _answered(next(batches))
        since, until = (datetime.fromisoformat(document[name]) for name in ("start", "end"))
        return {"lines": write_day(batches, Path(document["out"]), since=since, until=until)}
    except BatchRefused as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"refused": "Reading this batch takes more memory than a batch may use. Send it in parts."}


def _batch(one: dict[str, Any]) -> Batch:
    return read_batch(Path(one["path"]).read_bytes(), one["form"], now=datetime.fromisoformat(one["received_at"]))


def _answered(batch: Batch) -> dict[str, Any]:
    instants = [event.at for event in batch.events]
    return {
        "answers": [astuple(one) for one in batch.answers],
        "first_at": min(instants).isoformat() if instants else None,
        "last_at": max(instants).isoformat() if instants else None,
        "utc_days": sorted({event.utc_day.isoformat() for event in batch.events}),
    }


def main() -> None:
    """Do the one work that standard input asks for."""
    answer(look)
