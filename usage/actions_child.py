"""The child process that lists the actions of evidence: DuckDB, never in a web or worker process."""

import json
import sys
from pathlib import Path

from rollcall.counting.seen_actions import seen_actions


def main() -> None:
    """Read the paths from the standard input, write the actions to the standard output."""
    document = json.load(sys.stdin)
    json.dump({"actions": seen_actions(parquet_paths=[Path(path) for path in document["paths"]])}, sys.stdout)
