"""Generates a month of usage from a seed: few very active people, many seldom ones, quiet week-ends, five instances.

People without activity do not occur in an export of events, so only the number of active ones matters here.
"""

from __future__ import annotations

import csv
import hashlib
import random
from datetime import date, datetime, timedelta
from itertools import accumulate
from pathlib import Path

FIRST_DAY = date(2026, 10, 1)
DAYS = 31
ACTIONS = ("login", "view", "query", "publish", "api_call", "export", "admin")
ACTION_WEIGHTS = (22, 38, 18, 5, 13, 3, 1)
# Each instance writes its own clock.
INSTANCES = ("eu-1", "eu-2", "us-1", "us-2", "ap-1")
INSTANCE_WEIGHTS = (35, 15, 25, 15, 10)
OFFSETS = {"eu-1": "+02:00", "eu-2": "Z", "us-1": "-05:00", "us-2": "-08:00", "ap-1": "+05:30"}
COLUMNS = ("user_id", "occurred_at", "action", "instance_id", "quantity")
BLOCK = 10_000


def write_export(path: Path, *, events: int, people: int, seed: int, event_ids: bool) -> None:
    """Write an export of `events` rows by `people`; the same arguments give the same bytes."""
    chance = random.Random(seed)
    ids = [hashlib.sha256(f"{seed}/{number}".encode()).hexdigest() for number in range(people)]
    weights = list(accumulate(chance.lognormvariate(0.0, 1.6) for _ in ids))
    homes = chance.choices(INSTANCES, INSTANCE_WEIGHTS, k=len(ids))
    days = [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]
    day_weights = list(accumulate(0.2 if day.weekday() >= 5 else 1.0 for day in days))
    with path.open("w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*(("event_id",) if event_ids else ()), *COLUMNS))
        for start in range(0, events, BLOCK):
            many = min(BLOCK, events - start)
            who = chance.choices(range(len(ids)), cum_weights=weights, k=many)
            when = chance.choices(days, cum_weights=day_weights, k=many)
            actions = chance.choices(ACTIONS, ACTION_WEIGHTS, k=many)
            rows = []
            for number, person, day, action in zip(range(start, start + many), who, when, actions, strict=True):
                instance = homes[person] if chance.random() < 0.95 else chance.choice(INSTANCES)
                second = min(86_399, max(0, int(chance.gauss(13.0, 3.2) * 3600)))
                at = datetime(day.year, day.month, day.day) + timedelta(seconds=second)  # noqa: DTZ001 - an instance's clock
                row = (ids[person], at.isoformat() + OFFSETS[instance], action, instance, chance.randrange(1, 50))
                rows.append((f"{seed:x}-{number:012x}", *row) if event_ids else row)
            writer.writerows(rows)
