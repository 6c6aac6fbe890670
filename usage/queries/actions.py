"""Which actions a customer's reports hold: what a definition of an active user can choose from."""

import json
import subprocess
import sys
from pathlib import Path

from licenses.models import Contract
from rollcall.counting.seen_actions import SeenAction
from rollcall.period import Period
from usage.files import evidence_paths
from usage.queries.evidence import current_evidence

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 30


class ActionsUnknown(Exception):
    """The child that looks into the evidence ended without an answer."""


def actions_seen(*, contract: Contract, period: Period, zone: str) -> list[SeenAction]:
    """Return the actions of the evidence that counts in a period now, those of the most people first.

    Nothing where nothing was reported. Raises ActionsUnknown, StoredFileDamaged, StoredFileMissing.
    """
    files = current_evidence(contract=contract, period=period, zone=zone).files
    if not files:
        return []
    paths = [str(path) for path in evidence_paths(files).values()]
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from usage.actions_child import main; main()"
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-c", start],
            input=json.dumps({"paths": paths}),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise ActionsUnknown(f"Looking for the actions took longer than {SECONDS} seconds.") from late
    if child.returncode != 0:
        raise ActionsUnknown("The actions of the reports could not be listed.")
    return [SeenAction(*found) for found in json.loads(child.stdout)["actions"]]
