"""The list of who was counted: compact lines of three users, because a table of them takes six times as long."""

from collections.abc import Sequence
from typing import Any

from billing.documents.enclosed import Section
from billing.documents.wording import SHORT_DIGEST, Wording

BESIDE = 3  # users in one line
LINES = 10  # in one block: a block is not broken, so that a page ends between tens
NUMBERED, DAYS, EVENTS = 5, 6, 12  # characters of the running number and of the two counts
BETWEEN = "   "


def annex(w: Wording, sections: Sequence[Section]) -> dict[str, Any]:
    """Give the strings of the annex: per section its heading, the names of its parts, and its blocks of lines."""
    head = entry("", w.say("annex_head"), w.say("annex_days"), w.say("annex_events"))
    return {
        "sections": [
            {
                "heading": section.heading,
                "users": w.say("annex_users", of=len(section.rows), n=w.style.count(len(section.rows))),
                "head": BETWEEN.join([head] * min(BESIDE, len(section.rows))),
                "blocks": blocks(w, section),
            }
            for section in sections
        ],
        "is_split": len(sections) > 1,
    }


def blocks(w: Wording, section: Section) -> list[str]:
    """Write the rows of a section in blocks; within a block they run down its columns."""
    rows = [
        entry(str(number), user[:SHORT_DIGEST], w.style.count(days), w.style.count(events))
        for number, (user, days, events) in enumerate(section.rows, 1)
    ]
    step = BESIDE * LINES
    return [block(rows[start : start + step]) for start in range(0, len(rows), step)]


def block(rows: Sequence[str]) -> str:
    """Lay rows beside each other, down one column and then down the next."""
    height = min(LINES, len(rows))
    return "\n".join(BETWEEN.join(rows[at::height]) for at in range(height))


def entry(number: str, user: str, days: str, events: str) -> str:
    """Write one user: number, reference, days, events."""
    return f"{number:>{NUMBERED}} {user:<{SHORT_DIGEST}}{days:>{DAYS}}{events:>{EVENTS}}"
