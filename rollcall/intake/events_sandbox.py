"""Reads batches of events in a confined child: no process that holds secrets parses what a network sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rollcall.intake.events import Answer, BatchRefused
from rollcall.intake.handing import NOBODY
from rollcall.intake.limits import DEFAULT_LIMITS, Limits
from rollcall.intake.sandbox import ChildDied, run_confined
from rollcall.intake.start import Start, start_cold

MODULE = "rollcall.intake.events_child"
DAY_FILE = "events.ndjson"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One batch as it came: where its bytes lie, how it is written, when it came."""

    path: Path
    form: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The answers of one batch in its order, and the span and UTC days of its good events."""

    answers: tuple[Answer, ...]
    first_at: datetime | None
    last_at: datetime | None
    utc_days: tuple[date, ...]


def answer_batch(
    sent: Sent, *, limits: Limits = DEFAULT_LIMITS, user: str = NOBODY, start: Start = start_cold
) -> Answered:
    """Return what becomes of each event of a batch. Raises BatchRefused, ChildDied."""
    said = _asked([sent], None, {}, limits, user, start)
    try:
        return Answered(
            answers=tuple(Answer(int(one[0]), *(str(text) for text in one[1:])) for one in said["answers"]),
            first_at=_instant(said["first_at"]),
            last_at=_instant(said["last_at"]),
            utc_days=tuple(date.fromisoformat(day) for day in said["utc_days"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ChildDied("answer", f"Reading this batch gave an answer of an unknown shape: {error}") from error


def gather_day(
    sent: Sequence[Sent],
    out: Path,
    *,
    since: datetime,
    until: datetime,
    limits: Limits = DEFAULT_LIMITS,
    user: str = NOBODY,
    start: Start = start_cold,
) -> Path | None:
    """Write the good events of these batches from `since` to before `until` into a file under `out`, each once.

    Returns its path, None when there is none. Raises BatchRefused, ChildDied.
    """
    said = _asked(sent, out, {"start": since.isoformat(), "end": until.isoformat()}, limits, user, start)
    path = out / DAY_FILE
    return path if said.get("lines") and path.is_file() else None


def _asked(
    sent: Sequence[Sent], out: Path | None, more: dict[str, Any], limits: Limits, user: str, start: Start
) -> dict[str, Any]:
    def document(files: tuple[Path, ...], given: Path | None) -> dict[str, Any]:
        batches = [
            {"path": str(path), "form": one.form, "received_at": one.received_at.isoformat()}
            for path, one in zip(files, sent, strict=True)
        ]
        return more | {"batches": batches, "out": None if given is None else str(given / DAY_FILE)}

    said = run_confined(MODULE, [one.path for one in sent], out, document, limits=limits, user=user, start=start)
    if "refused" in said:
        raise BatchRefused(str(said["refused"]))
    return said


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
