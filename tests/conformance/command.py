"""Run `rollcall count` on files in a process of its own and take its answer, its time and its memory."""

import json
import os
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
    """What the command said: its JSON, and what the process cost (seconds, bytes resident)."""

    document: dict[str, Any]
    seconds: float
    resident: int

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
        defined, out = Path(folder, "definition.json"), Path(folder, "answer.json")
        defined.write_text(json.dumps(definition))
        command = [sys.executable, "-m", "rollcall", "count", *map(str, files), "--definition", str(defined), *flags]
        started = time.monotonic()
        with out.open("wb") as stdout, tempfile.TemporaryFile() as errors:
            child = subprocess.Popen([*command, "--json"], stdout=stdout, stderr=errors, cwd=ROOT)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            said = errors.read()
        seconds = time.monotonic() - started
        try:
            document = json.loads(out.read_text())
        except ValueError as error:
            raise RuntimeError(f"{command}: no answer, status {child.returncode}: {said!r}") from error
    if STATUS_OF[document["outcome"]] != child.returncode:
        raise RuntimeError(f"{command}: outcome {document['outcome']} with status {child.returncode}")
    return Answer(document, seconds, used.ru_maxrss * 1024)
