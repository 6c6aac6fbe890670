"""The child process that counts: DuckDB over our own evidence, never in a web or worker process.

Started by ``count_sandbox`` with one JSON document on its standard input, answers with one on its standard output.
It imports the engine alone: no Django, no database, no settings, no secrets but the salts of the contracts it counts.
"""

import csv
import json
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from rollcall.counting.columnar import add_up, count, daily_by_instance, funnel
from rollcall.counting.connection import Together, together
from rollcall.period import Period
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution, resolve


def main() -> None:
    """Count every request of every contract of the document, many small ones in one process."""
    groups = json.load(sys.stdin)["groups"]
    # One connection sees this child's evidence alone, and each count its own files of it; a new connection would cost
    # as much as counting a month.
    paths = [Path(path) for group in groups for request in group["requests"] for path in request["evidence"]]
    with together(paths) as on:
        answers = [_answers(group, on) for group in groups]
    json.dump({"groups": answers}, sys.stdout)


def _answers(group: dict[str, Any], on: Together) -> list[dict[str, Any]]:
    """Answer the requests of one contract."""
    names: dict[tuple[str, ...], dict[str, str]] = {}
    salt = bytes.fromhex(group["salt_hex"])
    return [_answer(request, salt, names, on) for request in group["requests"]]


def _answer(
    request: dict[str, Any], salt: bytes, names: dict[tuple[str, ...], dict[str, str]], on: Together
) -> dict[str, Any]:
    definition = ActivityDefinition.from_json(request["definition"])
    asked: dict[str, Any] = {
        "parquet_paths": [Path(path) for path in request["evidence"]],
        "definition": definition,
        "period": Period.from_json(request),
        "resolution": _resolution(definition, tuple(request["names"]), salt, names),
        "on": on,
    }
    since = date.fromisoformat(request["since"]) if request["since"] else None
    result = count(**asked, since=since)
    answer: dict[str, Any] = {"active_users": result.active_users}
    if request["by_instance"]:
        answer["daily_by_instance"] = {
            instance: _by_day(daily) for instance, daily in daily_by_instance(**asked, since=since).items()
        }
    if request["measure"]:
        added = add_up(**asked, measure=request["measure"])
        answer["quantity"] = format(added.quantity, "f")
        answer["by_user"] = [[format(amount, "f"), users] for amount, users in added.by_user]
        answer["without_quantity"] = added.without_quantity
    if request["verdicts"]:
        answer["verdicts_digest"] = result.verdicts.write(Path(request["verdicts"]))
        answer["digest"] = result.digest
        answer["daily"] = _by_day(result.daily_active_users)
        # The steps cost a tenth of the list, and are wanted where it is.
        answer["funnel"] = {**funnel(**asked, since=since).to_json(), "verdicts": result.by_verdict}
    return answer


def _by_day(daily: dict[date, int]) -> dict[str, int]:
    return {day.isoformat(): users for day, users in sorted(daily.items())}


def _resolution(
    definition: ActivityDefinition,
    paths: tuple[str, ...],
    salt: bytes,
    known: dict[tuple[str, ...], dict[str, str]],
) -> Resolution:
    """Names are read only where the definition has aliases or exclusions, and once per set of files."""
    if not definition.excluded_users and not definition.identity.aliases:
        return NO_RESOLUTION
    if paths not in known:
        known[paths] = dict(_names(paths))
    return resolve(known[paths], definition, salt)


def _names(paths: Iterable[str]) -> Iterable[tuple[str, str]]:
    for path in paths:
        with Path(path).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield row["user_ref"], row["user_key"]
