"""The child process that puts the names of several evidence files into one list, each person once.

Started by `operations.pack_download` with one JSON document on its standard input; names are what customers' files
wrote, so no web or worker process reads them.
"""

import csv
import json
import sys
from pathlib import Path

from rollcall.intake.evidence import write_names

# Any spelling of a user id fits in what intake accepts as one field.
LONGEST_FIELD = 1 << 20


def main() -> None:
    """Write names.csv into the folder; answer how many people it names."""
    document = json.load(sys.stdin)
    csv.field_size_limit(LONGEST_FIELD)
    found: dict[str, tuple[str, str]] = {}
    for path in document["names"]:
        with Path(path).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                name = (row["user_key"], row["raw"])
                # Two files may spell one person in two ways; the same files give the same list.
                found[row["user_ref"]] = min(name, found.get(row["user_ref"], name))
    write_names(found, Path(document["folder"]))
    json.dump({"users": len(found)}, sys.stdout)
