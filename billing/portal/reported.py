"""What stands behind a number of reported users: its days, and the files that state them."""

import io
from datetime import date
from typing import Any

from licenses.queries import terms_at
from licenses.ranges import period_of
from rollcall.safe_csv import SafeWriter
from usage.models import ActiveUserCount


def reported_context(count: ActiveUserCount) -> dict[str, Any]:
    """Return what the page of a count of reported users shows: each day with its number and where it comes from."""
    return {
        "count": count,
        "metric_words": metric_words(count),
        "reported_days": [
            {"day": date.fromisoformat(day), "users": users, "places": _places(count, day)}
            for day, users in sorted(count.daily.items())
        ],
    }


def metric_words(count: ActiveUserCount) -> str:
    """Return what the number means, in the words of the terms that it was counted under."""
    terms = terms_at(contract=count.contract, day=period_of(count.period).start)
    metric = terms.metrics.get(count.metric_name)
    return metric.words() if metric is not None and metric.digest() == count.metric_digest else ""


def reported_csv(count: ActiveUserCount) -> bytes:
    """Return the days of a count as CSV: one row per day and file."""
    out = io.StringIO(newline="")
    writer = SafeWriter(out)
    writer.writerow(["day", "users", "instance", "file", "sha256"])
    for day in sorted(count.daily):
        for place in _places(count, day):
            writer.writerow([day, place["users"], place["instance"], place["file_name"], place["sha256"]])
    return out.getvalue().encode("utf-8-sig")


def _places(count: ActiveUserCount, day: str) -> list[dict[str, Any]]:
    return [
        {
            "report": entry["report"],
            "file_name": entry["file_name"],
            "sha256": entry["sha256"],
            "instance": entry["instance"],
            "users": entry["days"][day],
        }
        for entry in count.evidence
        if day in entry["days"]
    ]
