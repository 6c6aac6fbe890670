#!/usr/bin/env python3
"""A small product at a customer's site, played for some weeks: it writes what its people did, and nobody else's code.

    python product.py --first 2026-09-01 --days 60 --people 40 --domain site.example --out activity

writes `activity/2026-09-01.ndjson` and so on, one line per deed as the product logs it, and `truth.json`: per month the
number of people who logged in or edited. The same arguments give the same files. Standard library only.
"""

import argparse
import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ACTIONS = ("login", "file.read", "file.write", "report.open")
# Looked at, and never billed: the definition of the demo's contracts does not name it.
FREE = "settings.view"


def played(first: date, days: int, people: int, domain: str) -> dict[date, list[dict[str, str]]]:
    """Return the deeds of every day: each person works on about every third day, nobody on some Sundays."""
    draw = random.Random(f"{first}/{people}/{domain}")
    deeds: dict[date, list[dict[str, str]]] = {}
    number = 0
    for offset in range(days):
        day = first + timedelta(days=offset)
        deeds[day] = []
        share = 0.04 if day.weekday() > 4 else 0.33
        for person in range(1, people + 1):
            if draw.random() > share:
                continue
            for _ in range(draw.randrange(1, 5)):
                at = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
                at += timedelta(seconds=draw.randrange(10 * 3600))
                number += 1
                deeds[day].append(
                    {
                        "event_id": f"{domain}-{number}",
                        "user_id": f"p{person:03}@{domain}",
                        "occurred_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                        "action": FREE if person % 9 == 0 else draw.choice(ACTIONS),
                    }
                )
    return deeds


def truth(deeds: dict[date, list[dict[str, str]]]) -> dict[str, int]:
    """Return the people per month who did something that the contract counts: plain sets, the obvious way."""
    people: dict[str, set[str]] = {}
    for day, done in deeds.items():
        people.setdefault(day.strftime("%Y-%m"), set()).update(
            deed["user_id"] for deed in done if deed["action"] in ACTIONS
        )
    return {month: len(users) for month, users in sorted(people.items())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=date.fromisoformat, required=True)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--domain", default="site.example")
    parser.add_argument("--out", type=Path, default=Path("activity"))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    deeds = played(asked.first, asked.days, asked.people, asked.domain)
    for day, done in deeds.items():
        in_order = sorted(done, key=lambda deed: deed["occurred_at"])
        text = "".join(json.dumps(deed, sort_keys=True) + "\n" for deed in in_order)
        (asked.out / f"{day}.ndjson").write_text(text, encoding="utf-8")
    (asked.out / "truth.json").write_text(json.dumps(truth(deeds), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
