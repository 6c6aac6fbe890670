"""Counting in a child process: the request, its limits, the strict reading of its answer."""

import json
import os
import signal
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from rollcall.period import Period
from rollcall.terms.activity import ActivityDefinition
from usage.children import ENGINE
from usage.models import EvidenceFile

SECONDS_PER_REQUEST = 60
SECONDS = 120


class CountFailed(Exception):
    """The counting child ended without an answer. Nothing was counted."""


@dataclass(frozen=True, kw_only=True)
class CountRequest:
    """Count one definition in one period over evidence files. ``verdicts`` is where the per-user list is written.

    Without ``verdicts`` only the number is asked for, which is much faster. ``since`` is the first day of the contract,
    for rolling windows. ``measure`` ("sum", "count" or "") asks for what actions add up to, ``by_instance`` for the
    days of each instance.
    """

    definition: ActivityDefinition
    period: Period
    evidence: Sequence[EvidenceFile]
    verdicts: Path | None = None
    since: date | None = None
    measure: str = ""
    by_instance: bool = False

    @property
    def looks_at_names(self) -> bool:
        """Whether the definition leaves people out, or takes several ids for one, by name."""
        return bool(self.definition.excluded_users or self.definition.identity.aliases)


@dataclass(frozen=True, kw_only=True)
class CountAnswer:
    """What the child counted; ``daily``, ``funnel`` and the digests are empty when no verdicts were asked for.

    ``quantity``, ``by_user`` (one person's quantity, how many people had it) and ``without_quantity`` are there where a
    measure was asked for, ``daily_by_instance`` by the name that evidence has for the instance.
    """

    active_users: int
    daily: dict[str, int] = field(default_factory=dict)
    digest: str = ""
    verdicts_digest: str = ""
    quantity: Decimal | None = None
    by_user: list[list[Any]] = field(default_factory=list)
    without_quantity: int = 0
    daily_by_instance: dict[str, dict[str, int]] = field(default_factory=dict)
    funnel: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CountGroup:
    """What is asked of one contract: its salt, and where its files lie by evidence id."""

    requests: Sequence[CountRequest]
    salt: bytes
    paths: dict[int, Path]
    names: dict[int, Path]

    def to_json(self) -> dict[str, Any]:
        """Return what the child is told."""
        return {
            "salt_hex": self.salt.hex(),
            "requests": [
                {
                    "definition": request.definition.to_json(),
                    "start": request.period.start.isoformat(),
                    "end": request.period.end.isoformat(),
                    "evidence": _texts(self.paths[file.pk] for file in request.evidence),
                    "names": _texts(self.names[file.pk] for file in request.evidence if file.pk in self.names),
                    "verdicts": str(request.verdicts) if request.verdicts else "",
                    "since": request.since.isoformat() if request.since else "",
                    "measure": request.measure,
                    "by_instance": request.by_instance,
                }
                for request in self.requests
            ],
        }


def count_in_child(
    requests: Sequence[CountRequest], *, salt: bytes, paths: dict[int, Path], names: dict[int, Path]
) -> list[CountAnswer]:
    """Answer the requests of one contract in order, all in one child.

    ``paths`` and ``names`` give the files by evidence id. Raises CountFailed.
    """
    if not requests:
        return []
    return count_groups_in_child([CountGroup(requests=requests, salt=salt, paths=paths, names=names)])[0]


def count_groups_in_child(groups: Sequence[CountGroup]) -> list[list[CountAnswer]]:
    """Answer the requests of many contracts in order, all in one child.

    Raises CountFailed; then nothing is known of any of them.
    """
    if not groups:
        return []
    seconds = SECONDS + SECONDS_PER_REQUEST * sum(len(group.requests) for group in groups)
    document = {"groups": [group.to_json() for group in groups]}
    answered = run_child(document, module="usage.count_child", seconds=seconds)["groups"]
    return [[_answer(found) for found in answers] for answers in answered]


def _answer(found: dict[str, Any]) -> CountAnswer:
    return CountAnswer(
        active_users=int(found["active_users"]),
        daily=found.get("daily", {}),
        digest=found.get("digest", ""),
        verdicts_digest=found.get("verdicts_digest", ""),
        quantity=Decimal(found["quantity"]) if "quantity" in found else None,
        by_user=found.get("by_user", []),
        without_quantity=int(found.get("without_quantity", 0)),
        daily_by_instance=found.get("daily_by_instance", {}),
        funnel=found.get("funnel", {}),
    )


def run_child(document: object, *, module: str, seconds: int) -> dict[str, Any]:
    """Hand a JSON document to the `main` of a module in a process of its own and return the JSON of its answer.

    The child has the engine and nothing else: no settings, no database, an empty environment. Raises CountFailed.
    """
    # In memory: a document may hold the salt of a contract.
    with _memory("asked") as asked, _memory("answered") as answered, _memory("errors") as errors:
        asked.write(json.dumps(document).encode())
        asked.seek(0)
        child = ENGINE(module, stdin=asked.fileno(), stdout=answered.fileno(), stderr=errors.fileno())
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired as late:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise CountFailed(f"Counting took longer than {seconds} seconds.") from late
        if status != 0:
            last = _all_of(errors).decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit status {status}"]
            raise CountFailed(f"Counting ended without an answer: {last[0]}")
        answer: dict[str, Any] = json.loads(_all_of(answered))
        return answer


def _memory(name: str) -> IO[bytes]:
    return os.fdopen(os.memfd_create(name), "w+b", buffering=0)


def _all_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _texts(paths: Iterable[Path]) -> list[str]:
    return [str(path) for path in paths]
