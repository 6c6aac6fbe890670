"""The child process that looks one person up in the evidence of a count: days, actions, and which of them count.

Started by ``queries.activity`` with one JSON document on its standard input, answers with one on its standard output.
It imports the engine alone and sees the given evidence files, as the child that counts does.
"""

import json
import sys
from pathlib import Path

from rollcall.counting.connection import opened, see_only
from rollcall.terms.activity import ActivityDefinition


def main() -> None:
    """Answer {"days": [{"day", "instance", "action", "events", "first_minute", "last_minute", "counts"}, ...]}."""
    document = json.load(sys.stdin)
    definition = ActivityDefinition.from_json(document["definition"])
    with opened() as connection:
        see_only(connection, [Path(path) for path in document["evidence"]])
        rows = connection.execute(
            "SELECT day, instance, action, sum(events), min(first_minute), max(last_minute) FROM evidence "
            "WHERE list_contains($1::VARCHAR[], user_ref) AND day >= $2::DATE AND day < $3::DATE "
            "GROUP BY ALL ORDER BY ALL",
            [document["wanted"], document["start"], document["end"]],
        ).fetchall()
    days = [
        {
            "day": day.isoformat(),
            "instance": instance,
            "action": action,
            "events": int(events),
            "first_minute": first,
            "last_minute": last,
            "counts": definition.counts_action(action),
        }
        for day, instance, action, events, first, last in rows
    ]
    json.dump({"days": days}, sys.stdout)
