"""The events of a day, whatever brought them: each once, in one order, also where they do not fit into memory at once."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollcall.intake import events_day
from rollcall.intake.events import BATCH, Batch, read_batch
from rollcall.intake.events_day import write_day

MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)


def batch(numbers: list[int]) -> Batch:
    """Events of one a minute, from the midnight before."""
    events = [
        {
            "specversion": "1.0",
            "id": str(number),
            "source": "s",
            "type": "login",
            "subject": f"u{number % 9}",
            "time": (MIDNIGHT - A_DAY + timedelta(minutes=number)).isoformat(),
        }
        for number in numbers
    ]
    return read_batch(json.dumps(events).encode(), BATCH, now=MIDNIGHT + 9 * A_DAY)


@pytest.mark.parametrize("at_once", [7, 100, 50_000])
def test_the_same_events_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(events_day, "LINES_AT_ONCE", at_once)
    chance = random.Random(5)
    numbers = list(range(0, 4320, 30))
    found = set()
    for _ in range(4):
        chance.shuffle(numbers)
        parts = [batch(numbers[start : start + 20]) for start in range(0, len(numbers), 20)]
        out = tmp_path / "events.ndjson"
        lines = write_day([*parts, *parts[:3]], out, since=MIDNIGHT, until=MIDNIGHT + A_DAY)
        assert lines == 48
        found.add(out.read_text())
    (text,) = found
    ids = [int(json.loads(line)["id"]) for line in text.splitlines()]
    assert sorted(ids) == list(range(1440, 2880, 30))
    assert [path.name for path in tmp_path.iterdir()] == ["events.ndjson"]
