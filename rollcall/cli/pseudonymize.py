"""`rollcall pseudonymize`: turn any export into the customer's namespace before it leaves the house."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rollcall.formats.mapping import ColumnMapping
from rollcall.formats.profile import EVENTS
from rollcall.instance.people import Hidden, commitment
from rollcall.instance.reading import Faults, RowsUnreadable, read_rows
from rollcall.intake.checks import Activity
from rollcall.intake.findings import FileRefused, QuestionsOpen
from rollcall.intake.request import ReadRequest
from rollcall.intake.sources import open_sources
from rollcall.money import users_in_words
from rollcall.rows import quantity_text
from rollcall.safe_csv import SafeWriter
from rollcall.terms.identity import RULE
from rollcall.zones import instant_text

DONE, WRONG_USE, REFUSED = 0, 2, 3
COLUMNS = ("user_id", "occurred_at", "action", "event_id", "quantity")


class NotPseudonymized(Exception):
    """The file cannot be turned; the message names file, line and reason."""


def add_to(subcommands: Any) -> None:
    """Add the subcommand `pseudonymize` with its arguments."""
    parser = subcommands.add_parser(
        "pseudonymize",
        help="write an export anew with pseudonyms in place of users",
        description="Read any export of events and write a CSV in which every user is a pseudonym under the customer's "
        "own key. Aliases and exclusions act before. Nothing is written where a row cannot be read.",
        epilog="Exit status: 0 done, 2 wrong use, 3 refused.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the customer's key, 64 hex digits")
    parser.add_argument("--contract", required=True, metavar="NUMBER", help="as the licence names it")
    parser.add_argument("--people", type=Path, metavar="people.json", help='{"aliases": {...}, "excluded": [...]}')
    parser.add_argument("--source-timezone", metavar="ZONE", help="zone of times that name none")
    parser.add_argument("--mapping", type=Path, metavar="MAP.json", help="which column means what")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the new file goes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Turn the files and return the exit status."""
    try:
        secret = bytes.fromhex(arguments.key.read_text().strip())
        people = json.loads(arguments.people.read_text()) if arguments.people else {}
        hidden = Hidden(
            secret,
            contract=arguments.contract,
            aliases=people.get("aliases", {}),
            excluded=tuple(people.get("excluded", ())),
            rule=RULE,
        )
        rows = _rows(_request(arguments))
        with open(arguments.out, "x", newline="", encoding="utf-8") as file:
            writer = SafeWriter(file)
            writer.writerow(COLUMNS)
            for row in rows:
                if name := hidden.name(row.user_key):
                    writer.writerow(
                        [name, instant_text(row.instant), row.action, row.event_id, quantity_text(row.quantity)]
                    )
    except (FileRefused, QuestionsOpen, RowsUnreadable, NotPseudonymized) as refused:
        print(f"rollcall pseudonymize: {refused}", file=sys.stderr)
        return REFUSED
    except (OSError, ValueError) as wrong:
        print(f"rollcall pseudonymize: {wrong}", file=sys.stderr)
        return WRONG_USE
    left = f", {len(hidden.excluded):,} left out" if hidden.excluded else ""
    print(f"Wrote {arguments.out}: {users_in_words(len(hidden.names))}{left}, key {commitment(secret)}.")
    return DONE


def _request(arguments: argparse.Namespace) -> ReadRequest:
    mapping = ColumnMapping.from_json(json.loads(arguments.mapping.read_text())) if arguments.mapping else None
    return ReadRequest(
        files=tuple(map(str, arguments.files)),
        filenames=tuple(path.name for path in arguments.files),
        timezone="UTC",
        source_timezone=arguments.source_timezone,
        salt_hex="00" * 32,
        out_dir="",
        mapping=mapping,
    )


def _rows(request: ReadRequest) -> list[Activity]:
    sources, faults = open_sources(request), Faults()
    if numbers := [source for source in sources if source.kind != EVENTS]:
        words = "holds no events, so no user of it does anything at a time."
        raise NotPseudonymized(f"{numbers[0].filename} {words}")
    rows = [row for _, _, row in read_rows(request, sources, rule=RULE, faults=faults)]
    faults.refuse_any()
    return rows
