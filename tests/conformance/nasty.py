"""Hostile and broken files: each case of a manifest against its outcome, its figures and its words."""

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.conformance.command import Answer, count

OUTCOMES = {
    "accept": "accepted",
    "quarantine": "quarantined",
    "reject": "rejected",
    "ask": "needs_answer",
    "no_change": "accepted",
}
COUNTED = ("accepted", "quarantined")
# What a case says about itself and no program can compare.
_PROSE = {"trap", "mau_note", "rule", "kind", "must_not", "files", "outcome", "also_fine", "zone", "actions"}
_COMPARED = {"rows", "accepted", "quarantined", "mau", "error_names", "warn", "duplicates", "max_seconds"}
_COMPARED |= {"actions_not_in_the_contract"}
# What the manifest states and nothing compares, each with its reason.
NOT_COMPARED: dict[str, str] = {}
Asked = Callable[..., Answer]
# The columns of a plain export, as a mapping names them.
_COLUMNS = {"user": "user_id", "at": "occurred_at", "action": "action", "event_id": "event_id"}
_DAYS = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})((?:, -[0-9]{2})*)")
_SECONDS = 60


@dataclass(frozen=True)
class Result:
    """One case: its group in the table, what was not met, and what of it nothing looks at."""

    name: str
    group: str
    faults: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def results(folder: Path) -> Iterator[Result]:
    """Yield the result of every case of a folder with its manifest."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, case in manifest["cases"].items():
        unknown = set(case) - _PROSE - _COMPARED - set(NOT_COMPARED) - set(_UNDER_AN_ANSWER)
        if unknown:
            raise ValueError(f"{name}: the manifest states {sorted(unknown)}, which nothing compares.")
        asked = partial(_answer, folder, case, manifest["contract"])
        faults = [*_faults(case, asked()), *_faults_under_answers(case, asked)]
        yield Result(name, case["outcome"], tuple(faults))


def _faults_under_answers(case: dict[str, Any], asked: Asked) -> Iterator[str]:
    for key, users_under in _UNDER_AN_ANSWER.items():
        if key in case and (found := users_under(case, asked)) != case[key]:
            yield f"{key}: {found}, expected {case[key]}"


def _users(answer: Answer) -> dict[str, int] | str:
    """Return the users per month, or what the answer says in their place."""
    return answer.users_per_month() if answer.outcome in COUNTED else f"{answer.outcome}: {answer.words.strip()}"


def _in_utc(case: dict[str, Any], asked: Asked) -> object:
    return _users(asked(source_zone="UTC"))


def _decoded(case: dict[str, Any], asked: Asked) -> object:
    """The person names the encoding: of the offered ones that of Western Europe."""
    (question,) = [one for one in asked().document["questions"] if one["code"] == "encoding.unknown"]
    assert "iso-8859-1" in question["choices"]
    return _users(asked(mapping={"encoding": "iso-8859-1"}))


def _with_outcome(case: dict[str, Any], asked: Asked) -> object:
    """The person says which value of the outcome column means success: the one that is called so."""
    (question,) = [one for one in asked().document["questions"] if one["code"] == "outcome.unknown"]
    success = [value for value in question["choices"] if value.lower() == "success"]
    return _users(asked(mapping={"columns": {"outcome": "outcome"}, "outcome": {"success": success}}))


def _replaced(case: dict[str, Any], asked: Asked) -> object:
    return _users(asked(more=["--repeated-files", "replaces"]))


def _added(case: dict[str, Any], asked: Asked) -> object:
    return _users(asked(more=["--repeated-files", "adds"]))


def _per_instance(case: dict[str, Any], asked: Asked) -> object:
    """Each file is the report of an instance of its own; its name ends with the instance's."""
    months = {name.rpartition("_")[2].partition(".")[0]: _users(asked(files=[name])) for name in case["files"]}
    return {name: max(users.values()) if isinstance(users, dict) else users for name, users in months.items()}


# Figures under an answer that a person gives: the answer is a flag, a mapping, or which files count.
_UNDER_AN_ANSWER: dict[str, Callable[[dict[str, Any], Asked], object]] = {
    "mau_if_utc": _in_utc,
    "mau_if_accepted": _decoded,
    "mau_if_outcome_is_mapped": _with_outcome,
    "mau_if_replaced": _replaced,
    "mau_if_added": _added,
    "mau_per_instance": _per_instance,
}


def _answer(
    folder: Path,
    case: dict[str, Any],
    contract: dict[str, Any],
    *,
    source_zone: str = "",
    files: Sequence[str] | None = None,
    mapping: dict[str, Any] | None = None,
    more: Sequence[str] = (),
) -> Answer:
    zone = case.get("zone", contract["zone"])
    end = date.fromisoformat(contract["end"]) + timedelta(days=1)
    bounds = ["--contract-from", contract["start"], "--contract-to", end.isoformat(), "--now", contract["now"]]
    source = ["--source-timezone", source_zone or zone] if source_zone or "zone" in case else []
    definition = {"actions": contract["counted_actions"], "timezone": zone}
    with tempfile.TemporaryDirectory() as scratch:
        answered = []
        if mapping is not None:
            columns = _COLUMNS | mapping.get("columns", {})
            written = Path(scratch, "mapping.json")
            written.write_text(json.dumps(mapping | {"columns": columns}))
            answered = ["--mapping", str(written)]
        named = [folder / name for name in files or case["files"]]
        return count(named, definition=definition, flags=[*bounds, *source, *answered, *more])


def _faults(case: dict[str, Any], answer: Answer) -> Iterator[str]:
    allowed = [OUTCOMES[outcome] for outcome in (case["outcome"], *case.get("also_fine", ()))]
    if answer.outcome not in allowed:
        yield f"outcome {answer.outcome}, expected {' or '.join(allowed)}: {answer.words.strip()[:120]}"
        return
    if answer.seconds > case.get("max_seconds", _SECONDS):
        yield f"took {answer.seconds:.0f} s"
    if answer.outcome not in COUNTED:
        missing = [name for name in case.get("error_names", ()) if name.lower() not in answer.words.lower()]
        if missing:
            yield f"the message does not name {missing}: {answer.words.strip()[:120]}"
        if answer.document["periods"] or answer.document["digest"]:
            yield "a file that was not taken left a count"
        return
    if "mau" in case and answer.users_per_month() != case["mau"]:
        yield f"users {answer.users_per_month()}, expected {case['mau']}"
    if answer.outcome == OUTCOMES[case["outcome"]]:
        yield from _figures(case, answer)


def _figures(case: dict[str, Any], answer: Answer) -> Iterator[str]:
    rows = answer.document["rows"]
    if (rows["read"], rows["accepted"]) != (case["rows"], case["accepted"]):
        yield f"{rows['read']} rows read, {rows['accepted']} accepted, expected {case['rows']}, {case['accepted']}"
    if "duplicates" in case and rows["duplicate"] != case["duplicates"]:
        yield f"{rows['duplicate']} repeats, expected {case['duplicates']}"
    findings = answer.document["findings"]
    expected = case.get("quarantined", [])
    if [finding["line"] for finding in findings] != [line for line, _ in expected]:
        yield f"lines {[finding['line'] for finding in findings]}, expected {[line for line, _ in expected]}"
    else:
        for finding, (line, words) in zip(findings, expected, strict=True):
            if words.lower() not in f"{finding['message']} {finding['column']}".lower():
                yield f"line {line} does not say {words!r}: {finding['message']}"
    for action, number in case.get("actions_not_in_the_contract", {}).items():
        if answer.document["actions"].get(action, {}).get("rows") != number:
            yield f"{action} is not listed with {number} rows"
    if "warn" in case and not _is_warned(case["warn"], answer.remarks):
        yield f"no remark says {case['warn']!r}: {answer.remarks}"


def _is_warned(wanted: str, remarks: list[str]) -> bool:
    """Return whether one remark holds the words, or every day that they name ("2026-06-09, -10" are two)."""
    days = [
        f"{year}-{month}-{day}"
        for year, month, first, more in _DAYS.findall(wanted)
        for day in (first, *(text.strip(" -") for text in more.split(",") if text.strip()))
    ]
    if days:
        return any(all(day in remark for day in days) for remark in remarks)
    return any(wanted.lower() in remark.lower() for remark in remarks)
