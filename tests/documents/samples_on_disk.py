"""The golden snapshots: one file per kind of invoice, frozen as the application freezes them."""

import copy
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "samples"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def snapshot(name: str, **changes: Any) -> dict[str, Any]:
    """Read a sample, with whole parts of it replaced or merged one level deep."""
    found = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    for key, value in copy.deepcopy(changes).items():
        found[key] = found[key] | value if isinstance(value, dict) and isinstance(found.get(key), dict) else value
    return found
