"""Run `rollcall count` on files in a process of its own and take its answer and its time."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STATUS_OF = {"accepted": 0, "quarantined": 0, "rejected": 3, "needs_answer": 4}


@dataclass(frozen=True)
class Answer:
    """What the command said: its JSON, and the seconds that it took."""

    document: dict[str, Any]
    seconds: float

    @property
    def outcome(self) -> str:
        return self.document["outcome"]

    @property
    def words(self) -> str:
        """Everything that the answer says about the file as a whole."""
        questions = " ".join(question["message"] for question in self.document["questions"])
        return f"{self.document['message']} {questions}"

    @property
    def remarks(self) -> list[str]:
        return [remark["message"] for remark in self.document["remarks"]]

    def users_per_month(self) -> dict[str, int]:
        return {
            period["start"][:7]: period["active_users"] for period in self.document["periods"] if period["active_users"]
        }

    def users_per_day(self) -> dict[str, int]:
        days = [period["daily_active_users"] for period in self.document["periods"]]
        return {day: users for period in days for day, users in sorted(period.items()) if users}


def count(files: Sequence[Path], *, definition: dict[str, Any], flags: Sequence[str] = ()) -> Answer:
    """Count files under a definition. A status that does not fit the outcome, or no JSON, is an error of the run."""
    with tempfile.TemporaryDirectory() as folder:
        defined = Path(folder, "definition.json")
        defined.write_text(json.dumps(definition))
        command = [sys.executable, "-m", "rollcall", "count", *map(str, files), "--definition", str(defined), *flags]
        started = time.monotonic()
        done = subprocess.run([*command, "--json"], capture_output=True, cwd=ROOT, check=False)
        seconds = time.monotonic() - started
    try:
        document = json.loads(done.stdout)
    except ValueError as error:
        raise RuntimeError(f"{command}: no answer, status {done.returncode}: {done.stderr!r}") from error
    if STATUS_OF[document["outcome"]] != done.returncode:
        raise RuntimeError(f"{command}: outcome {document['outcome']} with status {done.returncode}")
    return Answer(document, seconds)
